import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RowStoreSubject } from './row-store-contract.ts';
import { entry, NO_LIMIT, readRows, untilForgotten, withStore } from './store-steps.ts';

const HOUR_MS = 3_600_000;

/** What goes in comes out, in order, byte for byte, until it is replaced, deleted or expired. */
export function registerRowCases(subject: RowStoreSubject): void {
  const nowMs = (): number => subject.nowMs?.() ?? Date.now();
  after(() => subject.cleanUp?.());

  test('rows of several views come back in the order asked for, undefined where there is none', () =>
    withStore(subject, async (store) => {
      await store.writeMany([entry('user', 'u1', [1]), entry('item', 'i1', [2, 3]), entry('item', 'u1', [4])]);
      const keys = [
        { view: 'item', entityId: 'i1' },
        { view: 'user', entityId: 'nobody' },
        { view: 'user', entityId: 'u1' },
        { view: 'item', entityId: 'u1' },
        { view: 'nothing', entityId: 'u1' },
        { view: 'item', entityId: 'i1' },
      ];
      assert.deepEqual(await readRows(store, keys), [[2, 3], undefined, [1], [4], undefined, [2, 3]]);
    }));

  test('nothing asked for is nothing answered, and nothing written or deleted is fine', () =>
    withStore(subject, async (store) => {
      assert.deepEqual(await store.readMany([], NO_LIMIT), []);
      await store.writeMany([]);
      await store.deleteMany([]);
    }));

  test('rows are bytes: every value, and from 1 byte to 64 KiB', () =>
    withStore(subject, async (store) => {
      const every = Uint8Array.from({ length: 256 }, (_, i) => i);
      const large = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 31) >> 3);
      await store.writeMany([entry('v', 'one', [0]), entry('v', 'every', every), entry('v', 'large', large)]);
      const [one, all, big] = await readRows(
        store,
        ['one', 'every', 'large'].map((entityId) => ({ view: 'v', entityId })),
      );
      assert.deepEqual(one, [0]);
      assert.deepEqual(all, [...every]);
      assert.equal(Buffer.compare(Buffer.from(big ?? []), large), 0);
    }));

  test('a row is replaced as a whole, and of two in one write the later wins', () =>
    withStore(subject, async (store) => {
      const key = { view: 'v', entityId: 'k' };
      await store.writeMany([entry('v', 'k', [1, 2, 3, 4])]);
      await store.writeMany([entry('v', 'k', [5])]);
      assert.deepEqual(await readRows(store, [key]), [[5]]);
      await store.writeMany([entry('v', 'k', [6]), entry('v', 'other', [0]), entry('v', 'k', [7, 8])]);
      assert.deepEqual(await readRows(store, [key]), [[7, 8]]);
    }));

  test('a deleted row is gone; deleting what is not there is fine; the other rows stay', () =>
    withStore(subject, async (store) => {
      await store.writeMany([entry('v', 'a', [1]), entry('v', 'b', [2]), entry('w', 'a', [3])]);
      await store.deleteMany([
        { view: 'v', entityId: 'a' },
        { view: 'v', entityId: 'never' },
      ]);
      const keys = [
        { view: 'v', entityId: 'a' },
        { view: 'v', entityId: 'b' },
        { view: 'w', entityId: 'a' },
      ];
      assert.deepEqual(await readRows(store, keys), [undefined, [2], [3]]);
      await store.writeMany([entry('v', 'a', [9])]);
      assert.deepEqual(await readRows(store, keys), [[9], [2], [3]]);
    }));

  test('what was written does not change with the buffer it was written from, nor what was read with later writes', () =>
    withStore(subject, async (store) => {
      const key = { view: 'v', entityId: 'k' };
      const row = Uint8Array.of(1, 2, 3);
      await store.writeMany([{ ...key, row, expireMs: 0 }]);
      row.fill(0);
      const [before] = await store.readMany([key], NO_LIMIT);
      await store.writeMany([entry('v', 'k', [7, 7, 7])]);
      await store.readMany([key], NO_LIMIT);
      assert.deepEqual([...(before ?? [])], [1, 2, 3]);
    }));

  test('a row stays until its expiry, and a write without expiry takes it away', () =>
    withStore(subject, async (store) => {
      await store.writeMany([entry('v', 'later', [1], nowMs() + HOUR_MS), entry('v', 'never', [2])]);
      await store.writeMany([entry('v', 'kept', [3], nowMs() + HOUR_MS), entry('v', 'kept', [4])]);
      const keys = ['later', 'never', 'kept'].map((entityId) => ({ view: 'v', entityId }));
      assert.deepEqual(await readRows(store, keys), [[1], [2], [4]]);
    }));

  test('a row past its expiry is forgotten and the others are not', { skip: subject.untilPast === undefined }, () =>
    withStore(subject, async (store) => {
      const soonMs = nowMs() + 1_100;
      await store.writeMany([
        entry('v', 'soon', [1], soonMs),
        entry('v', 'renewed', [2], soonMs),
        entry('v', 'later', [3], soonMs + HOUR_MS),
        entry('v', 'never', [4]),
      ]);
      await store.writeMany([entry('v', 'renewed', [5], soonMs + HOUR_MS)]);
      await subject.untilPast?.(store, soonMs);
      const keys = ['soon', 'renewed', 'later', 'never'].map((entityId) => ({ view: 'v', entityId }));
      await untilForgotten(store, keys[0]!);
      assert.deepEqual(await readRows(store, keys), [undefined, [5], [3], [4]]);
    }),
  );

  test('a row written when its expiry is over is no error', () =>
    withStore(subject, async (store) => {
      await store.writeMany([entry('v', 'old', [1], nowMs() - HOUR_MS), entry('v', 'new', [2])]);
      const [old, fresh] = await readRows(store, [
        { view: 'v', entityId: 'old' },
        { view: 'v', entityId: 'new' },
      ]);
      assert.ok(old === undefined || old[0] === 1);
      assert.deepEqual(fresh, [2]);
    }));
}
