import type { Tensor } from '@rangefinder/tensor';

const ROUNDING = 0.01;
const CLASSES_MIN = 2;

/** Indices of the `count` largest values, largest first; the earlier one of equals first; NaN last. */
export function topIndices(values: readonly number[], count: number): readonly number[] {
  const order = (value: number): number => (Number.isNaN(value) ? -Infinity : value);
  return Array.from(values.keys())
    .toSorted((a, b) => {
      const [left, right] = [order(values[a] ?? 0), order(values[b] ?? 0)];
      return left === right ? a - b : right > left ? 1 : -1;
    })
    .slice(0, count);
}

/** Whether each row of the last dimension is a distribution over classes: nothing below 0, and 1 together. */
export function looksLikeProbabilities(
  tensor: Pick<Tensor, 'dataType' | 'shape'>,
  values: readonly unknown[],
): boolean {
  const classes = tensor.shape.at(-1) ?? 0;
  if (!['FP16', 'BF16', 'FP32', 'FP64'].includes(tensor.dataType) || classes < CLASSES_MIN || values.length === 0)
    return false;
  for (let row = 0; row < values.length; row += classes) {
    let sum = 0;
    for (let i = row; i < row + classes; i += 1) {
      const value = Number(values[i]);
      if (!(value >= 0)) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > ROUNDING) return false;
  }
  return true;
}
