import { addressOf, type CLibrary, readPointer, readUint32, type Scratch } from './native-memory.ts';
import type { Address, OrtApi } from './ort-api.ts';
import { checkStatus } from './ort-status.ts';

/** The bytes given for a BYTES input are not what its shape says. */
export class StringEncodingError extends Error {}

/**
 * Fills a string tensor from BYTES elements (uint32 little-endian length, then that many bytes) at `data`.
 * Throws StringEncodingError when they do not add up to `byteLength`, before anything past it is read.
 */
export function fillStringTensor(
  native: { readonly api: OrtApi; readonly c: CLibrary; readonly scratch: Scratch },
  value: Address,
  source: { readonly data: Address; readonly byteLength: number; readonly elements: number },
): void {
  const { api, c, scratch } = native;
  let offset = 0;
  for (let i = 0; i < source.elements; i += 1) {
    if (offset + 4 > source.byteLength) throw truncated(i, source);
    const length = readUint32(source.data + offset);
    offset += 4;
    if (offset + length > source.byteLength) throw truncated(i, source);
    checkStatus(api, api.getResizedStringTensorElementBuffer(value, i, length, scratch.address));
    if (length > 0) c.copy(readPointer(scratch.address), source.data + offset, length);
    offset += length;
  }
  if (offset !== source.byteLength) {
    throw new StringEncodingError(
      `expected ${source.elements} BYTES elements, got ${source.byteLength - offset} bytes after the last of them`,
    );
  }
}

/** The BYTES encoding of a string tensor, in memory of its own. */
export function encodeStringTensor(
  native: { readonly api: OrtApi; readonly scratch: Scratch },
  value: Address,
  elements: number,
): SharedArrayBuffer {
  const { api, scratch } = native;
  checkStatus(api, api.getStringTensorDataLength(value, scratch.address));
  const textBytes = scratch.int64();
  const text = new Uint8Array(new ArrayBuffer(Math.max(1, textBytes)));
  const offsets = new BigUint64Array(new ArrayBuffer(8 * Math.max(1, elements)));
  if (elements > 0) {
    checkStatus(api, api.getStringTensorContent(value, addressOf(text), textBytes, addressOf(offsets), elements));
  }
  const encoded = new SharedArrayBuffer(textBytes + 4 * elements);
  const bytes = new Uint8Array(encoded);
  const lengths = new DataView(encoded);
  for (let i = 0; i < elements; i += 1) {
    const start = Number(offsets[i]);
    const end = i + 1 < elements ? Number(offsets[i + 1]) : textBytes;
    const target = start + 4 * i;
    lengths.setUint32(target, end - start, true);
    bytes.set(text.subarray(start, end), target + 4);
  }
  return encoded;
}

function truncated(element: number, source: { readonly byteLength: number; readonly elements: number }): Error {
  return new StringEncodingError(
    `expected ${source.elements} BYTES elements, got ${source.byteLength} bytes that end in element ${element}`,
  );
}
