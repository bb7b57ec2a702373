import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { RangefinderError, systemClock } from '@rangefinder/base';
import { LmdbRowStore } from '@rangefinder/features';
import { describeRowStoreContract } from '@rangefinder/testing';

const folder = mkdtempSync(path.join(tmpdir(), 'rangefinder-lmdb-'));
after(() => rm(folder, { recursive: true, force: true }));
const NO_LIMIT = { timeoutMs: Number.POSITIVE_INFINITY };

let files = 0;
let wallMs = 1_700_000_000_000;
const clock = { ...systemClock, wallMs: () => wallMs };

function openStore(file = path.join(folder, `store-${files++}.lmdb`)): Promise<LmdbRowStore> {
  return LmdbRowStore.open({ file, clock, sweepIntervalMs: 0 });
}

describeRowStoreContract({
  name: 'lmdb',
  open: () => openStore(),
  nowMs: () => wallMs,
  untilPast: async (_store, expireMs) => {
    wallMs = expireMs + 1;
  },
});

test('rows are there when the file is opened again', async () => {
  const file = path.join(folder, 'again', 'features.lmdb');
  const first = await openStore(file);
  await first.writeMany([{ view: 'v', entityId: 'k', row: Uint8Array.of(1, 2), expireMs: 0 }]);
  await first.close();
  const second = await openStore(file);
  const [row] = await second.readMany([{ view: 'v', entityId: 'k' }], NO_LIMIT);
  assert.deepEqual([...row!], [1, 2]);
  await second.close();
});

test('a sweep takes away what has expired and leaves what was renewed, over several turns', async () => {
  const store = await openStore();
  const rows = Array.from({ length: 2_500 }, (_, i) => ({
    view: 'v',
    entityId: `${i}`,
    row: Uint8Array.of(i & 255),
    expireMs: i % 2 === 0 ? wallMs + 5 : 0,
  }));
  await store.writeMany(rows);
  wallMs += 6;
  const renewed = store.writeMany([{ ...rows[0]!, expireMs: 0 }]);
  assert.equal(await store.sweep(), 1_249);
  await renewed;
  assert.equal(await store.sweep(), 0);
  const read = await store.readMany(rows, NO_LIMIT);
  assert.equal(read.filter((row) => row !== undefined).length, 1_251);
  await store.close();
});

test('a file that is no LMDB file, or a folder, is UNAVAILABLE and named', async () => {
  const noise = path.join(folder, 'noise.lmdb');
  await writeFile(noise, Buffer.alloc(16_384, 'no database '));
  const short = path.join(folder, 'short.lmdb');
  await writeFile(short, 'x');
  for (const file of [noise, short, folder]) {
    await assert.rejects(
      LmdbRowStore.open({ file }),
      (thrown) => thrown instanceof RangefinderError && thrown.code === 'UNAVAILABLE' && thrown.message.includes(file),
    );
  }
});

test('two stores on one file see each other', async () => {
  const file = path.join(folder, 'shared.lmdb');
  const [one, two] = [await openStore(file), await openStore(file)];
  await one.writeMany([{ view: 'v', entityId: 'k', row: Uint8Array.of(7), expireMs: 0 }]);
  const [row] = await two.readMany([{ view: 'v', entityId: 'k' }], NO_LIMIT);
  assert.deepEqual([...row!], [7]);
  await one.close();
  await two.close();
});

for (const kept of [0.3, 0.95]) {
  test(`a file cut off at ${kept} of its length is UNAVAILABLE, and the process lives`, async () => {
    const file = path.join(folder, `cut-${kept}.lmdb`);
    const store = await openStore(file);
    const rows = Array.from({ length: 5_000 }, (_, i) => ({
      view: 'v',
      entityId: `${i}`,
      row: new Uint8Array(300).fill(1),
      expireMs: 0,
    }));
    await store.writeMany(rows);
    await store.close();
    await truncate(file, Math.floor((await stat(file)).size * kept));
    const readAll = async (): Promise<void> => {
      const opened = await openStore(file);
      await opened.readMany(rows, NO_LIMIT).finally(() => opened.close());
    };
    await assert.rejects(readAll(), (thrown) => thrown instanceof RangefinderError && thrown.code === 'UNAVAILABLE');
  });
}
