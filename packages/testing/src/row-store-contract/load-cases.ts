import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import type { RowStore } from '@rangefinder/features';
import type { RowStoreSubject } from './row-store-contract.ts';
import { entry, NO_LIMIT, readRows, withStore } from './store-steps.ts';

const KEYS = 10_000;
const SEEDS = [1, 2, 3];
const STEPS = 60;

/** Many keys, many callers, and a long random history against a Map. */
export function registerLoadCases(subject: RowStoreSubject): void {
  test('10,000 keys are written and read in one call each', () =>
    withStore(subject, async (store) => {
      const rows = Array.from({ length: KEYS }, (_, i) => entry('v', `id-${i}`, [i & 255, i >> 8]));
      await store.writeMany(rows);
      const read = await store.readMany(rows, NO_LIMIT);
      assert.equal(read.length, KEYS);
      for (let i = 0; i < KEYS; i++) {
        assert.equal(read[i]?.[0], i & 255);
        assert.equal(read[i]?.[1], i >> 8);
      }
      await store.deleteMany(rows);
      assert.ok((await store.readMany(rows, NO_LIMIT)).every((row) => row === undefined));
    }));

  test('concurrent reads and writes: a row is one of those written, never a mixture', () =>
    withStore(subject, async (store) => {
      const keys = Array.from({ length: 20 }, (_, i) => ({ view: 'v', entityId: `k${i}` }));
      const writer = async (mark: number): Promise<void> => {
        for (let round = 0; round < 10; round++) {
          await store.writeMany(keys.map(({ entityId }) => entry('v', entityId, new Uint8Array(300).fill(mark))));
        }
      };
      const reader = async (): Promise<void> => {
        for (let round = 0; round < 20; round++) {
          for (const row of await store.readMany(keys, NO_LIMIT)) {
            if (row === undefined) continue;
            assert.equal(row.length, 300);
            assert.ok(row.every((byte) => byte === row[0]));
          }
        }
      };
      await Promise.all([writer(1), reader(), writer(2), reader(), writer(3)]);
      for (const row of await store.readMany(keys, NO_LIMIT)) assert.ok(row !== undefined && row.length === 300);
    }));

  for (const seed of SEEDS) {
    test(`a random history equals that of a Map (seed ${seed})`, () =>
      withStore(subject, (store) => runHistory(store, seed)));
  }
}

async function runHistory(store: RowStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const model = new Map<string, number[]>();
  const anyKey = (): { view: string; entityId: string } => ({
    view: `view${random.below(3)}`,
    entityId: `id${random.below(12)}`,
  });
  const nameOf = (key: { view: string; entityId: string }): string => `${key.view}/${key.entityId}`;
  for (let step = 0; step < STEPS; step++) {
    const keys = Array.from({ length: random.below(8) }, anyKey);
    const choice = random.below(3);
    if (choice === 0) {
      const entries = keys.map((key) => entry(key.view, key.entityId, anyRow(random.below(20) + 1, random.below(256))));
      for (const written of entries) model.set(nameOf(written), [...written.row]);
      await store.writeMany(entries);
    } else if (choice === 1 && random.below(2) === 0) {
      for (const key of keys) model.delete(nameOf(key));
      await store.deleteMany(keys);
    } else {
      const expected = keys.map((key) => model.get(nameOf(key)));
      assert.deepEqual(await readRows(store, keys), expected, `seed ${seed}, step ${step}`);
    }
  }
}

function anyRow(length: number, first: number): number[] {
  return Array.from({ length }, (_, i) => (first + i) & 255);
}
