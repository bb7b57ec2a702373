import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createFeatureReader,
  FEATURE_STATUS,
  type FeatureSpec,
  type FeatureViewSpec,
  FeatureWriter,
  MemoryRowStore,
} from '@rangefinder/features';

const NOW_MS = 1_700_000_000_000;
const READ = { nowMs: NOW_MS, timeoutMs: 1_000 };
const AGE: FeatureSpec = { name: 'age', dataType: 'INT32', container: undefined };
const TAGS: FeatureSpec = { name: 'tags', dataType: 'BYTES', container: { kind: 'list', maxLength: 3 } };
const SCORE: FeatureSpec = { name: 'score', dataType: 'FP64', container: undefined };

function viewOf(...features: FeatureSpec[]): FeatureViewSpec {
  return { name: 'v', entity: 'user', maxAgeMs: 0, features };
}

async function storeWith(view: FeatureViewSpec, values: Record<string, number | string[]>): Promise<MemoryRowStore> {
  const store = new MemoryRowStore();
  await new FeatureWriter({ store, view }).push([{ entityId: 1, eventMs: NOW_MS, values }]);
  return store;
}

test('rows written before a feature was added stay readable, and what they lack is NULL', async () => {
  const store = await storeWith(viewOf(AGE, TAGS), { age: 33, tags: ['a', 'b'] });
  const grown = viewOf(AGE, TAGS, SCORE);
  const reader = createFeatureReader({ store, views: [grown], features: ['v:score', 'v:age', 'v:tags'] });
  const { columns, unreadableRows } = await reader.read(['1'], READ);
  assert.equal(unreadableRows, 0);
  assert.equal(columns[0]!.statuses[0], FEATURE_STATUS.NULL_VALUE);
  assert.deepEqual([...columns[1]!.bytes], [33, 0, 0, 0]);
  assert.deepEqual([...columns[2]!.lengths!], [2]);
});

test('a push of only the new feature keeps the old ones', async () => {
  const store = await storeWith(viewOf(AGE, TAGS), { age: 33, tags: ['a'] });
  const grown = viewOf(AGE, TAGS, SCORE);
  await new FeatureWriter({ store, view: grown }).push([{ entityId: 1, eventMs: NOW_MS - 5, values: { score: 0.5 } }]);
  const reader = createFeatureReader({ store, views: [grown], features: ['v:age', 'v:score'] });
  const { columns } = await reader.read(['1'], READ);
  assert.deepEqual([...columns[0]!.bytes], [33, 0, 0, 0]);
  assert.equal(new Float64Array(columns[1]!.bytes.slice().buffer)[0], 0.5);
});

test('a list may get longer; a feature that changed its type, place or name makes old rows unreadable, not wrong', async () => {
  const before = viewOf(AGE, TAGS);
  const store = await storeWith(before, { age: 33, tags: ['a', 'b', 'c'] });
  const read = async (view: FeatureViewSpec): Promise<number> => {
    const features = view.features.map(({ name }) => `v:${name}`);
    return (await createFeatureReader({ store, views: [view], features }).read(['1'], READ)).unreadableRows;
  };
  assert.equal(await read(viewOf(AGE, { ...TAGS, container: { kind: 'list', maxLength: 9 } })), 0);
  assert.equal(await read(viewOf({ ...AGE, dataType: 'UINT32' }, TAGS)), 1);
  assert.equal(await read(viewOf(TAGS, AGE)), 1);
  assert.equal(await read(viewOf({ ...AGE, name: 'years' }, TAGS)), 1);
  assert.equal(await read(viewOf(AGE)), 1);
});

test('a list longer than the column is cut at its width', async () => {
  const store = await storeWith(viewOf(AGE, TAGS), { age: 1, tags: ['a', 'b', 'c'] });
  const narrow = viewOf(AGE, { ...TAGS, container: { kind: 'list', maxLength: 2 } });
  const { columns } = await createFeatureReader({ store, views: [narrow], features: ['v:tags'] }).read(['1'], READ);
  assert.deepEqual([...columns[0]!.bytes], [1, 0, 0, 0, 97, 1, 0, 0, 0, 98]);
  assert.equal(columns[0]!.lengths![0], 2);
});
