import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { RangefinderError } from '@rangefinder/base';
import { Arena } from './arena.ts';
import type { SnapshotAccess, SnapshotReading } from './embedded-index-options.ts';
import { loadFileMapper, type FileMapper } from './file-mapping.ts';
import { GraphMemory, type Extent } from './graph-memory.ts';
import { layoutOf } from './layout.ts';
import {
  holesBetween,
  inOrder,
  runsOf,
  SNAPSHOT_PAGE_BYTES,
  type SnapshotHeader,
  type SnapshotRun,
} from './snapshot-layout.ts';

/**
 * A snapshot is the graph's memory as it lies, in whole pages, so that opening it is reading or mapping it to the same places:
 *
 *     "RFVECTOR" | version u32 | header bytes u32 | header CRC-32 u32 | header, JSON | slots not in use | zeros to a multiple
 *     of 64 KiB | pages | CRC-32 of the pages u32
 *
 * Numbers are little-endian. It is written beside its place and renamed, so a crash leaves the old one whole, and who has the
 * old one mapped keeps it.
 */
const MAGIC = 'RFVECTOR';
const VERSION = 2;
const PREAMBLE_BYTES = 20;
const HEADER_BYTES_MAX = 16 * 1024 * 1024;
const SLICE_BYTES = 4 * 1024 * 1024;

export interface OpenedSnapshot extends SnapshotAccess {
  readonly memory: GraphMemory;
}

export async function writeSnapshot(path: string, memory: GraphMemory): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  try {
    const { state, arena } = memory;
    const front = frontOf(memory);
    await writeFully(file, front);
    let checksum = 0;
    const slice = Buffer.alloc(SLICE_BYTES);
    const extents = inOrder(state.extents);
    for (const run of runsOf(extents, front.length)) {
      for (const { at, bytes } of slicesOf(run)) {
        // The thread pool gets a copy: shared memory goes on changing under it.
        const part = slice.subarray(0, bytes).fill(0);
        copyExtents(arena.views.bytes, extents, at, part);
        checksum = crc32(part, checksum);
        await writeFully(file, part);
      }
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
export async function openSnapshot(path: string, reading: SnapshotReading): Promise<OpenedSnapshot> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new RangefinderError('NOT_FOUND', `${path}: the snapshot cannot be opened`, { cause: error });
  });
  try {
    const snapshot = await readFront(path, file);
    const { header, runs } = snapshot;
    const newArena = (): Arena =>
      new Arena(reading.memoryBytesMax, header.end, holesBetween(header.state.extents, header.end));
    const opened = (arena: Arena, access: 'read' | 'map', reason?: string): OpenedSnapshot => ({
      memory: GraphMemory.restore(arena, header.state, snapshot.dead, snapshot.free),
      access,
      reason,
    });
    let reason: string | undefined;
    if (reading.access === 'map') {
      const arena = newArena();
      reason = mapRuns(await loadFileMapper(), arena, runs, file);
      if (reason === undefined) {
        if (reading.verify === 'all') await readRuns(path, file, runs, () => undefined);
        return opened(arena, 'map');
      }
    }
    // A new one: what could not be mapped may have holes.
    const arena = newArena();
    await readRuns(path, file, runs, (part, at) => arena.views.bytes.set(part, at));
    return opened(arena, 'read', reason);
  } finally {
    await file.close();
  }
}

function frontOf(memory: GraphMemory): Buffer {
  const { state } = memory;
  const dead = memory.deadSlots();
  const free = memory.freeSlots();
  const slots = Buffer.from(Uint32Array.from([...dead, ...free]).buffer);
  const header: SnapshotHeader = {
    state,
    end: Math.max(...state.extents.map(({ at, bytes }) => at + bytes)),
    deadCount: dead.length,
    freeCount: free.length,
    slotsCrc32: crc32(slots),
  };
  const text = Buffer.from(JSON.stringify(header));
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  preamble.write(MAGIC, 'latin1');
  preamble.writeUInt32LE(VERSION, 8);
  preamble.writeUInt32LE(text.length, 12);
  preamble.writeUInt32LE(crc32(text), 16);
  return Buffer.concat([preamble, text, slots], toPage(PREAMBLE_BYTES + text.length + slots.length));
}

interface SnapshotFront {
  readonly header: SnapshotHeader;
  readonly runs: readonly SnapshotRun[];
  readonly dead: readonly number[];
  readonly free: readonly number[];
}

/** All before the pages, checked; and the file's size. */
async function readFront(path: string, file: FileHandle): Promise<SnapshotFront> {
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  await readFully(path, file, preamble, 0);
  if (preamble.toString('latin1', 0, 8) !== MAGIC) throw broken(path, 'it is not a snapshot of a vector index');
  const version = preamble.readUInt32LE(8);
  if (version !== VERSION) throw broken(path, `it has format version ${version}; this program reads ${VERSION}`);
  const headerBytes = preamble.readUInt32LE(12);
  if (headerBytes > HEADER_BYTES_MAX) throw broken(path, 'its header is too long');
  const text = Buffer.alloc(headerBytes);
  await readFully(path, file, text, PREAMBLE_BYTES);
  if (crc32(text) !== preamble.readUInt32LE(16)) throw broken(path, 'its header does not match its checksum');
  const header = JSON.parse(text.toString()) as SnapshotHeader;
  const slotsBytes = 4 * (header.deadCount + header.freeCount);
  const pagesAt = toPage(PREAMBLE_BYTES + headerBytes + slotsBytes);
  const runs = runsOf(header.state.extents, pagesAt);
  const expected = pagesAt + runs.reduce((sum, { bytes }) => sum + bytes, 0) + 4;
  const { size } = await file.stat();
  if (size !== expected) throw broken(path, `it has ${size} bytes, expected ${expected}`);
  if (header.state.blocks.length * layoutOf(header.state.shape).blockBytes > header.end) {
    throw broken(path, 'its blocks do not fit its memory');
  }
  // The zeros before the pages are checked too, so that any changed byte of the front is noticed.
  const rest = Buffer.alloc(pagesAt - PREAMBLE_BYTES - headerBytes);
  await readFully(path, file, rest, PREAMBLE_BYTES + headerBytes);
  if (
    crc32(rest.subarray(0, slotsBytes)) !== header.slotsCrc32 ||
    rest.subarray(slotsBytes).some((byte) => byte !== 0)
  ) {
    throw broken(path, 'its list of slots does not match its checksum');
  }
  const slots = Array.from({ length: slotsBytes / 4 }, (_, i) => rest.readUInt32LE(4 * i));
  return { header, runs, dead: slots.slice(0, header.deadCount), free: slots.slice(header.deadCount) };
}

/** Why it could not be done, if it could not. */
function mapRuns(
  mapper: FileMapper | string,
  arena: Arena,
  runs: readonly SnapshotRun[],
  file: FileHandle,
): string | undefined {
  if (typeof mapper === 'string') return mapper;
  try {
    mapper.map(arena.memory, runs, file.fd);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function readRuns(
  path: string,
  file: FileHandle,
  runs: readonly SnapshotRun[],
  take: (part: Buffer, at: number) => void,
): Promise<void> {
  let checksum = 0;
  let end = 0;
  const slice = Buffer.alloc(SLICE_BYTES);
  for (const run of runs) {
    for (const { at, bytes } of slicesOf(run)) {
      const part = slice.subarray(0, bytes);
      end = run.fileAt + at - run.at + bytes;
      await readFully(path, file, part, end - bytes);
      checksum = crc32(part, checksum);
      take(part, at);
    }
  }
  const trailer = Buffer.alloc(4);
  await readFully(path, file, trailer, end);
  if (trailer.readUInt32LE() !== checksum) throw broken(path, 'its content does not match its checksum');
}

/** What of the extents lies in [at, at + target.length); they are in order. */
function copyExtents(memory: Uint8Array, extents: readonly Extent[], at: number, target: Buffer): void {
  for (const extent of extents) {
    const from = Math.max(extent.at, at);
    const to = Math.min(extent.at + extent.bytes, at + target.length);
    if (to > from) target.set(memory.subarray(from, to), from - at);
  }
}

function* slicesOf({ at, bytes }: Extent): Generator<Extent> {
  for (let done = 0; done < bytes; done += SLICE_BYTES) {
    yield { at: at + done, bytes: Math.min(SLICE_BYTES, bytes - done) };
  }
}

function toPage(bytes: number): number {
  return Math.ceil(bytes / SNAPSHOT_PAGE_BYTES) * SNAPSHOT_PAGE_BYTES;
}

async function readFully(path: string, file: FileHandle, target: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
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
