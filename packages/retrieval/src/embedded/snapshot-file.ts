import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { RangefinderError } from '@rangefinder/base';
import { Arena } from './arena.ts';
import { GraphMemory, type Extent, type GraphState } from './graph-memory.ts';
import { layoutOf } from './layout.ts';

/**
 * A snapshot is the graph's memory as it lies, so that opening it is reading it back to the same places:
 *
 *     "RFVECTOR" | version u32 | header bytes u32 | header CRC-32 u32 | header, JSON | extents | CRC-32 of the extents u32
 *
 * Numbers are little-endian. It is written beside its place and renamed, so a crash leaves the old one whole.
 */
const MAGIC = 'RFVECTOR';
const VERSION = 1;
const PREAMBLE_BYTES = 20;
const HEADER_BYTES_MAX = 16 * 1024 * 1024;
const SLICE_BYTES = 4 * 1024 * 1024;

interface SnapshotHeader {
  readonly state: GraphState;
  readonly end: number;
}

export async function writeSnapshot(path: string, memory: GraphMemory): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  try {
    const { state, arena } = memory;
    const end = Math.max(...state.extents.map(({ at, bytes }) => at + bytes));
    const header = Buffer.from(JSON.stringify({ state, end } satisfies SnapshotHeader));
    const preamble = Buffer.alloc(PREAMBLE_BYTES);
    preamble.write(MAGIC, 'latin1');
    preamble.writeUInt32LE(VERSION, 8);
    preamble.writeUInt32LE(header.length, 12);
    preamble.writeUInt32LE(crc32(header), 16);
    await file.writeFile(Buffer.concat([preamble, header]));
    let checksum = 0;
    const slice = Buffer.alloc(SLICE_BYTES);
    for (const { at, bytes } of slicesOf(state.extents)) {
      // The thread pool gets a copy: shared memory goes on changing under it.
      const part = slice.subarray(0, bytes);
      part.set(arena.views.bytes.subarray(at, at + bytes));
      checksum = crc32(part, checksum);
      await writeFully(file, part);
    }
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(checksum);
    await writeFully(file, trailer);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Throws NOT_FOUND, MODEL_INVALID for a file that is not a whole snapshot, RESOURCE_EXHAUSTED past the limit. */
export async function readSnapshot(path: string, memoryBytesMax: number): Promise<GraphMemory> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new RangefinderError('NOT_FOUND', `${path}: the snapshot cannot be opened`, { cause: error });
  });
  try {
    const { state, end } = await readHeader(path, file);
    const arena = new Arena(memoryBytesMax, end, holesBetween(state.extents, end));
    await readExtents(path, file, state.extents, arena);
    return GraphMemory.restore(arena, state);
  } finally {
    await file.close();
  }
}

async function readHeader(path: string, file: FileHandle): Promise<SnapshotHeader> {
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  await readFully(path, file, preamble);
  if (preamble.toString('latin1', 0, 8) !== MAGIC) throw broken(path, 'it is not a snapshot of a vector index');
  const version = preamble.readUInt32LE(8);
  if (version !== VERSION) throw broken(path, `it has format version ${version}; this program reads ${VERSION}`);
  const headerBytes = preamble.readUInt32LE(12);
  if (headerBytes > HEADER_BYTES_MAX) throw broken(path, 'its header is too long');
  const text = Buffer.alloc(headerBytes);
  await readFully(path, file, text);
  if (crc32(text) !== preamble.readUInt32LE(16)) throw broken(path, 'its header does not match its checksum');
  const header = JSON.parse(text.toString()) as SnapshotHeader;
  const expected = PREAMBLE_BYTES + headerBytes + header.state.extents.reduce((sum, { bytes }) => sum + bytes, 0) + 4;
  const { size } = await file.stat();
  if (size !== expected) throw broken(path, `it has ${size} bytes, expected ${expected}`);
  if (header.state.blocks.length * layoutOf(header.state.shape).blockBytes > header.end) {
    throw broken(path, 'its blocks do not fit its memory');
  }
  return header;
}

async function readExtents(path: string, file: FileHandle, extents: readonly Extent[], arena: Arena): Promise<void> {
  let checksum = 0;
  const slice = Buffer.alloc(SLICE_BYTES);
  for (const { at, bytes } of slicesOf(extents)) {
    const part = slice.subarray(0, bytes);
    await readFully(path, file, part);
    checksum = crc32(part, checksum);
    arena.views.bytes.set(part, at);
  }
  const trailer = Buffer.alloc(4);
  await readFully(path, file, trailer);
  if (trailer.readUInt32LE() !== checksum) throw broken(path, 'its content does not match its checksum');
}

function* slicesOf(extents: readonly Extent[]): Generator<Extent> {
  for (const { at, bytes } of extents) {
    for (let done = 0; done < bytes; done += SLICE_BYTES) {
      yield { at: at + done, bytes: Math.min(SLICE_BYTES, bytes - done) };
    }
  }
}

/** What lies between the extents, given back to be used by searches. */
function holesBetween(extents: readonly Extent[], end: number): Extent[] {
  const holes: Extent[] = [];
  // The first bytes stay unused, so that 0 is nobody's address.
  let at = 1024;
  for (const extent of [...extents].sort((a, b) => a.at - b.at)) {
    const aligned = Math.ceil(at / 64) * 64;
    if (extent.at > aligned) holes.push({ at: aligned, bytes: extent.at - aligned });
    at = extent.at + extent.bytes;
  }
  return holes.filter((hole) => hole.at + hole.bytes <= end);
}

async function readFully(path: string, file: FileHandle, target: Buffer): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done);
    if (bytesRead === 0) throw broken(path, 'it ends too early');
    done += bytesRead;
  }
}

async function writeFully(file: FileHandle, source: Buffer): Promise<void> {
  let done = 0;
  while (done < source.length) done += (await file.write(source, done, source.length - done)).bytesWritten;
}

function broken(path: string, problem: string): RangefinderError {
  return new RangefinderError('MODEL_INVALID', `${path}: the snapshot is broken: ${problem}`, { field: path });
}
