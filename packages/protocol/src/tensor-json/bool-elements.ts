import { isDigit, LOWER_F, LOWER_T, ONE, ZERO } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { tooManyElements, type ElementReader, type RunEnd } from './element-reader.ts';
import { takeSeparator } from './separator.ts';

/** BOOL: true and false, and 0 and 1 as Triton takes them. */
export class BoolElements implements ElementReader {
  count = 0;
  readonly #target: Uint8Array;

  constructor(capacity: number) {
    this.#target = new Uint8Array(capacity);
  }

  readRun(cursor: JsonCursor): RunEnd {
    for (;;) {
      if (this.count === this.#target.length) throw tooManyElements(cursor, this.count);
      this.#target[this.count] = readBool(cursor);
      this.count++;
      const end = takeSeparator(cursor);
      if (end !== undefined) return end;
    }
  }

  finish(): Uint8Array {
    return this.#target;
  }
}

function readBool(cursor: JsonCursor): number {
  const first = cursor.peek();
  if (first === LOWER_T) {
    cursor.expectWord('true');
    return 1;
  }
  if (first === LOWER_F) {
    cursor.expectWord('false');
    return 0;
  }
  if ((first !== ZERO && first !== ONE) || isDigit(cursor.bytes[cursor.position + 1])) {
    throw cursor.unexpected('true or false for BOOL');
  }
  cursor.position++;
  return first - ZERO;
}
