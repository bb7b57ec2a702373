import type { ParameterValue, RequestParameters } from '@rangefinder/tensor';
import { LOWER_F, LOWER_T, MINUS, OPEN_BRACE, QUOTE } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { readNumber } from '../json/number.ts';
import { SeenKeys } from '../json/seen-keys.ts';
import type { Slices } from '../json/slices.ts';
import { readString } from '../json/string.ts';
import { readBoolean, readCount, readKey, readName } from './json-members.ts';

export const NO_PARAMETERS: RequestParameters = Object.freeze({ priority: 0, timeoutUs: 0, other: Object.freeze({}) });

const MAX_PRIORITY = 0xffff_ffff;
const MAX_SEQUENCE_ID = 0xffff_ffff_ffff_ffffn;

/**
 * The request's `parameters`. Reserved ones must have the type that the protocol gives them; of the others any string,
 * number or boolean is kept as it is, integers beyond 2^53 as bigints.
 */
export function* readRequestParameters(cursor: JsonCursor, nameCharacters: number): Slices<RequestParameters> {
  let priority = 0;
  let timeoutUs = 0;
  const other: Record<string, ParameterValue> = {};
  if (!cursor.begin(OPEN_BRACE, 'an object')) return NO_PARAMETERS;
  const seen = new SeenKeys();
  do {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    cursor.at('parameters');
    const name = readKey(cursor, seen);
    cursor.at(`parameters.${name}`);
    const start = cursor.position;
    switch (name) {
      case 'priority':
        priority = readCount(cursor);
        if (priority > MAX_PRIORITY) throw cursor.fail(`${priority} is more than ${MAX_PRIORITY}`, start);
        break;
      case 'timeout':
        timeoutUs = readCount(cursor);
        break;
      case 'binary_data_output':
      case 'sequence_start':
      case 'sequence_end':
        other[name] = readBoolean(cursor);
        break;
      case 'sequence_id':
        other[name] = readSequenceId(cursor, nameCharacters);
        break;
      default:
        defineOwn(other, name, yield* readParameterValue(cursor));
    }
  } while (cursor.another(OPEN_BRACE));
  return { priority, timeoutUs, other };
}

/** A string, number or boolean. */
export function* readParameterValue(cursor: JsonCursor): Slices<ParameterValue> {
  const first = cursor.peek();
  if (first === QUOTE) return yield* readString(cursor, cursor.bytes.length);
  if (first === LOWER_T || first === LOWER_F) return readBoolean(cursor);
  if (first !== MINUS && !(first !== undefined && first >= 0x30 && first <= 0x39)) {
    throw cursor.unexpected('a string, a number or a boolean');
  }
  return readNumber(cursor);
}

/** As an own property whatever the name; plain assignment of `__proto__` would be lost. */
export function defineOwn(target: Record<string, ParameterValue>, name: string, value: ParameterValue): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function readSequenceId(cursor: JsonCursor, nameCharacters: number): ParameterValue {
  if (cursor.peek() === QUOTE) return readName(cursor, nameCharacters);
  const start = cursor.position;
  const value = readNumber(cursor);
  const isUint64 =
    typeof value === 'bigint' ? value >= 0n && value <= MAX_SEQUENCE_ID : Number.isInteger(value) && value >= 0;
  if (!isUint64) throw cursor.fail(`expected an unsigned 64-bit integer or a string, found ${value}`, start);
  return value;
}
