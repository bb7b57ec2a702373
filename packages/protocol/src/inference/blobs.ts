import { invalidArgument } from '@rangefinder/base';
import {
  byteLengthOf,
  checkedByteLength,
  formatShape,
  skipBytesElements,
  type DataType,
  type Shape,
  type Tensor,
} from '@rangefinder/tensor';
import { SLICE_BYTES, type Slices } from '../json/slices.ts';
import type { InferLimits } from './decode-options.ts';
import type { CompleteTensorEntry } from './tensor-entry.ts';

/** BYTES elements and BOOL bytes are looked at one by one, so many a slice. */
const SLICE_ELEMENTS = SLICE_BYTES / 2;

/**
 * The tensors of entries whose data may lie behind the JSON, one blob after the other in the order of the entries, as views
 * on the body. Throws INVALID_ARGUMENT when a blob does not fit its tensor or the body, or bytes are left over.
 */
export function* readBlobs(
  body: Uint8Array,
  blobsStart: number,
  scope: string,
  entries: readonly CompleteTensorEntry[],
  limits: InferLimits,
): Slices<Tensor[]> {
  let offset = blobsStart;
  const tensors: Tensor[] = [];
  for (const [index, entry] of entries.entries()) {
    const { name, dataType, shape, binaryDataSize } = entry;
    let { bytes } = entry;
    if (bytes === undefined) {
      const size = binaryDataSize!;
      const field = `${scope}[${index}].parameters.binary_data_size`;
      if (size > body.length - offset) {
        throw invalidArgument(
          field,
          `${size} bytes at byte ${offset} reach past the body, which ends at ${body.length}`,
        );
      }
      bytes = body.subarray(offset, offset + size);
      offset += size;
      checkedByteLength(dataType, entry.elements, limits, `${scope}[${index}].shape`);
      checkBlobLength(bytes, dataType, shape, entry.elements, field);
      if (needsElementCheck(dataType)) yield* checkBlobElements(bytes, dataType, entry.elements, field);
    }
    tensors.push({ name, dataType, shape, bytes });
  }
  if (offset !== body.length) {
    throw invalidArgument(
      'request body',
      `${body.length - offset} bytes are left over at byte ${offset}, after all binary data`,
    );
  }
  return tensors;
}

/** Throws INVALID_ARGUMENT unless `bytes` is as long as type and shape say; BYTES say nothing. */
export function checkBlobLength(
  bytes: Uint8Array,
  dataType: DataType,
  shape: Shape,
  elements: number,
  field: string,
): void {
  const expected = byteLengthOf(dataType, elements);
  if (expected !== undefined && bytes.length !== expected) {
    throw invalidArgument(
      field,
      `${bytes.length} bytes, but shape ${formatShape(shape)} of ${dataType} takes ${expected}`,
    );
  }
}

/** The types of which not every byte sequence is valid. */
export function needsElementCheck(dataType: DataType): boolean {
  return dataType === 'BYTES' || dataType === 'BOOL';
}

/** Throws INVALID_ARGUMENT unless the bytes of a BYTES or BOOL tensor are `elements` valid elements. */
export function* checkBlobElements(
  bytes: Uint8Array,
  dataType: DataType,
  elements: number,
  field: string,
): Slices<void> {
  if (dataType === 'BYTES') yield* checkBytesElements(bytes, elements, field);
  if (dataType === 'BOOL') yield* checkBooleans(bytes, field);
}

function* checkBytesElements(bytes: Uint8Array, elements: number, field: string): Slices<void> {
  let offset = 0;
  for (let done = 0; done < elements;) {
    const count = Math.min(SLICE_ELEMENTS, elements - done);
    offset = skipBytesElements(bytes, offset, count, field, done);
    done += count;
    if (done < elements) yield;
  }
  if (offset !== bytes.length) {
    throw invalidArgument(field, `${bytes.length - offset} bytes are left over after ${elements} BYTES elements`);
  }
}

function* checkBooleans(bytes: Uint8Array, field: string): Slices<void> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    if (start > 0) yield;
    const end = Math.min(bytes.length, start + SLICE_BYTES);
    for (let i = start; i < end; i++) {
      if (bytes[i]! > 1) throw invalidArgument(field, `element ${i} is ${bytes[i]}; BOOL is 0 or 1`);
    }
  }
}
