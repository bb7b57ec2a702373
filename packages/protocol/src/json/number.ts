import { DOT, isDigit, LOWER_E, MINUS, PLUS, ZERO } from './characters.ts';
import type { JsonCursor } from './cursor.ts';

/** Longer numbers are refused: no value needs them, and reading one must not stall the event loop. */
export const MAX_NUMBER_CHARACTERS = 1024;

/** The number at the cursor: a bigint where it is written as an integer and is too large for a number to hold exactly. */
export function readNumber(cursor: JsonCursor): number | bigint {
  const start = cursor.position;
  const isInteger = scanNumber(cursor);
  const text = cursor.ascii(start, cursor.position);
  const value = Number(text);
  if (isInteger && !Number.isSafeInteger(value)) return BigInt(text);
  if (!Number.isFinite(value)) throw cursor.fail('number is too large', start);
  return value;
}

/** Moves the cursor behind the number at it; true when it is written without fraction and exponent. Throws unless RFC 8259 allows it. */
export function scanNumber(cursor: JsonCursor): boolean {
  const { bytes } = cursor;
  const start = cursor.position;
  const stop = start + MAX_NUMBER_CHARACTERS;
  const digits = (what: string): void => {
    if (!isDigit(bytes[cursor.position])) throw cursor.unexpected(what);
    while (isDigit(bytes[cursor.position]) && cursor.position < stop) cursor.position++;
  };
  if (bytes[cursor.position] === MINUS) cursor.position++;
  if (bytes[cursor.position] === ZERO) {
    cursor.position++;
    if (isDigit(bytes[cursor.position])) throw cursor.fail('number has a leading zero', start);
  } else digits('a number');
  let isInteger = true;
  if (bytes[cursor.position] === DOT) {
    isInteger = false;
    cursor.position++;
    digits('a digit after the decimal point');
  }
  if (((bytes[cursor.position] ?? 0) | 0x20) === LOWER_E) {
    isInteger = false;
    const sign = bytes[++cursor.position];
    if (sign === PLUS || sign === MINUS) cursor.position++;
    digits('a digit in the exponent');
  }
  if (cursor.position >= stop) throw cursor.fail(`number is longer than ${MAX_NUMBER_CHARACTERS} characters`, start);
  return isInteger;
}
