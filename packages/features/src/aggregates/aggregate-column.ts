import { FEATURE_STATUS, type FeatureColumn } from '../feature-reader.ts';
import { columnOfValues } from '../columns/column-of-values.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { aggregateFeature, type AggregateSpec } from './aggregate-spec.ts';
import type { EntityState } from './entity-state.ts';

const { PRESENT, NULL_VALUE, NOT_FOUND } = FEATURE_STATUS;

/** One aggregate of many entities; undefined for those that nothing is known of, whose status is NOT_FOUND. */
export function aggregateColumn(
  name: string,
  spec: AggregateSpec,
  states: readonly (EntityState | undefined)[],
  nowMs: number,
  whenAbsent: FeatureValue,
): FeatureColumn {
  if (spec.function !== 'last') return numberColumn(name, spec, states, nowMs, whenAbsent);
  const values = states.map((state) => state?.lastOf(spec, nowMs) ?? null);
  const column = columnOfValues(name, aggregateFeature(spec), values, whenAbsent);
  for (let row = 0; row < states.length; row++) if (states[row] === undefined) column.statuses[row] = NOT_FOUND;
  return column;
}

/** Scalars go straight into the column: a funnel reads them for hundreds of candidates. */
function numberColumn(
  name: string,
  spec: AggregateSpec,
  states: readonly (EntityState | undefined)[],
  nowMs: number,
  whenAbsent: FeatureValue,
): FeatureColumn {
  const rows = states.length;
  const buffer = new ArrayBuffer(rows * 9);
  const statuses = new Uint8Array(buffer, rows * 8);
  const numbers = new DataView(buffer, 0, rows * 8);
  const absent = Number(whenAbsent ?? 0);
  const isInteger = spec.dataType === 'INT64';
  for (let row = 0; row < rows; row++) {
    const state = states[row];
    const value = state === undefined ? Number.NaN : state.numberOf(spec, nowMs);
    const isPresent = Number.isFinite(value);
    statuses[row] = isPresent ? PRESENT : state === undefined ? NOT_FOUND : NULL_VALUE;
    if (isInteger) writeInteger(numbers, row * 8, isPresent ? value : absent);
    else numbers.setFloat64(row * 8, isPresent ? value : absent, true);
  }
  return {
    name,
    dataType: spec.dataType,
    width: 1,
    bytes: new Uint8Array(buffer, 0, rows * 8),
    statuses,
    lengths: undefined,
  };
}

/** Two's complement of a safe integer, without a bigint on the way. */
function writeInteger(target: DataView, offset: number, value: number): void {
  target.setInt32(offset, value % 0x1_0000_0000, true);
  target.setInt32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
}
