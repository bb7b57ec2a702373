import { DOT, LOWER_E, MINUS, PLUS, ZERO } from './characters.ts';
import type { JsonWriter } from './writer.ts';

const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_EXACT_POWER = 22;

/** So many digits are always kept by FP32, so no two numbers with at most these share one value. */
const ALWAYS_KEPT_DIGITS = 6;
/** So many digits always tell two FP32 values apart. */
const ALWAYS_ENOUGH_DIGITS = 9;

/** Positional notation for exponents in this range, as JavaScript prints numbers. */
const LEAST_POSITIONAL_EXPONENT = -6;
const GREATEST_POSITIONAL_EXPONENT = 20;

const MAX_TEXT_BYTES = 32;

/**
 * A finite FP32 value with as few digits as reading it back needs: 0.1, not 0.10000000149011612. Tries 6 to 9 digits, each
 * checked by the very operation that reads them (a correctly rounded double, rounded to FP32).
 */
export function writeFloat32(writer: JsonWriter, value: number): void {
  writer.reserve(MAX_TEXT_BYTES);
  let magnitude = value;
  if (value < 0 || Object.is(value, -0)) {
    writer.chunk[writer.position++] = MINUS;
    magnitude = -value;
  }
  if (magnitude < 1e9 && magnitude === Math.floor(magnitude)) return writer.integer(magnitude);
  const exponent = Math.floor(Math.log10(magnitude));
  for (let count = ALWAYS_KEPT_DIGITS; count <= ALWAYS_ENOUGH_DIGITS; count++) {
    const scale = count - 1 - exponent;
    if (scale > MAX_EXACT_POWER || scale < -MAX_EXACT_POWER) break;
    const power = EXACT_POWERS[Math.abs(scale)]!;
    const digits = Math.round(scale >= 0 ? magnitude * power : magnitude / power);
    const back = scale >= 0 ? digits / power : digits * power;
    if (Math.fround(back) === magnitude) return writeDecimal(writer, digits, -scale);
  }
  writer.ascii(rareFloat32Text(magnitude));
}

/** Very small and very large values, where powers of ten are not exact any more. */
function rareFloat32Text(magnitude: number): string {
  for (let count = 1; count < ALWAYS_ENOUGH_DIGITS; count++) {
    const rounded = Number(magnitude.toPrecision(count));
    if (Math.fround(rounded) === magnitude) return String(rounded);
  }
  return String(Number(magnitude.toPrecision(ALWAYS_ENOUGH_DIGITS)));
}

/** digits × 10^exponent, digits below 2^31. */
function writeDecimal(writer: JsonWriter, allDigits: number, allExponent: number): void {
  let digits = allDigits;
  let exponent = allExponent;
  while (digits % 10 === 0) {
    digits /= 10;
    exponent++;
  }
  let count = 1;
  for (let power = 10; power <= digits; power *= 10) count++;
  const scientific = exponent + count - 1;
  if (scientific < LEAST_POSITIONAL_EXPONENT || scientific > GREATEST_POSITIONAL_EXPONENT) {
    return writeScientific(writer, digits, count, scientific);
  }
  const { chunk } = writer;
  let { position } = writer;
  const whole = count + exponent;
  if (exponent >= 0) {
    position = putDigits(chunk, position, digits, count);
    chunk.fill(ZERO, position, position + exponent);
    position += exponent;
  } else if (whole > 0) {
    const power = EXACT_POWERS[-exponent]!;
    const integer = Math.floor(digits / power);
    position = putDigits(chunk, position, integer, whole);
    chunk[position++] = DOT;
    position = putDigits(chunk, position, digits - integer * power, -exponent);
  } else {
    chunk[position++] = ZERO;
    chunk[position++] = DOT;
    for (let i = whole; i < 0; i++) chunk[position++] = ZERO;
    position = putDigits(chunk, position, digits, count);
  }
  writer.position = position;
}

function writeScientific(writer: JsonWriter, digits: number, count: number, scientific: number): void {
  const { chunk } = writer;
  let { position } = writer;
  const power = EXACT_POWERS[count - 1]!;
  const first = Math.floor(digits / power);
  chunk[position++] = ZERO + first;
  if (count > 1) {
    chunk[position++] = DOT;
    position = putDigits(chunk, position, digits - first * power, count - 1);
  }
  chunk[position++] = LOWER_E;
  chunk[position++] = scientific < 0 ? MINUS : PLUS;
  const size = Math.abs(scientific);
  writer.position = putDigits(chunk, position, size, size < 10 ? 1 : 2);
}

/** Exactly `count` digits, zeros in front. */
function putDigits(chunk: Uint8Array, position: number, digits: number, count: number): number {
  let rest = digits | 0;
  for (let at = position + count - 1; at >= position; at--) {
    const next = (rest / 10) | 0;
    chunk[at] = ZERO + (rest - next * 10);
    rest = next;
  }
  return position + count;
}
