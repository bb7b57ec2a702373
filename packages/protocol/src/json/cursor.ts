import { invalidArgument, type RangefinderError } from '@rangefinder/base';
import { BACKSLASH, COLON, COMMA, isBlank, OPEN_BRACE, QUOTE, SPACE } from './characters.ts';
import type { KnownWords } from './known-words.ts';
import { SLICE_BYTES } from './slices.ts';

/** Longer names, keys and short values take the general string reader. */
const PLAIN_STRING_BYTES = 256;

/** Up to this, adding characters is cheaper than a call into the runtime. */
const SHORT_ASCII_BYTES = 12;

/** In ASCII the closing bracket or brace is two behind the opening one. */
const CLOSING = 2;

/**
 * A place in a JSON document, and which field of it is being read, so that every error can name both. The document is whole
 * in memory; `pauseAt` is where the current time slice ends. Readers work on `position` directly.
 */
export class JsonCursor {
  readonly bytes: Uint8Array;
  position = 0;
  pauseAt: number;
  /** As the caller would write it: `inputs`, and with the next two `inputs[2].shape`. */
  scope = 'request body';
  index = -1;
  member = '';
  depth = 0;
  readonly #maxDepth: number;
  readonly #sliceBytes: number;
  #buffer: Buffer | undefined;

  constructor(bytes: Uint8Array, maxDepth: number, sliceBytes = SLICE_BYTES) {
    this.bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#sliceBytes = sliceBytes;
    this.pauseAt = sliceBytes;
  }

  at(scope: string, index = -1, member = ''): void {
    this.scope = scope;
    this.index = index;
    this.member = member;
  }

  get field(): string {
    const element = this.index < 0 ? this.scope : `${this.scope}[${this.index}]`;
    return this.member === '' ? element : `${element}.${this.member}`;
  }

  get mustPause(): boolean {
    return this.position >= this.pauseAt;
  }

  /** After a pause: the next slice begins here. */
  resume(): void {
    this.pauseAt = this.position + this.#sliceBytes;
  }

  /** Skips white space; more than a slice of it in one place is refused, as RFC 8259 section 9 allows. */
  skipBlank(): void {
    const { bytes } = this;
    let position = this.position;
    // No blank, or one space, is nearly every case.
    if (bytes[position] === SPACE) position++;
    if (isBlank(bytes[position])) {
      const stop = position + SLICE_BYTES;
      while (isBlank(bytes[position]) && position < stop) position++;
      if (position === stop) throw this.fail(`more than ${SLICE_BYTES} bytes of white space`);
    }
    this.position = position;
  }

  /** Enters the object or array at the cursor; false when it is empty, and then it is left again. */
  begin(open: number, what: string): boolean {
    this.expect(open, what);
    this.enter();
    this.skipBlank();
    if (this.bytes[this.position] !== open + CLOSING) return true;
    this.position++;
    this.leave();
    return false;
  }

  /** Behind a member or element: true when another follows, at which the cursor then is; false when the container was left. */
  another(open: number): boolean {
    this.skipBlank();
    if (this.bytes[this.position] === COMMA) {
      this.position++;
      this.skipBlank();
      return true;
    }
    this.expect(open + CLOSING, open === OPEN_BRACE ? "',' or '}'" : "',' or ']'");
    this.leave();
    return false;
  }

  /** From a key to its value. */
  colon(): void {
    this.skipBlank();
    this.expect(COLON, "':'");
    this.skipBlank();
  }

  peek(): number | undefined {
    return this.bytes[this.position];
  }

  expect(byte: number, what: string): void {
    if (this.bytes[this.position] !== byte) throw this.unexpected(what);
    this.position++;
  }

  /** True, false and null. */
  expectWord(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.position + i] !== word.charCodeAt(i)) throw this.unexpected(`'${word}'`);
    }
    this.position += word.length;
  }

  enter(): void {
    if (++this.depth > this.#maxDepth) throw this.fail(`is nested deeper than ${this.#maxDepth} levels`);
  }

  leave(): void {
    this.depth--;
  }

  /** The string at the cursor if it is one of these; otherwise undefined, and nothing is consumed. */
  knownString(words: KnownWords): string | undefined {
    if (this.bytes[this.position] !== QUOTE) throw this.unexpected('a string');
    const word = words.match(this.bytes, this.position + 1);
    if (word !== undefined) this.position += word.length + 2;
    return word;
  }

  /** The string at the cursor if it is short and plain ASCII without escapes; otherwise undefined, and nothing is consumed. */
  plainString(): string | undefined {
    const { bytes } = this;
    if (bytes[this.position] !== QUOTE) throw this.unexpected('a string');
    const start = this.position + 1;
    const stop = start + PLAIN_STRING_BYTES;
    let position = start;
    for (; position < stop; position++) {
      const byte = bytes[position];
      if (byte === QUOTE) {
        this.position = position + 1;
        return this.ascii(start, position);
      }
      if (byte === undefined || byte < 0x20 || byte >= 0x80 || byte === BACKSLASH) return undefined;
    }
    return undefined;
  }

  /** The bytes [start, end) one character each. */
  ascii(start: number, end: number): string {
    const { bytes } = this;
    if (end - start <= SHORT_ASCII_BYTES) {
      let text = '';
      for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
      return text;
    }
    this.#buffer ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#buffer.toString('latin1', start, end);
  }

  unexpected(expected: string): RangefinderError {
    return this.fail(`expected ${expected}, found ${this.#describe()}`);
  }

  fail(problem: string, position = this.position): RangefinderError {
    return invalidArgument(this.field, `${problem} at byte ${position}`);
  }

  #describe(): string {
    const byte = this.bytes[this.position];
    if (byte === undefined) return 'the end of the JSON';
    if (byte > 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`;
    return `byte 0x${byte.toString(16).padStart(2, '0')}`;
  }
}
