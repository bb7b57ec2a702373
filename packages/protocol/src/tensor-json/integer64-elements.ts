import { bytesOf } from '@rangefinder/tensor';
import { DOT, LOWER_E, MINUS, NINE, ZERO } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { scanNumber } from '../json/number.ts';
import { tooManyElements, type ElementReader, type RunEnd } from './element-reader.ts';
import { takeSeparator } from './separator.ts';

const TWO_16 = 2 ** 16;
const TWO_31 = 2 ** 31;
const TWO_32 = 2 ** 32;
const BILLION = 1e9;
const TAIL_DIGITS = 9;
/** 2^64 has 20 digits; so has what the arithmetic below takes. */
const MAX_DIGITS = 20;

/** INT64 and UINT64, exact over their whole range; elements are written as two 32-bit halves. */
export class Integer64Elements implements ElementReader {
  count = 0;
  readonly #halves: Uint32Array;
  readonly #capacity: number;
  readonly #isSigned: boolean;

  constructor(isSigned: boolean, capacity: number) {
    this.#isSigned = isSigned;
    this.#capacity = capacity;
    this.#halves = new Uint32Array(capacity * 2);
  }

  readRun(cursor: JsonCursor): RunEnd {
    for (;;) {
      if (this.count === this.#capacity) throw tooManyElements(cursor, this.#capacity);
      this.#readElement(cursor);
      this.count++;
      const end = takeSeparator(cursor);
      if (end !== undefined) return end;
    }
  }

  finish(): Uint8Array {
    return bytesOf(this.#halves);
  }

  #readElement(cursor: JsonCursor): void {
    const { bytes } = cursor;
    const start = cursor.position;
    const firstDigit = bytes[start] === MINUS ? start + 1 : start;
    let position = firstDigit;
    while (bytes[position]! >= ZERO && bytes[position]! <= NINE && position <= firstDigit + MAX_DIGITS) position++;
    const digits = position - firstDigit;
    const next = bytes[position]!;
    const hasLeadingZero = digits > 1 && bytes[firstDigit] === ZERO;
    if (digits === 0 || digits > MAX_DIGITS || hasLeadingZero || next === DOT || (next | 0x20) === LOWER_E) {
      throw this.#refuse(cursor);
    }
    // head × 10^9 + tail, in parts that a double holds exactly.
    const tailStart = Math.max(firstDigit, position - TAIL_DIGITS);
    const head = decimal(bytes, firstDigit, tailStart);
    const lowPart = (head % TWO_16) * BILLION + decimal(bytes, tailStart, position);
    const highPart = Math.floor(head / TWO_16) * BILLION;
    const sum = (highPart % TWO_16) * TWO_16 + (lowPart % TWO_32);
    const low = sum % TWO_32;
    const high = Math.floor(highPart / TWO_16) + Math.floor(lowPart / TWO_32) + Math.floor(sum / TWO_32);
    const isNegative = firstDigit !== start;
    if (!this.#isInRange(low, high, isNegative)) throw this.#refuse(cursor);
    cursor.position = position;
    this.#store(low, high, isNegative);
  }

  #isInRange(low: number, high: number, isNegative: boolean): boolean {
    if (!this.#isSigned) return high < TWO_32 && (!isNegative || (low === 0 && high === 0));
    return high < TWO_31 || (isNegative && high === TWO_31 && low === 0);
  }

  #refuse(cursor: JsonCursor): Error {
    const start = cursor.position;
    const type = this.#isSigned ? 'INT64' : 'UINT64';
    const isInteger = scanNumber(cursor);
    const shown = cursor.ascii(start, Math.min(cursor.position, start + 40));
    return cursor.fail(
      isInteger ? `${shown} is out of the range of ${type}` : `expected an integer for ${type}, found ${shown}`,
      start,
    );
  }

  /** Two's complement where negative: all bits flipped, plus one. */
  #store(low: number, high: number, isNegative: boolean): void {
    const at = this.count * 2;
    this.#halves[at] = isNegative ? -low : low;
    this.#halves[at + 1] = isNegative ? (low === 0 ? -high : ~high) : high;
  }
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i]! - ZERO);
  return value;
}
