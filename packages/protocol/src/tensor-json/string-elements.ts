import { RangefinderError } from '@rangefinder/base';
import { BYTES_PREFIX_BYTES, writeLength } from '@rangefinder/tensor';
import { QUOTE } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { GrowingBytes } from '../json/growing-bytes.ts';
import { scanString } from '../json/string.ts';
import { RUN_END, tooManyElements, type ElementReader, type RunEnd } from './element-reader.ts';
import { takeSeparator } from './separator.ts';

const INITIAL_TEXT_BYTES = 64 * 1024;
const GUESSED_ELEMENT_BYTES = 16;

/** BYTES: JSON strings as their UTF-8, written straight behind their length. A string may go on over several slices. */
export class StringElements implements ElementReader {
  count = 0;
  readonly #capacity: number;
  readonly #sink: GrowingBytes;
  /** Where the length of the string under way belongs; -1 between strings. */
  #openAt = -1;

  /** `capacity` elements (the caller has checked that the JSON can hold so many), and in all `maxBytes` of encoded tensor. */
  constructor(cursor: JsonCursor, capacity: number, maxBytes: number) {
    this.#capacity = capacity;
    const guess = capacity * BYTES_PREFIX_BYTES + Math.min(capacity * GUESSED_ELEMENT_BYTES, INITIAL_TEXT_BYTES);
    this.#sink = new GrowingBytes(guess, maxBytes, () => {
      const field = cursor.field;
      return new RangefinderError('PAYLOAD_TOO_LARGE', `${field}: takes more than ${maxBytes} bytes`, { field });
    });
  }

  readRun(cursor: JsonCursor): RunEnd {
    const sink = this.#sink;
    for (;;) {
      if (this.#openAt < 0) {
        if (this.count === this.#capacity) throw tooManyElements(cursor, this.#capacity);
        cursor.expect(QUOTE, 'a string for BYTES');
        this.#openAt = sink.length;
        sink.reserve(BYTES_PREFIX_BYTES);
        sink.length += BYTES_PREFIX_BYTES;
      }
      if (!scanString(cursor, sink)) return RUN_END.insideElement;
      writeLength(sink.bytes, this.#openAt, sink.length - this.#openAt - BYTES_PREFIX_BYTES);
      this.#openAt = -1;
      this.count++;
      const end = takeSeparator(cursor);
      if (end !== undefined) return end;
    }
  }

  finish(): Uint8Array {
    return this.#sink.view();
  }
}
