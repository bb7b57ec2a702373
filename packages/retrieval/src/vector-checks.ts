import { invalidArgument } from '@rangefinder/base';
import type { VectorMetric } from './index-options.ts';

const FLOAT16_MAX = 65_504;

/** What vectors an index takes. */
export interface VectorRules {
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly storage: 'float32' | 'float16' | 'int8';
}

/** Throws INVALID_ARGUMENT naming the field for a vector of other dimensions, with NaN or infinities, or out of range. */
export function checkVector(vector: Float32Array, rules: VectorRules, field: string): void {
  if (vector.length !== rules.dimensions) {
    throw invalidArgument(field, `expected ${rules.dimensions} dimensions, got ${vector.length}`);
  }
  let largest = 0;
  let isFinite = true;
  for (let i = 0; i < vector.length; i++) {
    const size = Math.abs(vector[i]!);
    if (!(size <= 3.4028234663852886e38)) isFinite = false;
    if (size > largest) largest = size;
  }
  if (!isFinite) throw invalidArgument(field, 'expected finite numbers, got NaN or an infinity');
  if (largest === 0 && rules.metric === 'cosine') throw invalidArgument(field, 'a vector of zeros has no direction');
  // Products of larger numbers would overflow to infinity.
  if (rules.metric !== 'cosine' && largest > 1e16)
    throw invalidArgument(field, 'numbers beyond ±1e16 are not supported');
  if (rules.metric !== 'cosine' && rules.storage === 'float16' && largest > FLOAT16_MAX) {
    throw invalidArgument(field, `float16 storage holds numbers up to ±${FLOAT16_MAX}`);
  }
}

export function checkId(id: number, field: string): void {
  if (!Number.isInteger(id) || id < 0 || id > 0xffff_fffe) {
    throw invalidArgument(field, `expected a whole number from 0 to 4294967294, got ${id}`);
  }
}
