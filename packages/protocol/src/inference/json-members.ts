import { LOWER_F, LOWER_T, OPEN_BRACE, QUOTE } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { scanNumber } from '../json/number.ts';
import { SeenKeys } from '../json/seen-keys.ts';
import { runAtOnce, type Slices } from '../json/slices.ts';
import { readString } from '../json/string.ts';

/** Keys are names; longer ones are refused. */
const MAX_KEY_BYTES = 4096;

/**
 * The members of the object at the cursor: `readMember` is called with each key, the cursor at its value, and must move
 * behind it. Throws INVALID_ARGUMENT for a key that comes twice.
 */
export function* readMembers(
  cursor: JsonCursor,
  what: string,
  readMember: (key: string) => Slices<void>,
): Slices<void> {
  const { scope, index, member } = cursor;
  if (!cursor.begin(OPEN_BRACE, what)) return;
  const seen = new SeenKeys();
  do {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    if (cursor.peek() !== QUOTE) throw cursor.unexpected('a key in quotes');
    const key = cursor.plainString() ?? readLongKey(cursor);
    seen.add(cursor, key);
    cursor.colon();
    yield* readMember(key);
    cursor.at(scope, index, member);
  } while (cursor.another(OPEN_BRACE));
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

function readLongKey(cursor: JsonCursor): string {
  return runAtOnce(readString(cursor, MAX_KEY_BYTES));
}
