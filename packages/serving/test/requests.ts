import type { InferenceRequest, Shape, Tensor } from '@rangefinder/tensor';
import type { RequestContext } from '../src/model-server.ts';

export const NO_DEADLINE: RequestContext = { deadlineUs: Infinity };

export function fp32(name: string, shape: Shape, values: readonly number[]): Tensor {
  return { name, dataType: 'FP32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

export function floats(tensor: Tensor | undefined): number[] {
  if (tensor === undefined) return [];
  return [...new Float32Array(tensor.bytes.slice().buffer)];
}

/** A request for model `m` whose rows are all `value`, X FP32 [rows, 4]. */
export function rowsOf(value: number, rows = 1, changes: Partial<InferenceRequest> = {}): InferenceRequest {
  return request(
    [
      fp32(
        'X',
        [rows, 4],
        Array.from({ length: rows * 4 }, (_, i) => value + Math.floor(i / 4) / 100),
      ),
    ],
    changes,
  );
}

export function request(inputs: readonly Tensor[], changes: Partial<InferenceRequest> = {}): InferenceRequest {
  return {
    modelName: 'm',
    modelVersion: '',
    id: '',
    inputs,
    outputs: [],
    parameters: { priority: 0, timeoutUs: 0, other: {} },
    ...changes,
  };
}

/** Lets everything that is due happen: promises, immediates and timers of a few milliseconds. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
