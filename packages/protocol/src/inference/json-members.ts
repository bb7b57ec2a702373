import { CLOSE_BRACKET, COMMA, LOWER_F, LOWER_T, NINE, QUOTE, ZERO } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { KnownWords } from '../json/known-words.ts';
import { scanNumber } from '../json/number.ts';
import type { SeenKeys } from '../json/seen-keys.ts';
import { runAtOnce } from '../json/slices.ts';
import { readString } from '../json/string.ts';

/** Keys are names; longer ones are refused. */
const MAX_KEY_BYTES = 4096;

/** The keys of the protocol's objects. */
const KEYS = new KnownWords([
  'id',
  'inputs',
  'outputs',
  'parameters',
  'name',
  'shape',
  'datatype',
  'data',
  'binary_data',
  'binary_data_size',
  'binary_data_output',
  'classification',
  'model_name',
  'model_version',
]);

/** The key at the cursor, which moves on to its value. Throws INVALID_ARGUMENT for one that came before. */
export function readKey(cursor: JsonCursor, seen: SeenKeys): string {
  if (cursor.peek() !== QUOTE) throw cursor.unexpected('a key in quotes');
  const key = cursor.knownString(KEYS) ?? cursor.plainString() ?? runAtOnce(readString(cursor, MAX_KEY_BYTES));
  seen.add(cursor, key);
  cursor.colon();
  return key;
}

/** A string value that is a name; `maxCharacters` long at most. Pauses for none: it is short. */
export function readName(cursor: JsonCursor, maxCharacters: number): string {
  if (cursor.peek() !== QUOTE) throw cursor.unexpected('a string');
  const name = cursor.plainString() ?? runAtOnce(readString(cursor, maxCharacters * 4));
  if (name.length > maxCharacters) throw cursor.fail(`is longer than ${maxCharacters} characters`);
  return name;
}

/** A non-negative integer below 2^53, written as one. */
export function readCount(cursor: JsonCursor): number {
  const start = cursor.position;
  // A few digits and then something else is nearly every case.
  const first = cursor.bytes[start]!;
  const second = cursor.bytes[start + 1]!;
  if (first >= ZERO && first <= NINE && (second === COMMA || second === CLOSE_BRACKET)) {
    cursor.position++;
    return first - ZERO;
  }
  const isInteger = scanNumber(cursor);
  const text = cursor.ascii(start, cursor.position);
  const value = Number(text);
  if (!isInteger || !Number.isSafeInteger(value) || value < 0) {
    throw cursor.fail(`expected a non-negative integer, found ${text.slice(0, 40)}`, start);
  }
  return value;
}

export function readBoolean(cursor: JsonCursor): boolean {
  const first = cursor.peek();
  if (first !== LOWER_T && first !== LOWER_F) throw cursor.unexpected('true or false');
  cursor.expectWord(first === LOWER_T ? 'true' : 'false');
  return first === LOWER_T;
}
