import { invalidArgument } from '@rangefinder/base';
import { encodeStringElements } from './bytes-encoding.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-float.ts';
import { elementCount, formatShape } from './shape.ts';
import type { Tensor } from './tensor.ts';
import { typedView, type TensorArray } from './typed-view.ts';

export interface ClassificationOptions {
  /** How many classes to name, best first; fewer where the tensor has fewer. */
  readonly count: number;
  /** By index; empty for none. */
  readonly labels: readonly string[];
  /** Whether the first dimension is the batch: each row is then classified by itself. */
  readonly batched: boolean;
}

/**
 * The classification extension: in place of scores, BYTES `score:index[:label]` of the best classes, of shape
 * [count], or [batch, count]. Scores are printed as `%f` does; equal ones keep the order of their indices, NaN comes last.
 * Throws INVALID_ARGUMENT for a tensor that holds no numbers. Source: Triton, extension_classification.md.
 */
export function classificationTensor(tensor: Tensor, options: ClassificationOptions): Tensor {
  const { name, dataType, shape } = tensor;
  if (dataType === 'BYTES' || dataType === 'BOOL') {
    throw invalidArgument(`output '${name}'`, `classification needs numbers, but the output is ${dataType}`);
  }
  if (options.batched && shape.length < 2) {
    throw invalidArgument(
      `output '${name}'`,
      `classification needs a dimension of classes; the shape is ${formatShape(shape)}`,
    );
  }
  const rows = options.batched ? shape[0]! : 1;
  const classes = elementCount(options.batched ? shape.slice(1) : shape);
  const count = Math.min(options.count, classes);
  const scores = scoresOf(tensor);
  const isInteger = !dataType.startsWith('FP') && dataType !== 'BF16';
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (const index of bestIndices(scores, row * classes, classes, count)) {
      const score = scores[row * classes + index]!;
      const label = options.labels[index];
      const text = isInteger ? String(score) : Number(score).toFixed(6);
      lines.push(label === undefined ? `${text}:${index}` : `${text}:${index}:${label}`);
    }
  }
  const resultShape = options.batched ? [rows, count] : [count];
  return { name, dataType: 'BYTES', shape: resultShape, bytes: encodeStringElements(lines) };
}

function scoresOf(tensor: Tensor): TensorArray {
  const view = typedView(tensor.dataType, tensor.bytes);
  if (tensor.dataType === 'FP16') return float16ToFloat32(view as Uint16Array);
  return tensor.dataType === 'BF16' ? bfloat16ToFloat32(view as Uint16Array) : view;
}

/** Above this, sorting all beats inserting into a list. */
const MAX_INSERTED = 64;

/** Indices of the `count` greatest, best first: usually one pass with a short sorted list, as `count` is small. */
function bestIndices(scores: TensorArray, start: number, classes: number, count: number): number[] {
  const beats = (a: number, b: number): boolean => {
    const [scoreA, scoreB] = [scores[start + a]!, scores[start + b]!];
    return scoreA > scoreB || (Number.isNaN(scoreB) && !Number.isNaN(scoreA));
  };
  if (count > MAX_INSERTED) {
    const all = Array.from({ length: classes }, (_, index) => index);
    return all.sort((a, b) => (beats(a, b) ? -1 : beats(b, a) ? 1 : 0)).slice(0, count);
  }
  const best: number[] = [];
  for (let index = 0; index < classes; index++) {
    if (best.length === count && (count === 0 || !beats(index, best[count - 1]!))) continue;
    let place = best.length;
    while (place > 0 && beats(index, best[place - 1]!)) place--;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}
