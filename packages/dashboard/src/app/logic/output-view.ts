import { elementCount } from './shape.ts';
import type { Shape } from './shape.ts';
import { isText, numbersOf } from './tensor.ts';
import type { Tensor } from './tensor.ts';

export interface Scored {
  readonly index: number;
  readonly score: number;
}

/** The k largest, largest first; equal scores by index. NaN never ranks. */
export function topScores(scores: ArrayLike<number>, k: number): Scored[] {
  const all = Array.from(scores, (score, index) => ({ index, score })).filter(({ score }) => !Number.isNaN(score));
  return all.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, k);
}

/** Whether the numbers are already probabilities: none negative, sum 1. */
export function isDistribution(scores: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) {
    if (!(scores[i]! >= -1e-6)) return false;
    sum += scores[i]!;
  }
  return Math.abs(sum - 1) < 1e-2;
}

export function softmax(scores: ArrayLike<number>): Float64Array {
  const numbers = Float64Array.from(scores);
  const max = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = numbers.map((score) => Math.exp(score - max));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** How an output is best looked at: scores of classes, a picture, a curve, or just values. */
export type OutputLook = 'classes' | 'picture' | 'curve' | 'values';

const CLASSES_MAX = 30_000;

export function outputLook(tensor: Tensor): OutputLook {
  if (isText(tensor.values) || tensor.dataType === 'BOOL') return 'values';
  const { shape } = tensor;
  const last = shape.at(-1) ?? 1;
  if (pictureSides(shape) !== undefined) return 'picture';
  const float = tensor.values instanceof Float32Array || tensor.values instanceof Float64Array;
  if (float && shape.length >= 1 && shape.length <= 2 && last >= 2 && last <= CLASSES_MAX) {
    const row = numbersOf(tensor.values).subarray(0, last);
    return last <= 64 || isDistribution(row) ? 'classes' : 'curve';
  }
  return elementCount(shape) >= 16 && float ? 'curve' : 'values';
}

export interface PictureSides {
  readonly pictures: number;
  readonly height: number;
  readonly width: number;
}

/** The sides of one-channel maps, [.., 1, H, W] or a large [N, H, W]; undefined for anything else. */
export function pictureSides(shape: Shape): PictureSides | undefined {
  const [height, width] = shape.slice(-2);
  if (shape.length < 3 || shape.length > 4 || height === undefined || width === undefined) return undefined;
  if (height < 16 || width < 16 || height > 4096 || width > 4096) return undefined;
  if (shape.length === 4 && shape[1]! > 4) return undefined;
  return { pictures: elementCount(shape.slice(0, -2)), height, width };
}

/** Rows of a two-dimensional output: how many and how long. Everything else is one row. */
export function rowsOf(tensor: Tensor): { readonly rows: number; readonly columns: number } {
  const count = elementCount(tensor.shape);
  const columns = tensor.shape.length >= 2 ? Math.max(1, tensor.shape.at(-1)!) : Math.max(1, count);
  return { rows: Math.max(1, Math.floor(count / columns)), columns };
}

export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export function summarize(values: ArrayLike<number>): Summary | undefined {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count += 1;
  }
  return count === 0 ? undefined : { min, max, mean: sum / count };
}
