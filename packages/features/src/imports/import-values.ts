import { invalidArgument, quoted } from '@rangefinder/base';
import type { DataType } from '@rangefinder/tensor';
import type { FeatureSpec } from '../feature-reader.ts';
import type { EntityId } from '../service/feature-service.ts';
import type { FeatureValue, ScalarValue } from '../values/feature-value.ts';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * What a file has for a feature as a value to be checked against its declaration. Text becomes a number where a number is
 * declared; lists in text are JSON; NaN is how data frames say null.
 */
export function importedValue(spec: FeatureSpec, value: unknown, field: string): FeatureValue {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return null;
  if (spec.container === undefined) return scalar(spec.dataType, value);
  if (typeof value !== 'string') return ArrayBuffer.isView(value) ? (value as FeatureValue) : list(spec, value);
  try {
    return list(spec, JSON.parse(value));
  } catch {
    throw invalidArgument(field, `expected a list as JSON, got ${quoted(value)}`);
  }
}

function list({ dataType }: FeatureSpec, value: unknown): FeatureValue {
  return Array.isArray(value) ? value.map((element) => scalar(dataType, element)) : (value as FeatureValue);
}

/** Unchanged where it does not read as the type, for the writer to refuse by name. */
function scalar(dataType: DataType, value: unknown): ScalarValue {
  if (dataType === 'BYTES')
    return typeof value === 'number' || typeof value === 'bigint' ? String(value) : (value as ScalarValue);
  if (typeof value !== 'string') return value as ScalarValue;
  const text = value.trim();
  if (dataType === 'BOOL') return boolean(text) ?? value;
  if (INTEGER.test(text)) return dataType.endsWith('INT64') ? BigInt(text) : Number(text);
  return DECIMAL.test(text) ? Number(text) : value;
}

function boolean(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}

/** Text or an integer. Throws INVALID_ARGUMENT. */
export function importedEntityId(value: unknown, field: string): EntityId {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  throw invalidArgument(
    field,
    `expected an entity id, got ${value === null || value === undefined ? 'nothing' : `a ${typeof value}`}`,
  );
}

/** Ms since the epoch from a number of ms, a date, or text in ISO 8601. Throws INVALID_ARGUMENT. */
export function importedEventMs(value: unknown, field: string): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const ms = DECIMAL.test(value.trim()) ? Number(value) : Date.parse(value);
    if (!Number.isNaN(ms)) return ms;
    throw invalidArgument(field, `expected ms since the epoch or ISO 8601, got ${quoted(value)}`);
  }
  throw invalidArgument(field, 'expected an event time, got nothing');
}
