import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createFeatureReader,
  type FeatureColumn,
  FEATURE_STATUS,
  type FeatureValue,
  FeatureWriter,
  MemoryRowStore,
} from '@rangefinder/features';
import { DATA_TYPES, decodeStringElements, tensorValues } from '@rangefinder/tensor';
import fc from 'fast-check';
import { viewWithRows } from '../feature-arbitraries.ts';

const NOW_MS = 1_700_000_000_000;

/** One row of a column as values; small floats and nibbles as raw bits, complex numbers as pairs. */
function rowValues(column: FeatureColumn, row: number): unknown[] {
  const { dataType, width, bytes, statuses } = column;
  const { bits } = DATA_TYPES[dataType];
  const count = column.lengths?.[row] ?? width;
  const at = row * width;
  if (dataType === 'BYTES') return decodeStringElements(bytes, statuses.length * width).slice(at, at + count);
  if (bits === 4) {
    const raw = Array.from({ length: count }, (_, i) => (bytes[(at + i) >> 1]! >> (((at + i) & 1) * 4)) & 0xf);
    return raw.map((nibble) => (dataType === 'INT4' && nibble > 7 ? nibble - 16 : nibble));
  }
  if (dataType.startsWith('COMPLEX')) {
    const parts = tensorValues({ dataType: bits === 64 ? 'FP32' : 'FP64', shape: [bytes.length / (bits / 16)], bytes });
    return Array.from({ length: count }, (_, i) => [parts[(at + i) * 2], parts[(at + i) * 2 + 1]]);
  }
  const plain = dataType.startsWith('FP8') ? 'UINT8' : dataType;
  return tensorValues({ dataType: plain, shape: [statuses.length * width], bytes }).slice(at, at + count);
}

function expectedValues(value: FeatureValue, scalar: boolean, dataType: string): unknown[] {
  const elements = scalar ? [value] : Array.from(value as ArrayLike<unknown>);
  const wide = dataType === 'INT64' || dataType === 'UINT64';
  return elements.map((element) => (typeof element === 'bigint' && !wide ? Number(element) : element));
}

test('every type, as scalar, list and vector, comes back from a store as it was pushed', async () => {
  await fc.assert(
    fc.asyncProperty(viewWithRows, async ({ view, rows }) => {
      const store = new MemoryRowStore();
      const writer = new FeatureWriter({ store, view });
      await writer.push(
        rows.map((values, i) => ({
          entityId: i,
          eventMs: NOW_MS,
          values: Object.fromEntries(view.features.map(({ name }, f) => [name, values[f] ?? null])),
        })),
      );
      const reader = createFeatureReader({
        store,
        views: [view],
        features: view.features.map(({ name }) => `view:${name}`),
      });
      const ids = [...rows.keys(), 'nobody'].map(String);
      const { columns, unreadableRows, oldestEventMs } = await reader.read(ids, { nowMs: NOW_MS, timeoutMs: 1_000 });
      assert.equal(unreadableRows, 0);
      assert.equal(oldestEventMs, NOW_MS);
      for (const [f, feature] of view.features.entries()) {
        const column = columns[f]!;
        assert.equal(column.statuses[rows.length], FEATURE_STATUS.NOT_FOUND);
        for (const [i, values] of rows.entries()) {
          const value = values[f] ?? null;
          assert.equal(column.statuses[i], value === null ? FEATURE_STATUS.NULL_VALUE : FEATURE_STATUS.PRESENT);
          if (value === null) continue;
          assert.deepEqual(
            rowValues(column, i),
            expectedValues(value, feature.container === undefined, feature.dataType),
          );
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a reader for some features, in any order, equals the reader for all', async () => {
  await fc.assert(
    fc.asyncProperty(viewWithRows, fc.integer(), async ({ view, rows }, pick) => {
      const store = new MemoryRowStore();
      await new FeatureWriter({ store, view }).push(
        rows.map((values, i) => ({
          entityId: i,
          eventMs: NOW_MS,
          values: Object.fromEntries(view.features.map(({ name }, f) => [name, values[f] ?? null])),
        })),
      );
      const names = view.features.map(({ name }) => `view:${name}`);
      const some = names.filter((_, i) => ((pick >> i) & 1) === 1).toReversed();
      const options = { nowMs: NOW_MS, timeoutMs: 1_000 };
      const ids = [...rows.keys()].map(String);
      const all = await createFeatureReader({ store, views: [view], features: names }).read(ids, options);
      const trimmed = await createFeatureReader({ store, views: [view], features: some }).read(ids, options);
      assert.deepEqual(
        trimmed.columns,
        some.map((name) => all.columns[names.indexOf(name)]),
      );
    }),
  );
});
