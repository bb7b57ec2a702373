import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import {
  createRanker,
  defineRanker,
  type RankRequest,
  type RankResponse,
  type WrittenRanker,
} from '@rangefinder/ranking';
import { FakeWorld, numberIn } from './fakes.ts';

const WHOLE: WrittenRanker = {
  name: 'films',
  deadline_ms: 100,
  sources: [{ name: 'ann', kind: 'ann', quota: 400, query: { feature: 'user_stats:vector' } }],
  filters: { where: [{ eq: { parity: 0 } }], exclude_seen: 'user_stats:seen' },
  light: { score: 'item_stats:quality + context.hour', keep: 100 },
  heavy: {
    models: [
      { name: 'ctr', model: 'sum', inputs: { X: ['user_stats:age', 'item_stats:clicks', 'item_stats:quality'] } },
    ],
    score: 'ctr * 2 + light.score / 1000',
    chunk: 16,
  },
  rerank: { max_per_value: [{ attribute: 'decade', max: 2 }] },
};

function rig(change: Partial<WrittenRanker> = {}) {
  const world = new FakeWorld();
  const ranker = createRanker(defineRanker({ ...WHOLE, ...change }), world);
  const rank = (request: Partial<RankRequest> = {}): Promise<RankResponse> =>
    world.settle(ranker.rank({ user: 'u7', context: { hour: 5 }, ...request }));
  return { world, ranker, rank };
}

const idsOf = (response: RankResponse): string[] => response.items.map(({ id }) => id);

describe('createRanker', () => {
  it('ranks through all stages', async () => {
    const { rank, world } = rig();
    const response = await rank({ explain: true, page: { size: 10 } });
    assert.deepEqual(response.degradations, []);
    assert.equal(response.items.length, 10);
    assert.equal(response.items[0]?.id, 'i498');
    assert.equal(response.items[0]?.scoredBy, 'heavy');
    // ctr = age 7 + clicks 498 + quality 498, light = 498 + 5
    assert.equal(response.items[0]?.score, 1003 * 2 + 503 / 1000);
    assert.deepEqual(response.items[0]?.explanation?.sources, ['ann']);
    assert.equal(response.items[0]?.explanation?.features['item_stats:clicks']?.value, 498);
    const stages = response.explanation?.stages.map(({ stage, in: from, out }) => [stage, from, out]);
    assert.deepEqual(stages, [
      ['user', 1, 1],
      ['sources', 0, 500],
      ['filters', 500, 249],
      ['light_features', 249, 249],
      ['light', 249, 100],
      ['heavy_features', 100, 100],
      ['heavy', 100, 100],
      ['rerank', 249, 249],
    ]);
    assert.equal(world.models.requests.length, Math.ceil(100 / 16));
  });

  it('reads the user once, and of the items only what its stage needs', async () => {
    const { rank, world } = rig();
    await rank();
    assert.deepEqual(world.features.reads, [
      { entity: 'user', features: ['user_stats:vector', 'user_stats:seen', 'user_stats:age'], ids: 1 },
      { entity: 'item', features: ['item_stats:quality'], ids: 249 },
      { entity: 'item', features: ['item_stats:clicks'], ids: 100 },
    ]);
  });

  it('never shows what the user has seen, what is excluded or what a filter refuses', async () => {
    const { rank } = rig();
    const response = await rank({ user: 'u8', exclude: ['i498', 'i496'], page: { size: 300 } });
    const ids = idsOf(response);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.equal(numberIn(id) % 2, 0);
    for (const hidden of ['i8', 'i498', 'i496']) assert.ok(!ids.includes(hidden));
    assert.equal(response.counts.candidates, 500);
  });

  it('keeps to at most two of a decade in a row of the page size while others are left', async () => {
    const { rank } = rig();
    const ids = idsOf(await rank({ page: { size: 10 } }));
    const decades = new Map<number, number>();
    for (const id of ids)
      decades.set(Math.floor(numberIn(id) / 10), (decades.get(Math.floor(numberIn(id) / 10)) ?? 0) + 1);
    assert.ok([...decades.values()].every((count) => count <= 2));
  });

  it('gives the same answer to the same request', async () => {
    const [a, b] = [rig(), rig()];
    assert.deepEqual(await a.rank({ page: { size: 50 } }), await b.rank({ page: { size: 50 } }));
  });

  it('breaks ties by id', async () => {
    const { rank } = rig({ light: { score: '1', keep: 2 }, heavy: { score: '1' }, filters: {} });
    const ids = idsOf(await rank({ candidates: ['i9', 'i30', 'i2'] }));
    assert.deepEqual(ids, ['i2', 'i30', 'i9']);
  });

  it('ranks given candidates, drops duplicates and counts what it does not know', async () => {
    const { rank } = rig({ filters: {} });
    const response = await rank({ candidates: ['i1', 'i2', 'i1', 'elsewhere77'] });
    assert.deepEqual(idsOf(response), ['elsewhere77', 'i2', 'i1']);
    assert.equal(response.counts.duplicates, 1);
    assert.equal(response.counts.unknownItems, 1);
  });

  it('walks through the same order with a cursor, for its user alone', async () => {
    const { rank } = rig();
    const all = idsOf(await rank({ page: { size: 60 }, rerank: { maxPerValue: { decade: 60 } } }));
    const first = await rank({ requestId: 'r1', page: { size: 20 }, rerank: { maxPerValue: { decade: 60 } } });
    const second = await rank({ page: { size: 20, cursor: first.page.cursor! } });
    const third = await rank({ page: { size: 20, cursor: second.page.cursor! } });
    assert.deepEqual([first, second, third].flatMap(idsOf), all);
    await assert.rejects(rank({ user: 'u8', page: { cursor: first.page.cursor! } }), { code: 'NOT_FOUND' });
  });

  it('moves scores that are not finite to the end and counts them', async () => {
    const { rank, world } = rig({ rerank: {} });
    world.models.poison = (row) => row === 0;
    const response = await rank({ page: { size: 249 } });
    assert.equal(response.counts.nonFiniteScores, Math.ceil(100 / 16));
    const last = response.items.slice(-7);
    assert.ok(last.every(({ score }) => score === null));
    assert.ok(response.items.slice(0, -7).every(({ score }) => Number.isFinite(score)));
  });

  it('pins, boosts and blocks', async () => {
    const { rank } = rig({
      filters: {},
      rerank: {
        rules: [
          { name: 'promo', where: { eq: { decade: 3 } }, pin: 2 },
          { name: 'old', where: { eq: { decade: 4 } }, boost: 10_000 },
          { name: 'gone', where: { eq: { decade: 49 } }, block: true },
        ],
      },
    });
    const response = await rank({
      candidates: Array.from({ length: 100 }, (_, i) => `i${i + 400}`).concat('i31', 'i32', 'i45'),
      page: { size: 4 },
    });
    assert.deepEqual(idsOf(response), ['i45', 'i32', 'i489', 'i488']);
  });

  it('names the field of what does not fit', async () => {
    const { rank } = rig();
    const cases: [Partial<RankRequest>, string, string][] = [
      [{ user: '' }, 'INVALID_ARGUMENT', 'user'],
      [{ context: {} }, 'INVALID_ARGUMENT', 'context.hour'],
      [{ context: { hour: Number.NaN } }, 'INVALID_ARGUMENT', 'context.hour'],
      [{ candidates: Array.from({ length: 2_001 }, (_, i) => `i${i}`) }, 'PAYLOAD_TOO_LARGE', 'candidates'],
      [{ candidates: [] }, 'INVALID_ARGUMENT', 'candidates'],
      [{ page: { size: 0 } }, 'INVALID_ARGUMENT', 'page.size'],
      [{ page: { cursor: 'x' } }, 'INVALID_ARGUMENT', 'page.cursor'],
      [{ filter: { eq: { nothing: 1 } } }, 'INVALID_ARGUMENT', 'filter'],
      [{ rerank: { mmrLambda: 0.5 } }, 'INVALID_ARGUMENT', 'rerank.mmr_lambda'],
      [{ rerank: { maxPerValue: { parity: 1 } } }, 'INVALID_ARGUMENT', 'rerank.max_per_value.parity'],
    ];
    for (const [request, code, field] of cases) {
      await assert.rejects(
        rank(request),
        (error) => error instanceof RangefinderError && error.code === code && error.field === field,
        field,
      );
    }
  });

  it('refuses to be made of features that nobody declares', () => {
    assert.throws(
      () => rig({ light: { score: 'item_stats:qualty', keep: 10 } }),
      /item_stats:qualty \(did you mean item_stats:quality\?\)/,
    );
  });
});
