import { bytesOf } from '@rangefinder/tensor';
import { DOT, LOWER_E, MINUS, NINE, ZERO } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { scanNumber } from '../json/number.ts';
import { tooManyElements, type ElementReader, type RunEnd } from './element-reader.ts';
import { takeSeparator } from './separator.ts';

const TWO_32 = 2 ** 32;
/** So many digits always fit a double exactly. */
const EXACT_DIGITS = 15;

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
    const stop = firstDigit + EXACT_DIGITS + 1;
    let position = firstDigit;
    let value = 0;
    for (let byte = bytes[position]!; byte >= ZERO && byte <= NINE && position < stop; byte = bytes[++position]!) {
      value = value * 10 + (byte - ZERO);
    }
    const digits = position - firstDigit;
    const next = bytes[position]!;
    const isShort = digits > 0 && digits <= EXACT_DIGITS && next !== DOT && (next | 0x20) !== LOWER_E;
    const hasLeadingZero = digits > 1 && bytes[firstDigit] === ZERO;
    const isInRange = this.#isSigned || firstDigit === start || value === 0;
    if (!isShort || hasLeadingZero || !isInRange) return this.#readLong(cursor);
    cursor.position = position;
    this.#store(value % TWO_32, Math.floor(value / TWO_32), firstDigit !== start);
  }

  #readLong(cursor: JsonCursor): void {
    const start = cursor.position;
    const type = this.#isSigned ? 'INT64' : 'UINT64';
    const isInteger = scanNumber(cursor);
    const text = cursor.ascii(start, cursor.position);
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    if (!isInteger) throw cursor.fail(`expected an integer for ${type}, found ${shown}`, start);
    const value = BigInt(text);
    const wrapped = this.#isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    if (wrapped !== value) throw cursor.fail(`${shown} is out of the range of ${type}`, start);
    const bits = BigInt.asUintN(64, value);
    this.#store(Number(bits & 0xffff_ffffn), Number(bits >> 32n), false);
  }

  /** Two's complement where negative: all bits flipped, plus one. */
  #store(low: number, high: number, isNegative: boolean): void {
    const at = this.count * 2;
    this.#halves[at] = isNegative ? -low : low;
    this.#halves[at + 1] = isNegative ? (low === 0 ? -high : ~high) : high;
  }
}
