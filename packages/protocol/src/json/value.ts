import { LOWER_F, LOWER_N, LOWER_T, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './characters.ts';
import type { JsonCursor } from './cursor.ts';
import { readNumber, scanNumber } from './number.ts';
import type { Slices } from './slices.ts';
import { readString, skipString } from './string.ts';

export type JsonScalar = string | number | bigint | boolean | null;
export type JsonValue = JsonScalar | JsonValue[] | JsonObject;
/** Without a prototype: every key, `__proto__` too, is just a key. */
export interface JsonObject {
  [key: string]: JsonValue;
}

interface Frame {
  readonly container: JsonValue[] | JsonObject | undefined;
  readonly open: number;
  key: string;
}

/** The whole value at the cursor. Integers beyond 2^53 are bigints; a key that comes twice in one object is refused. */
export function* readValue(cursor: JsonCursor, maxStringBytes: number): Slices<JsonValue> {
  return (yield* walkValue(cursor, maxStringBytes, true)) as JsonValue;
}

/** Moves behind the value at the cursor if that is short; false when it is not, and nothing is consumed. For `skipValue` then. */
export function skipShortValue(cursor: JsonCursor): boolean {
  const first = cursor.peek();
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return false;
  if (first === QUOTE) return cursor.plainString() !== undefined;
  readPlainScalar(cursor, false);
  return true;
}

/** Moves behind the value at the cursor, checking its syntax and keeping nothing. */
export function* skipValue(cursor: JsonCursor): Slices<void> {
  yield* walkValue(cursor, 0, false);
}

/** A loop with a stack of its own, so that no nesting can exhaust the program's. */
function* walkValue(cursor: JsonCursor, maxStringBytes: number, keep: boolean): Slices<JsonValue | undefined> {
  const stack: Frame[] = [];
  for (;;) {
    if (cursor.mustPause) {
      yield;
      cursor.resume();
    }
    cursor.skipBlank();
    let value: JsonValue | undefined;
    const first = cursor.peek();
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const frame = newFrame(first, keep);
      if (cursor.begin(first, 'a value')) {
        stack.push(frame);
        if (first === OPEN_BRACE) yield* readKey(cursor, frame, keep, maxStringBytes);
        continue;
      }
      value = frame.container;
    } else if (first === QUOTE) {
      if (keep) value = yield* readString(cursor, maxStringBytes);
      else yield* skipString(cursor);
    } else {
      value = readPlainScalar(cursor, keep);
    }
    // The value is complete; so may be the containers it ends.
    let frame = stack.at(-1);
    for (; frame !== undefined; frame = stack.at(-1)) {
      place(frame, value);
      if (cursor.another(frame.open)) break;
      value = frame.container;
      stack.pop();
    }
    if (frame === undefined) return value;
    if (frame.open === OPEN_BRACE) yield* readKey(cursor, frame, keep, maxStringBytes);
  }
}

function newFrame(open: number, keep: boolean): Frame {
  const empty = (): JsonValue[] | JsonObject => (open === OPEN_BRACE ? (Object.create(null) as JsonObject) : []);
  return { container: keep ? empty() : undefined, open, key: '' };
}

function place(frame: Frame, value: JsonValue | undefined): void {
  const { container } = frame;
  if (container === undefined || value === undefined) return;
  if (Array.isArray(container)) container.push(value);
  else container[frame.key] = value;
}

function* readKey(cursor: JsonCursor, frame: Frame, keep: boolean, maxStringBytes: number): Slices<void> {
  if (cursor.peek() !== QUOTE) throw cursor.unexpected('a key in quotes');
  const start = cursor.position;
  if (keep) frame.key = yield* readString(cursor, maxStringBytes);
  else yield* skipString(cursor);
  if (frame.container !== undefined && Object.hasOwn(frame.container, frame.key)) {
    throw cursor.fail(`key '${frame.key}' comes twice`, start);
  }
  cursor.colon();
}

function readPlainScalar(cursor: JsonCursor, keep: boolean): JsonValue | undefined {
  switch (cursor.peek()) {
    case LOWER_T:
      cursor.expectWord('true');
      return true;
    case LOWER_F:
      cursor.expectWord('false');
      return false;
    case LOWER_N:
      cursor.expectWord('null');
      return null;
    default:
      if (keep) return readNumber(cursor);
      scanNumber(cursor);
      return undefined;
  }
}
