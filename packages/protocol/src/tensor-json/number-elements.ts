import { bytesOf, type DataType } from '@rangefinder/tensor';
import { COMMA, DOT, LOWER_E, MINUS, NINE, ONE, ZERO } from '../json/characters.ts';
import type { JsonCursor } from '../json/cursor.ts';
import { scanNumber } from '../json/number.ts';
import { tooManyElements, type ElementReader, type RunEnd } from './element-reader.ts';
import { takeSeparator } from './separator.ts';

interface NumberType {
  readonly least: number;
  readonly greatest: number;
  readonly isInteger: boolean;
  allocate(count: number): NumberArray;
}

type NumberArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** What rounds to the largest FP32 lies below 2^128 - 2^103. */
const FP32_GREATEST = 3.4028235677973362e38;

/** Types whose values are all exact in a double. */
const NUMBER_TYPES: { readonly [name in DataType]?: NumberType } = {
  UINT8: integers(0, 0xff, (count) => new Uint8Array(count)),
  UINT16: integers(0, 0xffff, (count) => new Uint16Array(count)),
  UINT32: integers(0, 0xffff_ffff, (count) => new Uint32Array(count)),
  INT8: integers(-0x80, 0x7f, (count) => new Int8Array(count)),
  INT16: integers(-0x8000, 0x7fff, (count) => new Int16Array(count)),
  INT32: integers(-0x8000_0000, 0x7fff_ffff, (count) => new Int32Array(count)),
  FP32: {
    least: -FP32_GREATEST,
    greatest: FP32_GREATEST,
    isInteger: false,
    allocate: (count) => new Float32Array(count),
  },
  FP64: {
    least: -Number.MAX_VALUE,
    greatest: Number.MAX_VALUE,
    isInteger: false,
    allocate: (count) => new Float64Array(count),
  },
};

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_EXACT_POWER = 22;

/** Values are collected as doubles and converted this many at a time, so that one parsing loop serves all types. */
const SCRATCH_ELEMENTS = 1024;

export function newNumberElements(dataType: DataType, capacity: number): ElementReader | undefined {
  const type = NUMBER_TYPES[dataType];
  return type && new NumberElements(dataType, type, capacity);
}

class NumberElements implements ElementReader {
  count = 0;
  readonly #dataType: DataType;
  readonly #type: NumberType;
  readonly #target: NumberArray;
  readonly #scratch: Float64Array;
  #scratched = 0;

  constructor(dataType: DataType, type: NumberType, capacity: number) {
    this.#dataType = dataType;
    this.#type = type;
    this.#target = type.allocate(capacity);
    this.#scratch = new Float64Array(Math.min(capacity, SCRATCH_ELEMENTS));
  }

  readRun(cursor: JsonCursor): RunEnd {
    const scratch = this.#scratch;
    const { bytes } = cursor;
    const { least, greatest, isInteger } = this.#type;
    for (;;) {
      if (this.count === this.#target.length) throw tooManyElements(cursor, this.count);
      if (this.#scratched === scratch.length) this.#convert();
      const stop = Math.min(scratch.length - this.#scratched, this.#target.length - this.count);
      for (let read = 0; read < stop; read++) {
        const start = cursor.position;
        const value = isInteger ? this.#readInteger(cursor) : readFloat(cursor);
        if (!(value >= least && value <= greatest)) throw this.#outOfRange(cursor, start);
        scratch[this.#scratched++] = value;
        this.count++;
        // A comma and a digit right behind it is nearly every case.
        const next = bytes[cursor.position + 1]!;
        if (bytes[cursor.position] === COMMA && next >= MINUS && next <= NINE && cursor.position < cursor.pauseAt) {
          cursor.position++;
          continue;
        }
        const end = takeSeparator(cursor);
        if (end !== undefined) return end;
      }
    }
  }

  finish(): Uint8Array {
    this.#convert();
    return bytesOf(this.#target);
  }

  #convert(): void {
    this.#target.set(this.#scratch.subarray(0, this.#scratched), this.count - this.#scratched);
    this.#scratched = 0;
  }

  #readInteger(cursor: JsonCursor): number {
    const { bytes } = cursor;
    const start = cursor.position;
    let position = start;
    const isNegative = bytes[position] === MINUS;
    if (isNegative) position++;
    let value = 0;
    const firstDigit = position;
    for (; position - firstDigit < 12; position++) {
      const byte = bytes[position]!;
      if (!(byte >= ZERO && byte <= NINE)) break;
      value = value * 10 + (byte - ZERO);
    }
    const digits = position - firstDigit;
    const next = bytes[position]!;
    const isPlain = digits > 0 && digits < 12 && next !== DOT && (next | 0x20) !== LOWER_E;
    if (isPlain && (digits === 1 || bytes[firstDigit] !== ZERO)) {
      cursor.position = position;
      return isNegative ? -value : value;
    }
    if (!scanNumber(cursor)) {
      throw cursor.fail(`expected an integer for ${this.#dataType}, found ${shown(cursor, start)}`, start);
    }
    throw this.#outOfRange(cursor, start);
  }

  #outOfRange(cursor: JsonCursor, start: number): Error {
    return cursor.fail(`${shown(cursor, start)} is out of the range of ${this.#dataType}`, start);
  }
}

/**
 * The number at the cursor as a double, correctly rounded. Digits that fit 2^53 with a power of ten that is exact need one
 * correctly rounded operation (Clinger 1990); the rest goes to the runtime's own conversion. Infinity where it overflows.
 */
function readFloat(cursor: JsonCursor): number {
  const { bytes } = cursor;
  const start = cursor.position;
  let position = start;
  if (bytes[position] === MINUS) position++;
  const firstDigit = position;
  let digits = 0;
  // 17 characters cannot pass 2^53 by more than the check below sees.
  const stop = position + 17;
  let byte = bytes[position]!;
  if (byte === ZERO) byte = bytes[++position]!;
  else {
    for (; byte >= ONE - 1 && byte <= NINE && position < stop; byte = bytes[++position]!)
      digits = digits * 10 + (byte - ZERO);
  }
  let fractionDigits = 0;
  if (byte === DOT && position > firstDigit) {
    const point = position;
    byte = bytes[++position]!;
    for (; byte >= ZERO && byte <= NINE && position < stop; byte = bytes[++position]!)
      digits = digits * 10 + (byte - ZERO);
    fractionDigits = position - point - 1;
    if (fractionDigits === 0) position = firstDigit;
  }
  const isDone = !(byte >= ZERO && byte <= NINE) && byte !== DOT && (byte | 0x20) !== LOWER_E;
  if (position > firstDigit && isDone && digits <= Number.MAX_SAFE_INTEGER && fractionDigits <= MAX_EXACT_POWER) {
    cursor.position = position;
    const value = digits / EXACT_POWERS[fractionDigits]!;
    return firstDigit === start ? value : -value;
  }
  scanNumber(cursor);
  return Number(cursor.ascii(start, cursor.position));
}

function shown(cursor: JsonCursor, start: number): string {
  const text = cursor.ascii(start, Math.min(cursor.position, start + 40));
  return cursor.position > start + 40 ? `${text}…` : text;
}

function integers(least: number, greatest: number, allocate: (count: number) => NumberArray): NumberType {
  return { least, greatest, isInteger: true, allocate };
}
