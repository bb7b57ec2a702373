import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createRanker, defineRanker, type DegradationKind } from '@rangefinder/ranking';
import { FakeWorld, numberIn, type Trouble } from './fakes.ts';

const DEADLINE_MS = 80;

const RANKER = defineRanker({
  name: 'films',
  deadline_ms: DEADLINE_MS,
  sources: [{ name: 'ann', kind: 'ann', quota: 400, query: { feature: 'user_stats:vector' } }],
  filters: { where: [{ eq: { parity: 0 } }], exclude_seen: 'user_stats:seen' },
  light: { score: 'item_stats:quality', keep: 80 },
  heavy: {
    models: [
      { name: 'ctr', model: 'sum', inputs: { X: ['user_stats:age', 'item_stats:clicks', 'item_stats:quality'] } },
      { name: 'watch', model: 'half', inputs: { X: ['user_stats:age', 'item_stats:clicks', 'light.score'] } },
    ],
    score: 'ctr + watch',
    chunk: 16,
  },
  rerank: { max_per_value: [{ attribute: 'decade', max: 3 }], mmr: { embedding: 'plot', lambda: 0.7, window: 50 } },
  page: { size: 10 },
});

const trouble: fc.Arbitrary<Trouble> = fc.record({
  failure: fc.constantFrom('none', 'none', 'error', 'never', 'garbage'),
  delayUs: fc.constantFrom(0, 0, 100, 5_000, 30_000, 200_000),
});

const step = fc.record({
  features: trouble,
  models: trouble,
  candidates: trouble,
  poisonEvery: fc.constantFrom(0, 0, 1, 3),
  available: fc.constantFrom(0, 3, 15, 500),
  user: fc.integer({ min: 0, max: 3 }),
  size: fc.integer({ min: 1, max: 60 }),
  offset: fc.constantFrom(0, 0, 7, 40),
  exclude: fc.array(fc.integer({ min: 0, max: 999 }), { maxLength: 30 }),
  restUs: fc.constantFrom(0, 10_000_000),
});

describe('the funnel', () => {
  it('fills the page, shows nothing twice and nothing hidden, in time, and says what was degraded, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const world = new FakeWorld();
        const ranker = createRanker(RANKER, world);
        for (const {
          features,
          models,
          candidates,
          poisonEvery,
          available,
          user,
          size,
          offset,
          exclude,
          restUs,
        } of steps) {
          Object.assign(world.features.trouble, features);
          Object.assign(world.models.trouble, models);
          Object.assign(world.candidates.trouble, candidates);
          world.models.poison = (row) => poisonEvery > 0 && row % poisonEvery === 0;
          world.candidates.available = available;
          world.clock.advance(restUs);
          const startUs = world.clock.nowUs();
          const excluded = exclude.map((number) => `i${number}`);
          const response = await world.settle(
            ranker.rank({ user: `u${user}`, page: { size, offset }, exclude: excluded }),
          );
          const ids = response.items.map(({ id }) => id);
          const kinds = new Set<DegradationKind>(response.degradations.map(({ kind }) => kind));
          assert.ok(world.clock.nowUs() - startUs <= DEADLINE_MS * 1000, 'in time');
          assert.equal(new Set(ids).size, ids.length, 'nothing twice');
          assert.ok(
            ids.every((id) => numberIn(id) % 2 === 0 && !excluded.includes(id)),
            'nothing hidden',
          );
          assert.equal(ids.length, size, 'full');
          if (kinds.size === 0)
            assert.ok(
              response.items.every(
                ({ scoredBy, score }) => scoredBy === 'heavy' || scoredBy === 'light' || score === null,
              ),
            );
          const failing = (one: Trouble): boolean => one.failure !== 'none' || one.delayUs >= 200_000;
          if ([features, models, candidates].some(failing)) assert.ok(kinds.size > 0, 'reported');
        }
      }),
      { numRuns: 60 },
    );
  });
});
