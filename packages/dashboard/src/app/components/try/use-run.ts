import { useEffect, useRef, useState } from 'preact/hooks';
import { encodeRequest } from '../../logic/oip-message.ts';
import type { Tensor } from '../../logic/tensor.ts';
import { ApiError, errorMessage, infer } from '../../state/api-client.ts';
import type { InferenceResult } from '../../state/api-client.ts';
import { runSequence } from './sequence-run.ts';
import type { SequenceOptions, SequenceRun } from './sequence-run.ts';

/** What the last run came to. */
export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'result'; readonly result: InferenceResult }
  | { readonly kind: 'sequence'; readonly run: SequenceRun }
  | { readonly kind: 'error'; readonly message: string; readonly status: number };

export interface Runner {
  readonly outcome: Outcome;
  readonly running: boolean;
  readonly run: (tensors: readonly Tensor[]) => void;
  readonly runWindows: (options: Pick<SequenceOptions, 'tensors' | 'pairs' | 'windowInput' | 'windows'>) => void;
  readonly stop: () => void;
}

/** Sends requests one at a time: a new one cancels the one before, whose answer nobody waits for any more. */
export function useRun(model: string, version: string): Runner {
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' });
  const [running, setRunning] = useState(false);
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const attempt = async (work: (signal: AbortSignal) => Promise<Outcome>): Promise<void> => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setRunning(true);
    try {
      const next = await work(controller.signal);
      if (!controller.signal.aborted) setOutcome(next);
    } catch (error) {
      if (controller.signal.aborted) return;
      const status = error instanceof ApiError ? error.status : 0;
      setOutcome({ kind: 'error', message: errorMessage(error), status });
    } finally {
      if (abort.current === controller) setRunning(false);
    }
  };
  return {
    outcome,
    running,
    run: (tensors) =>
      void attempt(async (signal) => {
        const request = encodeRequest(tensors, { binaryOutputs: true });
        return { kind: 'result', result: await infer(model, version, request, signal) };
      }),
    runWindows: (options) =>
      void attempt(async (signal) => {
        const onProgress = (run: SequenceRun): void => setOutcome({ kind: 'sequence', run });
        const run = await runSequence({ ...options, model, version, signal, onProgress });
        return { kind: 'sequence', run };
      }),
    stop: () => abort.current?.abort(),
  };
}
