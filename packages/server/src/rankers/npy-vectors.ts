import { open, type FileHandle } from 'node:fs/promises';
import { invalidArgument } from '@rangefinder/base';
import { checkVector } from '@rangefinder/retrieval';
import { float16ToFloat32, formatShape, parseNpyType, readNpyHeader } from '@rangefinder/tensor';
import { throwIfStopped } from './ranker-problems.ts';
import type { EmbeddingConfig } from './vector-rows.ts';

const HEADER_BYTES_MAX = 64 * 1024;
const SLICE_ROWS_BYTES = 4 * 1024 * 1024;
const FLOAT_TYPES: ReadonlySet<string> = new Set(['FP16', 'FP32', 'FP64']);

export interface NpyVectorOptions {
  readonly embedding: EmbeddingConfig;
  /** The file must have as many rows. */
  readonly items: number;
  /** Called between slices of the file. */
  readonly onProgress: (rows: number) => void;
  readonly signal: AbortSignal;
}

/**
 * The rows of a .npy file of little-endian floats, items × dimensions. Calls for each with an array that is written anew
 * for the next. Throws INVALID_ARGUMENT for any other file, and for a vector that an index refuses, with its row.
 */
export async function readNpyVectors(
  file: string,
  { embedding, items, onProgress, signal }: NpyVectorOptions,
  visit: (row: number, vector: Float32Array) => void,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(HEADER_BYTES_MAX, size));
    await readFully(handle, head, 0);
    const header = readNpyHeader(head, file);
    const { dataType, itemBytes, bigEndian } = parseNpyType(header.descr, file);
    const { dimensions } = embedding;
    const [rows, width] = header.shape;
    if (header.shape.length !== 2 || rows !== items || width !== dimensions) {
      const expected = `expected ${formatShape([items, dimensions])}, a row for each item in the order of the items`;
      throw invalidArgument(file, `${expected}, got ${formatShape(header.shape)}`);
    }
    if (!FLOAT_TYPES.has(dataType) || bigEndian || header.fortranOrder) {
      const order = header.fortranOrder ? ' in column order' : '';
      throw invalidArgument(file, `expected little-endian floats in row order, got ${header.descr}${order}`);
    }
    const rowBytes = dimensions * itemBytes;
    if (size < header.dataOffset + items * rowBytes)
      throw invalidArgument(file, `cut short: expected ${header.dataOffset + items * rowBytes} bytes, got ${size}`);
    const rowsOfSlice = Math.max(1, Math.floor(SLICE_ROWS_BYTES / rowBytes));
    for (let first = 0; first < items; first += rowsOfSlice) {
      throwIfStopped(signal);
      onProgress(first);
      const slice = new Uint8Array(Math.min(rowsOfSlice, items - first) * rowBytes);
      await readFully(handle, slice, header.dataOffset + first * rowBytes);
      const values = floatsOf(slice, dataType);
      for (let i = 0; i * dimensions < values.length; i++) {
        const vector = values.subarray(i * dimensions, (i + 1) * dimensions);
        checkVector(vector, embedding, `${file}: row ${first + i + 1}`);
        visit(first + i, vector);
      }
    }
  } finally {
    await handle.close();
  }
}

function floatsOf(bytes: Uint8Array<ArrayBuffer>, dataType: string): Float32Array {
  if (dataType === 'FP32') return new Float32Array(bytes.buffer);
  return dataType === 'FP16'
    ? float16ToFloat32(new Uint16Array(bytes.buffer))
    : Float32Array.from(new Float64Array(bytes.buffer));
}

async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new Error('it became shorter while it was read');
    done += bytesRead;
  }
}
