import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import {
  checkedElementCount,
  elementCount,
  formatShape,
  npyTypeOf,
  parseNpyType,
  readNpyHeader,
  writeNpyHeader,
  type NpyType,
  type Shape,
} from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { castArray } from '../arrays/cast.ts';
import { joinBytes } from '../arrays/stacking.ts';
import { decodeNpyText, encodeNpyText } from './npy-text.ts';

const ZERO_WIDTH_ELEMENTS_MAX = 65_536;

/**
 * An array out of a .npy file: any byte order, row- or column-major; strings become BYTES. The result is little-endian and
 * row-major; a view on `bytes` where the file already is.
 *
 * @throws INVALID_ARGUMENT naming `field` for anything that is not such a file, or larger than a tensor may be.
 */
export function readNpy(bytes: Uint8Array, field: string): ArrayData {
  const header = readNpyHeader(bytes, field);
  const type = parseNpyType(header.descr, field);
  const count = checkedElementCount(header.shape, DEFAULT_LIMITS, `${field}.shape`);
  const byteLength = count * type.itemBytes;
  // Strings of width 0 take no bytes in the file, so their number is not bounded by its size.
  if (byteLength > DEFAULT_LIMITS.tensorBytes || (byteLength === 0 && count > ZERO_WIDTH_ELEMENTS_MAX)) {
    throw invalidArgument(field, `shape ${formatShape(header.shape)} is larger than a tensor may be`);
  }
  const found = bytes.byteLength - header.dataOffset;
  if (found < byteLength) {
    throw invalidArgument(
      field,
      `cut short: ${formatShape(header.shape)} of ${header.descr} takes ${byteLength} bytes, ${found} are there`,
    );
  }
  const raw = bytes.subarray(header.dataOffset, header.dataOffset + byteLength);
  const rows = header.fortranOrder ? toRowMajor(raw, header.shape, type.itemBytes) : raw;
  const data = type.bigEndian ? reverseWords(rows, type.wordBytes) : rows;
  return { dataType: type.dataType, shape: header.shape, bytes: finish(data, type, count, field) };
}

/**
 * A .npy file, version 1.0. BF16, which NumPy lacks, is written as the float32 of the same value. BYTES become `U` when all
 * elements are UTF-8 text, `S` otherwise.
 *
 * @throws INVALID_ARGUMENT naming `field` for types NumPy cannot hold.
 */
export function writeNpy(array: ArrayData, field: string): Uint8Array {
  if (array.dataType === 'BYTES') {
    const { descr, bytes } = encodeNpyText(array.bytes, elementCount(array.shape), field);
    return joinBytes([writeNpyHeader(descr, array.shape), bytes]);
  }
  const data = array.dataType === 'BF16' ? castArray(array, 'FP32', field) : array;
  const descr = npyTypeOf(data.dataType);
  if (descr === undefined) throw invalidArgument(field, `${data.dataType} has no NumPy type`);
  return joinBytes([writeNpyHeader(descr, data.shape), data.bytes]);
}

function finish(data: Uint8Array, type: NpyType, count: number, field: string): Uint8Array {
  if (type.text !== undefined) return decodeNpyText(data, type.text, type.itemBytes, count, field);
  if (type.dataType === 'BOOL' && data.some((value) => value > 1))
    throw invalidArgument(field, 'a boolean element is neither 0 nor 1');
  return data;
}

/** Reorders column-major elements, first index fastest, into row-major. */
function toRowMajor(bytes: Uint8Array, shape: Shape, itemBytes: number): Uint8Array {
  const result = new Uint8Array(bytes.byteLength);
  const strides: number[] = [];
  for (let axis = 0, stride = itemBytes; axis < shape.length; axis += 1) {
    strides.push(stride);
    stride *= shape[axis] ?? 1;
  }
  const index = shape.map(() => 0);
  for (let target = 0, source = 0; target < bytes.byteLength; target += itemBytes) {
    for (let i = 0; i < itemBytes; i += 1) result[target + i] = bytes[source + i] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      source += stride;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      source -= stride * next;
      index[axis] = 0;
    }
  }
  return result;
}

function reverseWords(bytes: Uint8Array, wordBytes: number): Uint8Array {
  const result = new Uint8Array(bytes.byteLength);
  for (let word = 0; word < bytes.byteLength; word += wordBytes) {
    for (let i = 0; i < wordBytes; i += 1) result[word + i] = bytes[word + wordBytes - 1 - i] ?? 0;
  }
  return result;
}
