import { invalidArgument } from '@rangefinder/base';
import { bytesRowOffsets, skipBytesElements } from './bytes-encoding.ts';
import { DATA_TYPES } from './data-type.ts';
import { elementCount, formatShape } from './shape.ts';
import type { Tensor } from './tensor.ts';
import { tensorByteLength, writeTensor, WrittenTensor } from './written-tensor.ts';

/**
 * Gather and scatter along the first dimension. A batch is the rows of its requests one after the other, and an answer is
 * a slice of the batch: `writeRows` in, `rowSlice` out. Rows of BYTES have no fixed size, so they are found by walking.
 */

/** Rows [rowOffset, rowOffset + rows) of a tensor, as a view on its bytes (a copy only for 4-bit types whose row starts within a byte). */
export function rowSlice(tensor: Tensor, rowOffset: number, rows: number): Tensor {
  const { dataType, shape } = tensor;
  const total = shape[0];
  if (total === undefined) throw invalidArgument(tensor.name, 'a scalar has no rows to slice');
  if (rowOffset < 0 || rows < 0 || rowOffset + rows > total) {
    throw invalidArgument(
      tensor.name,
      `rows [${rowOffset}, ${rowOffset + rows}) lie outside shape ${formatShape(shape)}`,
    );
  }
  if (rowOffset === 0 && rows === total) return tensor;
  if (tensor instanceof WrittenTensor) return tensor.rows(rowOffset, rows);
  const { bytes } = tensor;
  const inner = shape.slice(1);
  const sliced = [rows, ...inner];
  const rowElements = elementCount(inner);
  const { bits } = DATA_TYPES[dataType];
  if (bits === 0) {
    const start = skipBytesElements(bytes, 0, rowOffset * rowElements, tensor.name);
    const end = skipBytesElements(bytes, start, rows * rowElements, tensor.name);
    return { name: tensor.name, dataType, shape: sliced, bytes: bytes.subarray(start, end) };
  }
  const startBit = rowOffset * rowElements * bits;
  const view =
    startBit % 8 === 0
      ? bytes.subarray(startBit / 8, Math.ceil((startBit + rows * rowElements * bits) / 8))
      : copyNibbles(bytes, startBit / 4, rows * rowElements);
  return { name: tensor.name, dataType, shape: sliced, bytes: view };
}

/** All slices of a tensor at once; for BYTES one walk in place of one a slice. `rows` add up to the first dimension. */
export function splitRows(tensor: Tensor, rows: readonly number[]): Tensor[] {
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (total !== tensor.shape[0]) {
    throw invalidArgument(tensor.name, `${total} rows asked for, but the shape is ${formatShape(tensor.shape)}`);
  }
  let offset = 0;
  if (tensor.dataType !== 'BYTES') {
    return rows.map((count) => {
      const slice = rowSlice(tensor, offset, count);
      offset += count;
      return slice;
    });
  }
  const inner = tensor.shape.slice(1);
  const offsets = bytesRowOffsets(tensor.bytes, elementCount(tensor.shape), elementCount(inner), tensor.name);
  return rows.map((count) => {
    const bytes = tensor.bytes.subarray(offsets[offset] ?? 0, offsets[offset + count] ?? 0);
    offset += count;
    return { name: tensor.name, dataType: tensor.dataType, shape: [count, ...inner], bytes };
  });
}

/**
 * Writes parts one after the other: concatenation along the first dimension for every type whose rows are whole bytes, and
 * for BYTES. The parts must fill `target` exactly.
 */
export function writeRows(target: Uint8Array, parts: readonly Tensor[]): void {
  let given = 0;
  for (const part of parts) given += tensorByteLength(part);
  if (given !== target.length) throw invalidArgument('batch', `parts have ${given} bytes, the target ${target.length}`);
  let offset = 0;
  for (const part of parts) {
    const end = offset + tensorByteLength(part);
    writeTensor(target.subarray(offset, end), part);
    offset = end;
  }
}

function copyNibbles(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const copy = new Uint8Array(Math.ceil(count / 2));
  for (let i = 0; i < count; i++) {
    const from = start + i;
    const nibble = (bytes[from >> 1]! >> ((from & 1) * 4)) & 0xf;
    copy[i >> 1]! |= nibble << ((i & 1) * 4);
  }
  return copy;
}
