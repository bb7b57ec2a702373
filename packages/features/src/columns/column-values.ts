import { invalidArgument } from '@rangefinder/base';
import { bfloat16ToFloat32, decodeStringElements, float16ToFloat32, typedView } from '@rangefinder/tensor';
import { FEATURE_STATUS, type FeatureColumn } from '../feature-reader.ts';

/**
 * A scalar column as numbers, one a row: NaN where there is no value; a column of one row is repeated. 64-bit integers are
 * rounded to the nearest number. Throws INVALID_ARGUMENT for lists, vectors and types without numbers.
 */
export function columnNumbers(column: FeatureColumn, rows: number): Float64Array {
  const at = rowOf(column, rows);
  const numbers = numbersOf(column);
  return Float64Array.from({ length: rows }, (_, row) =>
    column.statuses[at(row)] === FEATURE_STATUS.PRESENT ? Number(numbers[at(row)]) : Number.NaN,
  );
}

/** A scalar BYTES column as texts, null where there is no value; a column of one row is repeated. Throws likewise. */
export function columnTexts(column: FeatureColumn, rows: number): (string | null)[] {
  const at = rowOf(column, rows);
  if (column.dataType !== 'BYTES') throw invalidArgument(column.name, `expected BYTES, got ${column.dataType}`);
  const texts = decodeStringElements(column.bytes, column.statuses.length, column.name);
  return Array.from({ length: rows }, (_, row) =>
    column.statuses[at(row)] === FEATURE_STATUS.PRESENT ? (texts[at(row)] ?? null) : null,
  );
}

function numbersOf({ name, dataType, bytes }: FeatureColumn): ArrayLike<number | bigint> {
  if (dataType === 'BYTES') throw invalidArgument(name, 'expected numbers, got BYTES');
  const view = typedView(dataType, bytes);
  if (dataType === 'FP16' && view instanceof Uint16Array) return float16ToFloat32(view);
  return dataType === 'BF16' && view instanceof Uint16Array ? bfloat16ToFloat32(view) : view;
}

function rowOf({ name, width, lengths, statuses }: FeatureColumn, rows: number): (row: number) => number {
  if (width !== 1 || lengths !== undefined) throw invalidArgument(name, 'expected a scalar, got a list or vector');
  if (statuses.length === 1) return () => 0;
  if (statuses.length !== rows) throw invalidArgument(name, `expected ${rows} rows, got ${statuses.length}`);
  return (row) => row;
}
