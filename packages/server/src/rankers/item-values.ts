/** Cells of item files as ids, attributes and vectors. Each throws INVALID_ARGUMENT that starts with `field`. */
import { invalidArgument, quoted } from '@rangefinder/base';
import type { AttributeType, AttributeValue } from '@rangefinder/retrieval';

const ID_CHARACTERS_MAX = 1_024;
const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export function itemId(value: unknown, field: string): string {
  const isId = (typeof value === 'string' && value !== '') || typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isId) throw invalidArgument(field, `expected the item's id, text or a whole number, got ${shown(value)}`);
  const id = String(value);
  if (id.length > ID_CHARACTERS_MAX) throw invalidArgument(field, `expected at most ${ID_CHARACTERS_MAX} characters`);
  return id;
}

/** CSV has only text, Parquet has big integers and dates; NaN is how data frames say null. */
export function attributeValue(type: AttributeType, value: unknown, field: string): AttributeValue {
  if (isNothing(value)) return null;
  switch (type) {
    case 'keyword':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
      throw invalidArgument(field, `expected text, got ${shown(value)}`);
    case 'keyword_list': {
      const list = typeof value === 'string' ? parsed(value, field) : value;
      if (Array.isArray(list) && list.every((word) => typeof word === 'string')) return list;
      throw invalidArgument(field, `expected a list of text, got ${shown(value)}`);
    }
    case 'bool':
      if (typeof value === 'boolean') return value;
      if (value === 1 || value === 1n || (typeof value === 'string' && /^(true|1)$/i.test(value.trim()))) return true;
      if (value === 0 || value === 0n || (typeof value === 'string' && /^(false|0)$/i.test(value.trim()))) return false;
      throw invalidArgument(field, `expected true or false, got ${shown(value)}`);
    case 'timestamp':
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime();
      return typeof value === 'string' && !DECIMAL.test(value.trim())
        ? value
        : itemNumber(value, field, 'Unix ms or ISO 8601');
    case 'int': {
      const number = itemNumber(value, field, 'a whole number', INTEGER);
      if (Number.isSafeInteger(number)) return number;
      throw invalidArgument(field, `expected a whole number, got ${shown(value)}`);
    }
    case 'float':
      return itemNumber(value, field, 'a number');
  }
}

/** undefined for an empty cell. */
export function popularity(value: unknown, field: string): number | undefined {
  if (isNothing(value)) return undefined;
  const number = itemNumber(value, field, 'a number');
  if (Number.isFinite(Math.fround(number))) return number;
  throw invalidArgument(field, `expected at most 3.4e38 to either side, got ${number}`);
}

/** A list of numbers, or one as JSON in text; undefined for an empty cell. Whether they are finite is not looked at. */
export function vectorOf(value: unknown, field: string): Float32Array | undefined {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Float32Array) return value;
  const list = typeof value === 'string' ? parsed(value, field) : value;
  if (list instanceof Float64Array) return Float32Array.from(list);
  // Number(null) is 0: what is no number is refused rather than guessed.
  if (Array.isArray(list) && list.every((element) => typeof element === 'number')) return Float32Array.from(list);
  throw invalidArgument(field, `expected a list of numbers, got ${shown(value)}`);
}

function itemNumber(value: unknown, field: string, expected: string, pattern = DECIMAL): number {
  const number =
    typeof value === 'bigint' || (typeof value === 'string' && pattern.test(value.trim())) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw invalidArgument(field, `expected ${expected}, got ${shown(value)}`);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value);
}

function parsed(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidArgument(field, `expected a list as JSON, got ${quoted(text)}`);
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : `an ${typeof value}`;
}
