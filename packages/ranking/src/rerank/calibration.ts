import { invalidArgument } from '@rangefinder/base';

export interface CalibrationTable {
  readonly kind: 'linear' | 'platt' | 'isotonic';
  readonly a?: number;
  readonly b?: number;
  readonly x?: readonly number[];
  readonly y?: readonly number[];
}

/**
 * Score → calibrated score. linear: a·x + b. platt: 1 / (1 + exp(a·x + b)), with a negative for scores that are higher for
 * better (J. Platt, 1999). isotonic: straight lines between the points, level outside. NaN stays NaN. Throws
 * INVALID_ARGUMENT for a table that is not complete or not in order.
 */
export function calibrator(table: CalibrationTable): (score: number) => number {
  const { kind, a, b, x, y } = table;
  if (kind === 'isotonic') return isotonic(x, y);
  if (a === undefined || b === undefined) throw invalidArgument('', `${kind}: expected a and b`);
  return kind === 'linear' ? (score) => a * score + b : (score) => 1 / (1 + Math.exp(a * score + b));
}

/** In place. */
export function calibrate(column: Float64Array, calibrated: (score: number) => number): void {
  for (let i = 0; i < column.length; i++) column[i] = calibrated(column[i]!);
}

function isotonic(
  given: readonly number[] | undefined,
  results: readonly number[] | undefined,
): (score: number) => number {
  if (given === undefined || results === undefined || given.length !== results.length) {
    throw invalidArgument('', 'isotonic: expected x and y of one length');
  }
  const [xs, ys] = [Float64Array.from(given), Float64Array.from(results)];
  for (let i = 1; i < xs.length; i++) {
    if (!(xs[i]! > xs[i - 1]!))
      throw invalidArgument('', `isotonic: x[${i}]: expected above ${xs[i - 1]}, got ${xs[i]}`);
    if (!(ys[i]! >= ys[i - 1]!))
      throw invalidArgument('', `isotonic: y[${i}]: expected at least ${ys[i - 1]}, got ${ys[i]}`);
  }
  const last = xs.length - 1;
  return (score) => {
    if (Number.isNaN(score)) return score;
    if (score <= xs[0]!) return ys[0]!;
    if (score >= xs[last]!) return ys[last]!;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle]! <= score) low = middle;
      else high = middle;
    }
    return ys[low]! + ((ys[high]! - ys[low]!) * (score - xs[low]!)) / (xs[high]! - xs[low]!);
  };
}
