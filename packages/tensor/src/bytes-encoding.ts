import { invalidArgument } from '@rangefinder/base';

/**
 * The protocol's encoding of BYTES tensors: each element is its length as uint32, little-endian, and then that many bytes,
 * one after the other without padding. Source: Triton, extension_binary_data.md.
 */
export const BYTES_PREFIX_BYTES = 4;

const MAX_ENCODED_BYTES = 0xffff_ffff;

export function encodeBytesElements(elements: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const element of elements) total += BYTES_PREFIX_BYTES + element.length;
  const encoded = new Uint8Array(total);
  let offset = 0;
  for (const element of elements) {
    writeLength(encoded, offset, element.length);
    encoded.set(element, offset + BYTES_PREFIX_BYTES);
    offset += BYTES_PREFIX_BYTES + element.length;
  }
  return encoded;
}

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Elements as UTF-8. Lone surrogates become U+FFFD, as everywhere on the web. */
export function encodeStringElements(strings: readonly string[]): Uint8Array {
  return encodeBytesElements(strings.map((text) => utf8Encoder.encode(text)));
}

/**
 * The `count` elements as views on `bytes`. Throws INVALID_ARGUMENT, naming the element, when `bytes` ends early or goes on
 * after the last one; the count is checked against the bytes before the array is made.
 */
export function decodeBytesElements(bytes: Uint8Array, count: number, field = 'BYTES tensor'): Uint8Array[] {
  checkCount(bytes, count, field);
  const elements: Uint8Array[] = [];
  let offset = 0;
  for (let index = 0; index < count; index++) {
    const end = elementEnd(bytes, offset, index, field);
    elements.push(bytes.subarray(offset + BYTES_PREFIX_BYTES, end));
    offset = end;
  }
  checkEnd(bytes, offset, count, field);
  return elements;
}

/** The `count` elements read as UTF-8; what is not UTF-8 becomes U+FFFD. Throws as `decodeBytesElements` does. */
export function decodeStringElements(bytes: Uint8Array, count: number, field?: string): string[] {
  return decodeBytesElements(bytes, count, field).map((element) => utf8Decoder.decode(element));
}

/** Throws INVALID_ARGUMENT unless `bytes` holds exactly `count` elements. Takes no memory. */
export function validateBytesElements(bytes: Uint8Array, count: number, field = 'BYTES tensor'): void {
  checkCount(bytes, count, field);
  checkEnd(bytes, skipBytesElements(bytes, 0, count, field), count, field);
}

/** How many elements `bytes` holds, to its end. Throws INVALID_ARGUMENT when the last one is cut off. */
export function countBytesElements(bytes: Uint8Array, field = 'BYTES tensor'): number {
  let offset = 0;
  let count = 0;
  for (; offset < bytes.length; count++) offset = elementEnd(bytes, offset, count, field);
  return count;
}

/** The offset behind `count` elements that start at `offset`; errors number them from `firstIndex`. */
export function skipBytesElements(
  bytes: Uint8Array,
  offset: number,
  count: number,
  field = 'BYTES tensor',
  firstIndex = 0,
): number {
  let end = offset;
  for (let index = 0; index < count; index++) end = elementEnd(bytes, end, firstIndex + index, field);
  return end;
}

/**
 * Where each row of `elementsPerRow` elements starts, and at the end the length of `bytes`: rows + 1 offsets. Validates as
 * `validateBytesElements` does. With no elements in a row there is nothing to point at: [0].
 */
export function bytesRowOffsets(
  bytes: Uint8Array,
  elementCount: number,
  elementsPerRow: number,
  field = 'BYTES tensor',
): Uint32Array {
  checkCount(bytes, elementCount, field);
  if (bytes.length > MAX_ENCODED_BYTES) throw invalidArgument(field, `is longer than ${MAX_ENCODED_BYTES} bytes`);
  const rows = elementsPerRow === 0 ? 0 : elementCount / elementsPerRow;
  if (!Number.isInteger(rows)) {
    throw invalidArgument(field, `${elementCount} elements are not a whole number of rows of ${elementsPerRow}`);
  }
  const offsets = new Uint32Array(rows + 1);
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    offsets[row] = offset;
    for (let index = 0; index < elementsPerRow; index++) {
      offset = elementEnd(bytes, offset, row * elementsPerRow + index, field);
    }
  }
  checkEnd(bytes, offset, elementCount, field);
  offsets[rows] = offset;
  return offsets;
}

/** The elements [start, start + count) as a view, still encoded. Walks the elements before it; throws INVALID_ARGUMENT past the end. */
export function sliceBytesElements(bytes: Uint8Array, start: number, count: number, field?: string): Uint8Array {
  const from = skipBytesElements(bytes, 0, start, field);
  return bytes.subarray(from, skipBytesElements(bytes, from, count, field));
}

/** Writes an element's length in front of it. */
export function writeLength(target: Uint8Array, offset: number, length: number): void {
  target[offset] = length;
  target[offset + 1] = length >>> 8;
  target[offset + 2] = length >>> 16;
  target[offset + 3] = length >>> 24;
}

function elementEnd(bytes: Uint8Array, offset: number, index: number, field: string): number {
  const start = offset + BYTES_PREFIX_BYTES;
  if (start > bytes.length) {
    throw invalidArgument(field, `ends at byte ${bytes.length} inside the length of element ${index}`);
  }
  const low = bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16);
  const end = start + low + bytes[offset + 3]! * 0x100_0000;
  if (end > bytes.length) {
    throw invalidArgument(
      field,
      `element ${index} at byte ${offset} says it is ${end - start} bytes long, but ${bytes.length - start} are left`,
    );
  }
  return end;
}

function checkCount(bytes: Uint8Array, count: number, field: string): void {
  if (count * BYTES_PREFIX_BYTES > bytes.length) {
    throw invalidArgument(
      field,
      `${bytes.length} bytes are too few for ${count} elements, which need a 4-byte length each`,
    );
  }
}

function checkEnd(bytes: Uint8Array, offset: number, count: number, field: string): void {
  if (offset !== bytes.length) {
    throw invalidArgument(field, `${bytes.length - offset} bytes are left over after ${count} elements`);
  }
}
