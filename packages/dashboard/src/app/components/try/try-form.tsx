import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { isElementType } from '../../logic/element-types.ts';
import { draftTensors, initialDraft, withValues } from '../../logic/input-draft.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { pairStates } from '../../logic/state-pairs.ts';
import type { Tensor } from '../../logic/tensor.ts';
import type { ModelMetadata } from '../../state/api-types.ts';
import { Button, Notice } from '../controls.tsx';
import { InputCard } from './input-card.tsx';
import { RequestPanel } from './request-panel.tsx';
import { ResultPanel } from './result-panel.tsx';
import { SequencePanel } from './sequence-panel.tsx';
import { useRun } from './use-run.ts';
import type { Outcome, Runner } from './use-run.ts';

interface TryFormProps {
  readonly model: string;
  readonly version: string;
  readonly maxBatchSize: number;
  readonly metadata: Omit<ModelMetadata, 'inputs'> & { readonly inputs: readonly TensorDeclaration[] };
}

type Drafts = Readonly<Record<string, InputDraft>>;

export function TryForm({ model, version, maxBatchSize, metadata }: TryFormProps): JSX.Element {
  const { inputs, outputs } = metadata;
  const pairs = useMemo(() => pairStates(inputs, outputs), [inputs, outputs]);
  const [drafts, setDrafts] = useState<Drafts>(() =>
    Object.fromEntries(inputs.map((input) => [input.name, initialDraft(input, pairs.size > 0)])),
  );
  const runner = useRun(model, version);
  const tensors = useMemo(() => draftTensors(inputs, drafts), [inputs, drafts]);
  const problem = whyNotRun(inputs, drafts);
  const change = (name: string, draft: InputDraft): void => setDrafts((before) => ({ ...before, [name]: draft }));
  const feedBack = (output: Tensor, name: string): void =>
    setDrafts((before) => ({
      ...before,
      [name]: withValues(before[name]!, output.shape, output.values, `output ${output.name}`),
    }));

  return (
    <div class="try">
      <form
        class="try-inputs"
        aria-label="Inputs"
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && problem === undefined) runner.run(tensors);
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
              runner.run(draftTensors(inputs, { ...drafts, [input.name]: draft }));
            }}
            onRunWindows={(windows) => runner.runWindows({ tensors, pairs, windowInput: input.name, windows })}
          />
        ))}
        <RunBar runner={runner} problem={problem} onRun={() => runner.run(tensors)} />
      </form>
      <RequestPanel model={model} version={version} tensors={tensors} outputs={outputs} />
      <div class="try-result" aria-live="polite">
        <OutcomeView outcome={runner.outcome} inputs={inputs} pairs={pairs} onFeedBack={feedBack} />
      </div>
    </div>
  );
}

interface RunBarProps {
  readonly runner: Runner;
  readonly problem: string | undefined;
  readonly onRun: () => void;
}

function RunBar({ runner, problem, onRun }: RunBarProps): JSX.Element {
  return (
    <div class="run-bar">
      <Button
        kind="primary"
        icon="run"
        busy={runner.running}
        disabled={problem !== undefined}
        title={problem ?? 'Send the request (Ctrl or ⌘ with Enter)'}
        onClick={onRun}
      >
        Run
      </Button>
      {runner.running ? (
        <Button icon="stop" onClick={runner.stop}>
          Stop
        </Button>
      ) : null}
      {problem === undefined ? null : <span class="bad">{problem}</span>}
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
        <Notice
          kind="error"
          title={outcome.status === 0 ? 'The request failed.' : `The server answered ${outcome.status}.`}
        >
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
