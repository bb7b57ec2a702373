import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isElementType } from '../../logic/element-types.ts';
import { draftTensors, initialDraft, withValues } from '../../logic/input-draft.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { encodeRequest } from '../../logic/oip-message.ts';
import { pairStates } from '../../logic/state-pairs.ts';
import type { Tensor } from '../../logic/tensor.ts';
import { ApiError, errorMessage, infer } from '../../state/api-client.ts';
import type { InferenceResult } from '../../state/api-client.ts';
import type { ModelMetadata } from '../../state/api-types.ts';
import { Button, Notice } from '../controls.tsx';
import { InputCard } from './input-card.tsx';
import { RequestPanel } from './request-panel.tsx';
import { ResultPanel } from './result-panel.tsx';
import { SequencePanel } from './sequence-panel.tsx';
import { runSequence } from './sequence-run.ts';
import type { SequenceRun } from './sequence-run.ts';

interface TryFormProps {
  readonly model: string;
  readonly version: string;
  readonly maxBatchSize: number;
  readonly metadata: Omit<ModelMetadata, 'inputs'> & { readonly inputs: readonly TensorDeclaration[] };
}

export type Drafts = Readonly<Record<string, InputDraft>>;

/** What the last click on Run came to. */
type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'result'; readonly result: InferenceResult }
  | { readonly kind: 'sequence'; readonly run: SequenceRun }
  | { readonly kind: 'error'; readonly message: string; readonly status: number };

export function TryForm({ model, version, maxBatchSize, metadata }: TryFormProps): JSX.Element {
  const { inputs, outputs } = metadata;
  const [drafts, setDrafts] = useState<Drafts>(() => Object.fromEntries(inputs.map((input) => [input.name, initialDraft(input)])));
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const [running, setRunning] = useState(false);
  const abort = useRef<AbortController | undefined>(undefined);
  const pairs = useMemo(() => pairStates(inputs, outputs), [inputs, outputs]);
  useEffect(() => () => abort.current?.abort(), []);

  const tensors = draftTensors(inputs, drafts);
  const problem = whyNotRun(inputs, drafts);
  const change = (name: string, draft: InputDraft): void => setDrafts((before) => ({ ...before, [name]: draft }));

  const attempt = async (work: (signal: AbortSignal) => Promise<Outcome>): Promise<void> => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setRunning(true);
    try {
      const next = await work(controller.signal);
      if (abort.current === controller) setOutcome(next);
    } catch (error) {
      if (abort.current === controller && !controller.signal.aborted)
        setOutcome({ kind: 'error', message: errorMessage(error), status: error instanceof ApiError ? error.status : 0 });
    } finally {
      if (abort.current === controller) setRunning(false);
    }
  };
  const run = (sent: readonly Tensor[] = tensors): Promise<void> =>
    attempt(async (signal) => ({ kind: 'result', result: await infer(model, version, encodeRequest(sent, { binaryOutputs: true }), signal) }));
  const runWindows = (name: string, windows: readonly Tensor['values'][]): Promise<void> =>
    attempt(async (signal) => ({
      kind: 'sequence',
      run: await runSequence({ model, version, tensors, pairs, windowInput: name, windows, signal, onProgress: (part) => setOutcome({ kind: 'sequence', run: part }) }),
    }));
  const stop = (): void => {
    abort.current?.abort();
    setRunning(false);
  };
  const feedBack = (output: Tensor, name: string): void =>
    setDrafts((before) => ({ ...before, [name]: withValues(before[name]!, output.shape, output.values, `output ${output.name}`) }));

  return (
    <div class="try">
      <form
        class="try-inputs"
        aria-label="Inputs"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined && !running) void run();
        }}
      >
        {inputs.map((input) => (
          <InputCard
            key={input.name}
            input={input}
            draft={drafts[input.name]!}
            batched={maxBatchSize > 0}
            onChange={(draft) => change(input.name, draft)}
            onLiveChange={(draft) => {
              change(input.name, draft);
              void run(draftTensors(inputs, { ...drafts, [input.name]: draft }));
            }}
            onRunWindows={(windows) => void runWindows(input.name, windows)}
          />
        ))}
        <div class="run-bar">
          <Button kind="primary" icon="run" busy={running} disabled={problem !== undefined} title={problem ?? 'Send the request (Ctrl or ⌘ with Enter)'} onClick={() => void run()}>
            Run
          </Button>
          {running ? (
            <Button icon="stop" onClick={stop}>
              Stop
            </Button>
          ) : null}
          {problem === undefined ? null : <span class="bad">{problem}</span>}
        </div>
        <RequestPanel model={model} version={version} tensors={tensors} outputs={outputs} />
      </form>
      <div class="try-result" aria-live="polite">
        <OutcomeView outcome={outcome} inputs={inputs} pairs={pairs} onFeedBack={feedBack} />
      </div>
    </div>
  );
}

interface OutcomeViewProps {
  readonly outcome: Outcome;
  readonly inputs: readonly TensorDeclaration[];
  readonly pairs: ReadonlyMap<string, string>;
  readonly onFeedBack: (output: Tensor, input: string) => void;
}

function OutcomeView({ outcome, inputs, pairs, onFeedBack }: OutcomeViewProps): JSX.Element {
  switch (outcome.kind) {
    case 'none':
      return (
        <div class="panel empty">
          <h3>Nothing ran yet</h3>
          <p>Fill the inputs in, then Run. Outputs appear here with their shapes, values and charts.</p>
        </div>
      );
    case 'error':
      return (
        <Notice kind="error" title={outcome.status === 0 ? 'The request failed.' : `The server answered ${outcome.status}.`}>
          {outcome.message}
        </Notice>
      );
    case 'sequence':
      return <SequencePanel run={outcome.run} />;
    case 'result':
      return <ResultPanel result={outcome.result} inputs={inputs} pairs={pairs} onFeedBack={onFeedBack} />;
  }
}

function whyNotRun(inputs: readonly TensorDeclaration[], drafts: Drafts): string | undefined {
  const unknown = inputs.find((input) => !isElementType(input.datatype) && input.optional !== true);
  if (unknown !== undefined) return `The page cannot make ${unknown.datatype}, which '${unknown.name}' takes.`;
  const broken = inputs.find((input) => drafts[input.name]!.sent && drafts[input.name]!.error !== undefined);
  return broken === undefined ? undefined : `'${broken.name}' needs a correction.`;
}
