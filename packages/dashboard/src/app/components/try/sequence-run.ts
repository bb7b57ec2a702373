import { encodeRequest } from '../../logic/oip-message.ts';
import { numbersOf } from '../../logic/tensor.ts';
import type { Tensor } from '../../logic/tensor.ts';
import { infer } from '../../state/api-client.ts';

/** A model run over consecutive windows of one input, its state handed on from run to run. */
export interface SequenceRun {
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
  /** Of each output with a single element: its value per window. */
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Output → input pairs that were fed back. */
  readonly handedOn: readonly string[];
}

export interface SequenceOptions {
  readonly model: string;
  readonly version: string;
  readonly tensors: readonly Tensor[];
  readonly pairs: ReadonlyMap<string, string>;
  readonly windowInput: string;
  readonly windows: readonly Tensor['values'][];
  readonly signal: AbortSignal;
  readonly onProgress: (run: SequenceRun) => void;
}

const PROGRESS_EVERY = 16;

export async function runSequence(options: SequenceOptions): Promise<SequenceRun> {
  const { model, version, pairs, windowInput, windows, signal, onProgress } = options;
  const startedMs = performance.now();
  const curves = new Map<string, number[]>();
  let tensors = options.tensors;
  let done = 0;
  const snapshot = (): SequenceRun => ({
    done,
    total: windows.length,
    elapsedMs: performance.now() - startedMs,
    curves: [...curves].map(([name, values]) => ({ name, values: [...values] })),
    handedOn: [...pairs].map(([output, input]) => `${output} → ${input}`),
  });
  for (const values of windows) {
    tensors = tensors.map((tensor) => (tensor.name === windowInput ? { ...tensor, values } : tensor));
    const { response } = await infer(model, version, encodeRequest(tensors, { binaryOutputs: true }), signal);
    tensors = tensors.map((tensor) => handedOn(tensor, response.outputs, pairs));
    for (const output of response.outputs) {
      if (output.values.length !== 1) continue;
      const curve = curves.get(output.name) ?? [];
      curve.push(numbersOf(output.values)[0]!);
      curves.set(output.name, curve);
    }
    done += 1;
    if (done % PROGRESS_EVERY === 0) onProgress(snapshot());
  }
  return snapshot();
}

function handedOn(tensor: Tensor, outputs: readonly Tensor[], pairs: ReadonlyMap<string, string>): Tensor {
  const output = outputs.find((candidate) => pairs.get(candidate.name) === tensor.name);
  return output === undefined ? tensor : { ...tensor, shape: output.shape, values: output.values };
}
