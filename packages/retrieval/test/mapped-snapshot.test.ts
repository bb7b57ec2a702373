import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import {
  openEmbeddedIndex,
  openEmbeddedSnapshot,
  type EmbeddedIndex,
  type VectorHits,
  type VectorIndex,
} from '@rangefinder/retrieval';
import { randomVector } from '@rangefinder/testing';
import { createSharedMemory } from '../src/embedded/kernel.ts';
import { loadFileMapper } from '../src/embedded/file-mapping.ts';

const DIMENSIONS = 16;
const COUNT = 5000;
const SHAPE = { name: 'mapped', dimensions: DIMENSIONS, metric: 'l2', threads: 2 } as const;
const onLinux = { skip: process.platform !== 'linux' && 'files are mapped on Linux only' };

describe('a mapped snapshot', () => {
  it('answers as the read one, before and after the same changes, and its file stays as it is', onLinux, () =>
    withSnapshot(async (file) => {
      const before = await readFile(file);
      const read = await openEmbeddedSnapshot(file, { ...SHAPE, threads: 1 });
      const mapped = await openEmbeddedSnapshot(file, { ...SHAPE, threads: 1, access: 'map' });
      const beside = await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map', verify: 'all' });
      assert.deepEqual(read.snapshotAccess, { access: 'read', reason: undefined });
      assert.deepEqual(mapped.snapshotAccess, { access: 'map', reason: undefined });
      const untouched = await answersOf(read);
      assert.deepEqual(await answersOf(mapped), untouched);
      // More than a block of slots, so that the memory grows past what is mapped.
      for (const index of [read, mapped]) await change(index);
      assert.equal(mapped.size, read.size);
      assert.deepEqual(await answersOf(mapped), await answersOf(read));
      assert.notDeepEqual(await answersOf(mapped), untouched);
      assert.deepEqual(await answersOf(beside), untouched);
      assert.deepEqual(await readFile(file), before);
      for (const index of [read, mapped, beside]) await index.close();
    }),
  );

  it('outlives its file being replaced and deleted, and saves over it', onLinux, () =>
    withSnapshot(async (file) => {
      const first = await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' });
      const before = await answersOf(first);
      const second = await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' });
      await change(second);
      await second.save(file);
      const third = await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' });
      assert.deepEqual(await answersOf(third), await answersOf(second));
      await unlink(file);
      assert.deepEqual(await answersOf(first), before);
      await first.save(file);
      const fourth = await openEmbeddedSnapshot(file, SHAPE);
      assert.deepEqual(await answersOf(fourth), before);
      for (const index of [first, second, third, fourth]) await index.close();
    }),
  );

  it('uses the memory of removed items again, also of those that were removed before it was saved', () =>
    withSnapshot(async (file) => {
      const index = await openEmbeddedSnapshot(file, SHAPE);
      const fifth = Array.from({ length: COUNT / 5 }, (_, i) => i * 5);
      await index.remove(fifth);
      await index.settled();
      await index.save(file);
      const opened = await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' });
      const bytes = opened.memoryBytes;
      const random = seededRandom(3);
      await opened.upsert(fifth.map((id) => ({ id, vector: randomVector(random, DIMENSIONS) })));
      assert.equal(opened.size, COUNT);
      assert.ok(opened.memoryBytes - bytes < 500_000, `${opened.memoryBytes} bytes after ${bytes}`);
      for (const each of [index, opened]) await each.close();
    }));

  it('is refused for any byte changed in front of its pages, and behind only when all is verified', onLinux, () =>
    withSnapshot(async (file) => {
      const whole = await readFile(file);
      const change = async (at: number): Promise<void> => {
        const changed = Buffer.from(whole);
        changed[at]! ^= 4;
        await writeFile(file, changed);
      };
      for (const at of [2, 9, 15, 40, 65_000]) {
        await change(at);
        await assert.rejects(openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' }), { code: 'MODEL_INVALID' });
      }
      await change(whole.length >> 1);
      await (await openEmbeddedSnapshot(file, { ...SHAPE, access: 'map' })).close();
      await assert.rejects(openEmbeddedSnapshot(file, { ...SHAPE, access: 'map', verify: 'all' }), {
        code: 'MODEL_INVALID',
      });
      await assert.rejects(openEmbeddedSnapshot(file, { ...SHAPE, access: 'sideways' as 'map' }), {
        code: 'INVALID_ARGUMENT',
      });
    }),
  );

  it('maps nothing outside the memory', onLinux, () =>
    withSnapshot(async (file) => {
      const mapper = await loadFileMapper();
      assert.ok(typeof mapper === 'object');
      const memory = createSharedMemory(2);
      const handle = await open(file, 'r');
      const page = 65_536;
      for (const part of [
        { at: 2 * page, bytes: page, fileAt: 0 },
        { at: 0, bytes: 3 * page, fileAt: 0 },
        { at: -page, bytes: page, fileAt: 0 },
        { at: 64, bytes: page, fileAt: 0 },
        { at: 0, bytes: 0, fileAt: 0 },
        { at: 0, bytes: Number.NaN, fileAt: 0 },
        { at: 0, bytes: page, fileAt: 1 },
      ]) {
        assert.throws(() => mapper.map(memory, [part], handle.fd), /cannot be mapped/);
      }
      await handle.close();
      assert.throws(() => mapper.map(memory, [{ at: 0, bytes: page, fileAt: 0 }], 10_000), /mmap failed/);
    }),
  );
});

async function withSnapshot(use: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rangefinder-mapped-'));
  try {
    const file = path.join(folder, 'index');
    const index = await openEmbeddedIndex({ ...SHAPE, threads: 1 });
    const random = seededRandom(1);
    await index.load({
      ids: Uint32Array.from({ length: COUNT }, (_, i) => i),
      vectors: Float32Array.from({ length: COUNT * DIMENSIONS }, () => random.next()),
    });
    await index.save(file);
    await index.close();
    await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function change(index: EmbeddedIndex): Promise<void> {
  const random = seededRandom(2);
  await index.remove(Array.from({ length: 100 }, (_, i) => i * 7));
  const ids = Uint32Array.from({ length: 6000 }, (_, i) => COUNT - 500 + i);
  await index.load({ ids, vectors: Float32Array.from({ length: 6000 * DIMENSIONS }, () => random.next()) });
  await index.settled();
}

async function answersOf(index: VectorIndex): Promise<VectorHits[]> {
  const random = seededRandom(4);
  const answers: VectorHits[] = [];
  for (let i = 0; i < 30; i++) {
    answers.push(await index.search({ query: randomVector(random, DIMENSIONS), k: 10, filter: undefined }));
  }
  return answers;
}
