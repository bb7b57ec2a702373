import { invalidArgument, quoted } from '@rangefinder/base';
import type { FeatureValue } from '../values/feature-value.ts';
import type { AggregateSpec } from './aggregate-spec.ts';
import type { EventValue, FieldNeeds } from './field-pane.ts';

/** Longest text of an event's field, in characters. */
const TEXT_MAX = 1_024;
const NUMERIC: ReadonlySet<string> = new Set(['sum', 'mean', 'min', 'max']);

interface CheckedNeeds extends FieldNeeds {
  /** Types of the `last` features; their values must fit all of them. */
  readonly lastTypes: readonly AggregateSpec['dataType'][];
}

/** What each field is kept for, over all features of a view. */
export function fieldNeeds(features: readonly AggregateSpec[]): readonly CheckedNeeds[] {
  const fields = new Set(features.flatMap(({ field }) => field ?? []));
  return [...fields].map((field) => {
    const users = features.filter((feature) => feature.field === field);
    const lasts = users.filter((user) => user.function === 'last');
    return {
      field,
      numeric: users.some((user) => NUMERIC.has(user.function)),
      lastSize: Math.max(0, ...lasts.map(({ size }) => size)),
      lastTypes: lasts.map(({ dataType }) => dataType),
      distinct: users.some((user) => user.function === 'distinct'),
    };
  });
}

/** Throws INVALID_ARGUMENT when the value is not of the type that the field's aggregates take. */
export function eventValue(needs: FieldNeeds, value: FeatureValue, field: string): EventValue {
  const { lastTypes } = needs as CheckedNeeds;
  const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));
  if (needs.numeric || lastTypes.includes('FP64')) {
    if (!isNumber) throw invalidArgument(field, `expected a finite number, got ${shown(value)}`);
  }
  if (lastTypes.includes('INT64') && !isInteger(value)) {
    throw invalidArgument(field, `expected an integer of 64 bits, got ${shown(value)}`);
  }
  if (lastTypes.includes('BYTES') && typeof value !== 'string') {
    throw invalidArgument(field, `expected text, got ${shown(value)}`);
  }
  if (typeof value === 'string' && value.length > TEXT_MAX) {
    throw invalidArgument(field, `expected at most ${TEXT_MAX} characters, got ${value.length}`);
  }
  if (isNumber || typeof value === 'string' || typeof value === 'boolean') return value;
  throw invalidArgument(field, `expected text, a number or true or false, got ${shown(value)}`);
}

function isInteger(value: FeatureValue): boolean {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

function shown(value: FeatureValue): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? 'a list or an object' : String(value);
}
