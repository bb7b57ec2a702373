import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '@rangefinder/base';
import { createFeatureService, MemoryRowStore, type FeatureViewSpec, type RowStore } from '@rangefinder/features';
import { createRanker, defineRanker, ItemCatalog, ServiceFeatures, type ItemPort } from '@rangefinder/ranking';
import fc from 'fast-check';
import { FakeClock } from '@rangefinder/testing';
import { FakeModels } from './fakes.ts';

const ITEMS = 60;
const MAX_AGE_MS = 10_000;

const USER: FeatureViewSpec = {
  name: 'user_stats',
  entity: 'user',
  maxAgeMs: 0,
  features: [{ name: 'age', dataType: 'FP32', container: undefined }],
};
const ITEM: FeatureViewSpec = {
  name: 'item_stats',
  entity: 'item',
  maxAgeMs: MAX_AGE_MS,
  features: [
    { name: 'clicks', dataType: 'FP32', container: undefined },
    { name: 'quality', dataType: 'FP32', container: undefined },
  ],
};

const ENTITIES = ['user', 'item'].map((name) => ({ name, joinKey: name }));

const RANKER = defineRanker({
  name: 'films',
  light: { score: 'item_stats:quality + source.score', keep: 40 },
  heavy: {
    models: [
      { name: 'a', model: 'sum', inputs: { X: ['user_stats:age', 'item_stats:clicks', 'item_stats:quality'] } },
      { name: 'b', model: 'half', inputs: { X: ['item.embedding.plot', 'item_stats:quality'] } },
    ],
    score: 'a + b',
    chunk: 7,
  },
  rerank: { max_per_value: [{ attribute: 'genre', max: 2 }] },
  page: { size: 10 },
});

/** The same store as one that has to be asked: nothing is found again by number, and no cell is looked at. */
function plain(store: MemoryRowStore): RowStore {
  return {
    name: 'plain',
    readMany: (keys, options) => store.readMany(keys, options),
    writeMany: (entries) => store.writeMany(entries),
    deleteMany: (keys) => store.deleteMany(keys),
    check: () => store.check(),
    close: () => store.close(),
  };
}

/** The same items without the table that rows can be copied from. */
function withoutTable(items: ItemCatalog): ItemPort {
  return new Proxy(items, {
    get(target, name) {
      if (name === 'embeddingTable') return undefined;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const item = fc.nat({ max: ITEMS - 1 }).map((number) => `i${number}`);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    item,
    ageMs: fc.nat({ max: 2 * MAX_AGE_MS }),
    clicks: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    quality: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('delete' as const), item }),
  fc.record({ kind: fc.constant('embed' as const), item, value: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ kind: fc.constant('remove' as const), item }),
  fc.record({
    kind: fc.constant('rank' as const),
    candidates: fc.array(fc.oneof(item, fc.constant('stranger')), { minLength: 1, maxLength: 90 }),
    size: fc.integer({ min: 1, max: 30 }),
  }),
);

describe('the data path', () => {
  it('answers and explains the same, whether rows are looked at in place or asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), async (steps) => {
        const clock = new FakeClock();
        const rowClock = { ...systemClock, wallMs: () => clock.wallMs() };
        const store = new MemoryRowStore({ clock: rowClock });
        const items = new ItemCatalog({ attributes: { genre: 'keyword' }, embeddings: { plot: 2 } });
        for (let i = 0; i < ITEMS; i++) items.set(`i${i}`, { genre: `g${i % 4}` });
        const declarations = { entities: ENTITIES, views: [USER, ITEM], aggregates: [], defaults: {} };
        const service = createFeatureService({ store, declarations, clock: rowClock });
        const asking = createFeatureService({ store: plain(store), declarations, clock: rowClock });
        const users = [{ entityId: 'ada', eventMs: clock.wallMs() + 1, values: { age: 30 } }];
        await service.push({ view: USER.name, rows: users });
        const models = new FakeModels(clock);
        const candidates = { check: () => {}, gather: () => Promise.reject(new Error('nobody asks')) };
        const fast = createRanker(RANKER, {
          models,
          features: new ServiceFeatures(service),
          items,
          candidates,
          clock,
        });
        const slow = createRanker(RANKER, {
          models,
          features: new ServiceFeatures(asking),
          items: withoutTable(items),
          candidates,
          clock,
        });
        for (const one of steps) {
          if (one.kind === 'delete') await store.deleteMany([{ view: 'item_stats', entityId: one.item }]);
          else if (one.kind === 'remove') items.remove(one.item);
          else if (one.kind === 'embed') {
            if (items.numberOf(one.item) !== undefined)
              items.setEmbedding('plot', one.item, Float32Array.of(one.value, 1));
          } else if (one.kind === 'push') {
            const values = {
              ...(one.clicks === undefined ? {} : { clicks: one.clicks }),
              ...(one.quality === undefined ? {} : { quality: one.quality }),
            };
            const eventMs = Math.max(1, clock.wallMs() - one.ageMs);
            await service.push({ view: ITEM.name, rows: [{ entityId: one.item, eventMs, values }] });
          } else {
            const request = { user: 'ada', candidates: one.candidates, page: { size: one.size }, explain: true };
            const [found, expected] = [await fast.rank(request), await slow.rank(request)];
            assert.deepEqual(found.items, expected.items);
            assert.deepEqual(found.counts, expected.counts);
            assert.deepEqual(found.degradations, expected.degradations);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
