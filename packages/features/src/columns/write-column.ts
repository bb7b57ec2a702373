import { invalidArgument } from '@rangefinder/base';
import { byteLengthOf, DATA_TYPES } from '@rangefinder/tensor';
import type { FeatureColumn } from '../feature-reader.ts';
import { copyNibbles } from './bit-copy.ts';

export interface WriteColumnOptions {
  /** Rows of the tensor. */
  readonly rows: number;
  /** Repeat the one row of the column; without it the column must have `rows` rows. */
  readonly broadcast?: boolean;
}

/** Bytes that `writeColumn` fills: rows × width elements, and for BYTES as many as the values have. */
export function writtenBytes(column: FeatureColumn, { rows, broadcast }: WriteColumnOptions): number {
  checkRows(column, rows, broadcast === true);
  const known = byteLengthOf(column.dataType, rows * column.width);
  return known ?? (broadcast === true ? column.bytes.length * rows : column.bytes.length);
}

/**
 * Writes a column as rows of a tensor, [rows, width], into `target`. With `broadcast` the one row of a user-side column is
 * repeated while it is written; until then it exists once. Throws INVALID_ARGUMENT when rows or bytes do not fit.
 */
export function writeColumn(target: Uint8Array, column: FeatureColumn, options: WriteColumnOptions): void {
  const needed = writtenBytes(column, options);
  if (target.length !== needed) {
    throw invalidArgument(column.name, `expected a target of ${needed} bytes, got ${target.length}`);
  }
  if (options.broadcast !== true) {
    target.set(column.bytes);
    return;
  }
  const { bits } = DATA_TYPES[column.dataType];
  if ((bits * column.width) % 8 !== 0) {
    for (let row = 0; row < options.rows; row++) copyNibbles(target, row * column.width, column.bytes, 0, column.width);
    return;
  }
  // Doubling: each copy is as long as all before it, so a thousand rows take ten copies.
  target.set(column.bytes.subarray(0, needed));
  for (let filled = column.bytes.length; filled > 0 && filled < needed; filled *= 2) {
    target.copyWithin(filled, 0, Math.min(filled, needed - filled));
  }
}

function checkRows({ name, statuses }: FeatureColumn, rows: number, broadcast: boolean): void {
  const wanted = broadcast ? 1 : rows;
  if (statuses.length === wanted) return;
  throw invalidArgument(name, `expected a column of ${wanted} rows, got ${statuses.length}`);
}
