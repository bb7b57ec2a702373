import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { VectorMetric } from '../index-options.ts';

/** "RFEXACT1" | CRC-32 of the rest u32 | header bytes u32 | header, JSON | ids u32 | vectors f32. Little-endian. */
const MAGIC = 'RFEXACT1';
const PREAMBLE_BYTES = 16;

interface ExactShape {
  readonly dimensions: number;
  readonly metric: VectorMetric;
}

export async function writeExactSnapshot(
  path: string,
  { dimensions, metric }: ExactShape,
  vectors: ReadonlyMap<number, Float32Array>,
): Promise<void> {
  const header = Buffer.from(JSON.stringify({ dimensions, metric, items: vectors.size }));
  const content = Buffer.alloc(4 + header.length + vectors.size * (4 + dimensions * 4));
  content.writeUInt32LE(header.length, 0);
  content.set(header, 4);
  let at = 4 + header.length;
  for (const id of vectors.keys()) at = content.writeUInt32LE(id, at);
  for (const vector of vectors.values()) {
    content.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at);
    at += vector.byteLength;
  }
  const preamble = Buffer.alloc(12);
  preamble.write(MAGIC, 'latin1');
  preamble.writeUInt32LE(crc32(content), 8);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(Buffer.concat([preamble, content]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function readExactSnapshot(path: string, shape: ExactShape): Promise<Map<number, Float32Array>> {
  const file = await readFile(path).catch((error: unknown) => {
    throw new RangefinderError('NOT_FOUND', `${path}: the snapshot cannot be opened`, { cause: error });
  });
  const isWhole =
    file.length >= PREAMBLE_BYTES &&
    file.toString('latin1', 0, 8) === MAGIC &&
    file.readUInt32LE(8) === crc32(file.subarray(12));
  if (!isWhole) {
    throw new RangefinderError('MODEL_INVALID', `${path}: the snapshot is broken`, { field: path });
  }
  const headerBytes = file.readUInt32LE(12);
  const header = JSON.parse(file.toString('utf8', PREAMBLE_BYTES, PREAMBLE_BYTES + headerBytes)) as ExactShape & {
    readonly items: number;
  };
  for (const field of ['dimensions', 'metric'] as const) {
    if (header[field] !== shape[field]) {
      throw invalidArgument(field, `the snapshot has ${header[field]}, the options say ${shape[field]}`);
    }
  }
  const vectors = new Map<number, Float32Array>();
  const idsAt = PREAMBLE_BYTES + headerBytes;
  const vectorBytes = shape.dimensions * 4;
  for (let i = 0; i < header.items; i++) {
    const at = idsAt + header.items * 4 + i * vectorBytes;
    // A copy, since the file's bytes need not lie on a multiple of four.
    const bytes = Uint8Array.from(file.subarray(at, at + vectorBytes));
    vectors.set(file.readUInt32LE(idsAt + i * 4), new Float32Array(bytes.buffer));
  }
  return vectors;
}
