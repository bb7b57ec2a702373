import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError, type Clock } from '@rangefinder/base';
import { MemoryRowStore } from '@rangefinder/features';
import { describeRowStoreContract } from '@rangefinder/testing';

const NO_LIMIT = { timeoutMs: Number.POSITIVE_INFINITY };

class WallClock implements Clock {
  wall = 1_700_000_000_000;
  nowUs = (): number => this.wall * 1000;
  wallMs = (): number => this.wall;
  schedule = (): never => {
    throw new Error('the memory store has no timers');
  };
}

const clock = new WallClock();
describeRowStoreContract({
  name: 'memory',
  open: async () => new MemoryRowStore({ clock }),
  nowMs: clock.wallMs,
  untilPast: async (_store, expireMs) => {
    clock.wall = expireMs + 1;
  },
});
describeRowStoreContract({ name: 'memory, evicting', open: async () => new MemoryRowStore({ whenFull: 'evict' }) });

function entries(from: number, to: number): { view: string; entityId: string; row: Uint8Array; expireMs: number }[] {
  return Array.from({ length: to - from }, (_, i) => ({
    view: 'v',
    entityId: `${from + i}`,
    row: new Uint8Array(760),
    expireMs: 0,
  }));
}

test('a full store refuses a write as a whole and says by which limit', async () => {
  const store = new MemoryRowStore({ maxBytes: 10_500 });
  await store.writeMany(entries(0, 10));
  await assert.rejects(
    store.writeMany(entries(10, 12)),
    (thrown) =>
      thrown instanceof RangefinderError && thrown.code === 'RESOURCE_EXHAUSTED' && /10500/.test(thrown.message),
  );
  assert.equal(store.rowCount, 10);
  await store.deleteMany(entries(0, 2));
  await store.writeMany(entries(10, 12));
  assert.equal(store.rowCount, 10);
});

test('an evicting store keeps what was read last, within its bytes', async () => {
  const store = new MemoryRowStore({ maxBytes: 10_500, whenFull: 'evict' });
  await store.writeMany(entries(0, 10));
  await store.readMany(entries(0, 3), NO_LIMIT);
  await store.writeMany(entries(10, 15));
  const kept = await store.readMany(entries(0, 15), NO_LIMIT);
  const ids = kept.flatMap((row, i) => (row === undefined ? [] : [i]));
  assert.deepEqual(ids, [0, 1, 2, 8, 9, 10, 11, 12, 13, 14]);
  assert.ok(store.bytes <= 10_500);
  assert.equal(store.evictedRows, 5);
});

test('expired rows make room before a write is refused', async () => {
  const time = new WallClock();
  const store = new MemoryRowStore({ maxBytes: 10_500, clock: time });
  await store.writeMany(entries(0, 10).map((entry) => ({ ...entry, expireMs: time.wall + 5 })));
  time.wall += 6;
  await store.writeMany(entries(20, 30));
  assert.equal(store.rowCount, 10);
});
