import type { Dimension, TensorSpec } from '@rangefinder/tensor';
import type { ModelSignature } from '../model-signature.ts';

/** The batch limit of a model whose configuration does not set one and whose first dimension is a batch dimension. */
export const COMPLETED_MAX_BATCH_SIZE = 64;

/**
 * Names that exporters give to dimensions along which elements belong together. A model that is dynamic in such a first
 * dimension looks batched and is not: putting two requests into one run would let them see each other.
 */
const NOT_A_BATCH = /seq|time|step|len|token|frame|height|width|node|edge|point|box|word|char/i;

/**
 * Whether the first dimension of every input and output can be taken for a batch dimension without being told: present and
 * free everywhere, under one name or none, and that name nowhere else in a shape. What a shape cannot show (a model that
 * mixes its rows) only a person knows, who writes `max_batch_size: 0`.
 */
export function hasBatchDimension(signature: ModelSignature): boolean {
  const tensors = [...signature.inputs, ...signature.outputs];
  if (signature.inputs.length === 0 || signature.outputs.length === 0) return false;
  const first = tensors[0]!.shape?.[0];
  if (first === undefined || !isFree(first)) return false;
  if (!tensors.every((tensor) => tensor.shape?.[0] === first)) return false;
  if (typeof first === 'number') return true;
  if (NOT_A_BATCH.test(first) && !/batch/i.test(first)) return false;
  return tensors.every((tensor) => !tensor.shape!.slice(1).includes(first));
}

/** Why a model cannot be batched as the configuration asks, tensor by tensor; empty when it can. */
export function batchingObstacles(signature: ModelSignature, maxBatchSize: number): string[] {
  const obstacle = (kind: string, { name, shape }: TensorSpec): string | undefined => {
    if (shape === undefined) return undefined;
    if (shape.length === 0) return `${kind} ${JSON.stringify(name)} is a scalar`;
    const first = shape[0]!;
    const fits = isFree(first) || (first === 1 && maxBatchSize === 1);
    return fits ? undefined : `the first dimension of ${kind} ${JSON.stringify(name)} is fixed at ${first}`;
  };
  return [
    ...signature.inputs.map((tensor) => obstacle('input', tensor)),
    ...signature.outputs.map((tensor) => obstacle('output', tensor)),
  ].filter((text) => text !== undefined);
}

/** A named dimension or -1; ONNX models also write 0 for one they leave open. */
function isFree(dimension: Dimension): boolean {
  return typeof dimension === 'string' || dimension < 0;
}

/** A declared shape as a configuration writes it: names become -1. */
export function configDims(shape: readonly Dimension[], batched: boolean): number[] {
  return shape.slice(batched ? 1 : 0).map((dimension) => (isFree(dimension) ? -1 : (dimension as number)));
}
