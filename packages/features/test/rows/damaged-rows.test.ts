import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeatureReader, FEATURE_STATUS, FeatureWriter, MemoryRowStore } from '@rangefinder/features';
import fc from 'fast-check';
import { NO_LIMIT, viewWithRows } from '../feature-arbitraries.ts';

const NOW_MS = 1_700_000_000_000;
const READ = { nowMs: NOW_MS, timeoutMs: 1_000 };

const damage = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), bit: fc.constant(0) }),
  fc.record({ kind: fc.constant('grow' as const), at: fc.nat(40), bit: fc.constant(0) }),
);

function damaged(row: Uint8Array, { kind, at, bit }: { kind: string; at: number; bit: number }): Uint8Array {
  if (kind === 'cut') return row.slice(0, at % row.length);
  if (kind === 'grow') return Uint8Array.from([...row, ...new Uint8Array(at + 1)]);
  const copy = row.slice();
  copy[at % row.length]! ^= 1 << bit;
  return copy;
}

test('a damaged row is NOT_FOUND and counted, the rows beside it are as before, and the next push heals it', async () => {
  await fc.assert(
    fc.asyncProperty(viewWithRows, damage, async ({ view, rows }, harm) => {
      const store = new MemoryRowStore();
      const writer = new FeatureWriter({ store, view });
      const pushes = rows.map((values, i) => ({
        entityId: i,
        eventMs: NOW_MS,
        values: Object.fromEntries(view.features.map(({ name }, f) => [name, values[f] ?? null])),
      }));
      await writer.push([...pushes, { ...pushes[0]!, entityId: 'beside' }]);
      const features = view.features.map(({ name }) => `view:${name}`);
      const reader = createFeatureReader({ store, views: [view], features });
      const whole = await reader.read(['0', 'beside'], READ);
      const [row] = await store.readMany([{ view: 'view', entityId: '0' }], NO_LIMIT);
      await store.writeMany([{ view: 'view', entityId: '0', row: damaged(row!, harm), expireMs: 0 }]);
      const read = await reader.read(['0', 'beside'], READ);
      assert.equal(read.unreadableRows, 1);
      for (const [f, column] of read.columns.entries()) {
        assert.equal(column.statuses[0], FEATURE_STATUS.NOT_FOUND);
        assert.equal(column.statuses[1], whole.columns[f]!.statuses[1]);
      }
      await writer.push([pushes[0]!]);
      assert.equal(writer.unreadableRows, 1);
      assert.deepEqual(await reader.read(['0', 'beside'], READ), whole);
    }),
  );
});

test('bytes that are no row at all never do more than count', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), viewWithRows, async (row, { view }) => {
      const store = new MemoryRowStore();
      await store.writeMany([{ view: 'view', entityId: 'x', row, expireMs: 0 }]);
      const features = view.features.map(({ name }) => `view:${name}`);
      const { unreadableRows } = await createFeatureReader({ store, views: [view], features }).read(['x'], READ);
      assert.equal(unreadableRows, 1);
    }),
  );
});
