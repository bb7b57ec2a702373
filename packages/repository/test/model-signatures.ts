import type { DataType, Dimension, TensorSpec } from '@rangefinder/tensor';
import type { ModelSignature } from '@rangefinder/repository';

export function tensor(
  name: string,
  shape: readonly Dimension[] | undefined,
  dataType: DataType = 'FP32',
  optional = false,
): TensorSpec {
  return { name, dataType, shape, optional };
}

export function signatureOf(inputs: readonly TensorSpec[], outputs: readonly TensorSpec[]): ModelSignature {
  return { inputs, outputs };
}

/** Two inputs, one of them free in its length, two outputs; all batched. */
export const textClassifier = signatureOf(
  [tensor('ids', ['batch', 'length'], 'INT64'), tensor('scale', ['batch', 1], 'FP32', true)],
  [tensor('logits', ['batch', 3]), tensor('states', ['batch', 'length', 8])],
);

/** Silero VAD v5: nothing about it is a batch. */
export const statefulModel = signatureOf(
  [tensor('input', [1, 512]), tensor('state', [2, 1, 128]), tensor('sr', [], 'INT64')],
  [tensor('output', [1, 1]), tensor('stateN', [2, 1, 128])],
);
