import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import {
  createFeatureReader,
  type FeatureViewSpec,
  FeatureWriter,
  MemoryRowStore,
  type RowStore,
} from '@rangefinder/features';
import { tensorValues } from '@rangefinder/tensor';

const NOW_MS = 1_700_000_000_000;
const READ = { nowMs: NOW_MS, timeoutMs: 1_000 };
const USER: FeatureViewSpec = {
  name: 'user',
  entity: 'user',
  maxAgeMs: 1_000,
  features: [
    { name: 'age', dataType: 'INT64', container: undefined },
    { name: 'taste', dataType: 'FP32', container: { kind: 'vector', maxLength: 3 } },
    { name: 'recent', dataType: 'INT32', container: { kind: 'list', maxLength: 4 } },
    { name: 'city', dataType: 'BYTES', container: undefined },
  ],
};
const ITEM: FeatureViewSpec = { ...USER, name: 'item', entity: 'item' };
const FEATURES = ['user:city', 'user:age', 'user:recent', 'user:taste'];

function refuses(code: string, ...words: string[]): (thrown: unknown) => boolean {
  return (thrown) =>
    thrown instanceof RangefinderError && thrown.code === code && words.every((word) => thrown.message.includes(word));
}

async function filled(): Promise<MemoryRowStore> {
  const store = new MemoryRowStore();
  const values = { age: 41n, taste: [1, 2, 3], recent: [7, 8], city: 'Zürich' };
  await new FeatureWriter({ store, view: USER }).push([
    { entityId: 'a', eventMs: NOW_MS, values },
    { entityId: 'old', eventMs: NOW_MS - 2_000, values },
  ]);
  return store;
}

test('what is absent is zero, or the default that was asked for', async () => {
  const store = await filled();
  const defaults = { 'user:age': -1, 'user:taste': [9, 9, 9], 'user:recent': [5], 'user:city': '?' };
  const reader = createFeatureReader({ store, views: [USER], features: FEATURES, defaults });
  const { columns } = await reader.read(['nobody', 'a', 'old'], READ);
  const [city, age, recent, taste] = columns;
  assert.deepEqual(tensorValues({ ...city!, shape: [3] }), ['?', 'Zürich', '?']);
  assert.deepEqual(tensorValues({ ...age!, shape: [3] }), [-1n, 41n, -1n]);
  assert.deepEqual(tensorValues({ ...recent!, shape: [12] }), [5, 0, 0, 0, 7, 8, 0, 0, 5, 0, 0, 0]);
  assert.deepEqual([...recent!.lengths!], [1, 2, 1]);
  assert.deepEqual(tensorValues({ ...taste!, shape: [9] }), [9, 9, 9, 1, 2, 3, 9, 9, 9]);
});

test('all views and entities are one call to the store', async () => {
  const inner = await filled();
  let calls = 0;
  const store = new Proxy(inner, {
    get: (target, name) => {
      if (name === 'readMany') calls++;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const profile: FeatureViewSpec = { ...USER, name: 'profile' };
  const features = ['user:age', 'profile:age', 'user:city', 'profile:city'];
  const { columns } = await createFeatureReader({ store, views: [USER, profile], features }).read(['a', 'b'], READ);
  assert.equal(calls, 1);
  assert.deepEqual(
    columns.map(({ name }) => name),
    features,
  );
});

test('features that are unknown, repeated, malformed or of another entity are named', async () => {
  const store = new MemoryRowStore();
  const compile =
    (...features: string[]) =>
    () =>
      createFeatureReader({ store, views: [USER, ITEM], features });
  assert.throws(
    compile('user:age', 'user:agee'),
    refuses('INVALID_ARGUMENT', 'features[1]', 'agee', 'did you mean age'),
  );
  assert.throws(compile('usr:age'), refuses('INVALID_ARGUMENT', 'features[0]', 'did you mean user'));
  assert.throws(compile('age'), refuses('INVALID_ARGUMENT', 'view:feature'));
  assert.throws(compile('user:age', 'user:age'), refuses('INVALID_ARGUMENT', 'twice'));
  assert.throws(compile('user:age', 'item:age'), refuses('INVALID_ARGUMENT', 'entity item'));
  const defaults = { 'user:age': 'old' };
  const wrong = (): unknown => createFeatureReader({ store, views: [USER], features: ['user:age'], defaults });
  assert.throws(wrong, refuses('INVALID_ARGUMENT', 'defaults.user:age', 'INT64'));
});

test('limits are named and checked before the store is asked', async () => {
  const store: RowStore = new Proxy(new MemoryRowStore(), {
    get: () => () => assert.fail('the store was asked'),
  });
  const limits = { entitiesPerRead: 3, featuresPerRead: 2, entityIdBytes: 8, columnBytesPerRead: 64 };
  const options = { store, views: [USER], limits };
  assert.throws(
    () => createFeatureReader({ ...options, features: FEATURES }),
    refuses('PAYLOAD_TOO_LARGE', 'featuresPerRead'),
  );
  const reader = createFeatureReader({ ...options, features: ['user:age'] });
  await assert.rejects(reader.read(['1', '2', '3', '4'], READ), refuses('PAYLOAD_TOO_LARGE', 'entitiesPerRead'));
  await assert.rejects(reader.read(['123456789'], READ), refuses('PAYLOAD_TOO_LARGE', 'entityIdBytes'));
  await assert.rejects(reader.read([''], READ), refuses('INVALID_ARGUMENT', 'empty'));
  const wide: FeatureViewSpec = {
    ...USER,
    features: [{ name: 'e', dataType: 'FP64', container: { kind: 'vector', maxLength: 4 } }],
  };
  const embeddings = createFeatureReader({ ...options, views: [wide], features: ['user:e'] });
  await assert.rejects(embeddings.read(['1', '2', '3'], READ), refuses('PAYLOAD_TOO_LARGE', 'columnBytesPerRead'));
});

test('no time left is DEADLINE_EXCEEDED, and stale rows are passed on', async () => {
  const store = await filled();
  const reader = createFeatureReader({ store, views: [USER], features: FEATURES });
  await assert.rejects(reader.read(['a'], { ...READ, timeoutMs: 0 }), refuses('DEADLINE_EXCEEDED'));
  const tired: RowStore = Object.assign(Object.create(store) as RowStore, {
    readMany: (...[keys, options]: Parameters<RowStore['readMany']>) => {
      options.onStaleRows?.(keys.length);
      return store.readMany(keys, options);
    },
  });
  const stale = createFeatureReader({ store: tired, views: [USER], features: FEATURES });
  assert.equal((await stale.read(['a', 'b'], READ)).staleRows, 2);
});

test('concurrent reads do not share anything', async () => {
  const store = await filled();
  const reader = createFeatureReader({ store, views: [USER], features: FEATURES });
  const alone = await reader.read(['a'], READ);
  const together = await Promise.all([
    reader.read(['a'], READ),
    reader.read(['nobody'], READ),
    reader.read(['a'], READ),
  ]);
  assert.deepEqual(together[0], alone);
  assert.deepEqual(together[2], alone);
});
