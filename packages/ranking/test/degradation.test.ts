import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createRanker,
  defineRanker,
  type DegradationKind,
  type RankRequest,
  type RankResponse,
  type WrittenRanker,
} from '@rangefinder/ranking';
import { FakeWorld, numberIn, type Trouble } from './fakes.ts';

const DECLARED: WrittenRanker = {
  name: 'films',
  deadline_ms: 100,
  sources: [{ name: 'ann', kind: 'ann', quota: 400, query: { feature: 'user_stats:vector' } }],
  filters: { where: [{ eq: { parity: 0 } }] },
  light: {
    model: { name: 'light', model: 'half', inputs: { X: ['user_stats:age', 'item_stats:quality', 'context.hour'] } },
    keep: 64,
  },
  heavy: {
    models: [
      { name: 'ctr', model: 'sum', inputs: { X: ['user_stats:age', 'item_stats:clicks', 'item_stats:quality'] } },
    ],
    chunk: 16,
    chunks_in_flight: 2,
  },
  page: { size: 10 },
};

function rig(change: WrittenRanker = {}) {
  const world = new FakeWorld();
  const ranker = createRanker(defineRanker({ ...DECLARED, ...change }), world);
  const rank = async (request: Partial<RankRequest> = {}): Promise<RankResponse & { tookUs: number }> => {
    const startUs = world.clock.nowUs();
    const response = await world.settle(ranker.rank({ user: 'u7', context: { hour: 5 }, ...request }));
    return { ...response, tookUs: world.clock.nowUs() - startUs };
  };
  return { world, ranker, rank };
}

function checkPage(response: RankResponse & { tookUs: number }, deadlineUs = 100_000): void {
  const ids = response.items.map(({ id }) => id);
  assert.equal(ids.length, 10, 'the page is full');
  assert.equal(new Set(ids).size, 10, 'nothing twice');
  assert.ok(
    ids.every((id) => numberIn(id) % 2 === 0),
    'nothing that a filter refuses',
  );
  assert.ok(response.tookUs <= deadlineUs, `within the deadline, took ${response.tookUs} µs`);
}

const kindsOf = (response: RankResponse): DegradationKind[] => [
  ...new Set(response.degradations.map(({ kind }) => kind)),
];

type Part = 'features' | 'models' | 'candidates';

describe('degradation', () => {
  const failures: [Part, Trouble['failure'], readonly DegradationKind[]][] = [
    ['features', 'error', ['default_features', 'source_failed', 'popularity']],
    ['features', 'never', ['default_features', 'source_failed', 'popularity']],
    ['features', 'garbage', ['default_features', 'source_failed', 'popularity']],
    ['models', 'error', ['light_skipped', 'light_only']],
    ['models', 'never', ['light_skipped', 'light_only']],
    ['models', 'garbage', ['light_skipped', 'light_only']],
    ['candidates', 'error', ['source_failed', 'popularity']],
    ['candidates', 'never', ['source_failed', 'popularity']],
    ['candidates', 'garbage', ['popularity']],
  ];
  for (const [part, failure, kinds] of failures) {
    it(`answers within the deadline when ${part}: ${failure}, reports it, and recovers`, async () => {
      const { world, rank } = rig();
      world[part].trouble.failure = failure;
      const degraded = await rank();
      checkPage(degraded);
      assert.deepEqual(kindsOf(degraded), kinds);
      world[part].trouble.failure = 'none';
      world.clock.advance(10_000_000);
      const recovered = await rank();
      checkPage(recovered);
      assert.deepEqual(recovered.degradations, []);
    });
  }

  it('ranks with the last known features when the store fails later', async () => {
    const { world, rank } = rig();
    const before = await rank();
    world.features.trouble.failure = 'error';
    const after = await rank();
    assert.deepEqual(kindsOf(after), ['stale_features']);
    assert.deepEqual(after.items, before.items);
  });

  it('says when the store itself answered with stale rows', async () => {
    const { world, rank } = rig();
    world.features.staleRows = 1;
    assert.deepEqual(kindsOf(await rank()), ['stale_features']);
  });

  it('shows the order of an earlier request when no candidates can be had, without what is excluded now', async () => {
    const { world, rank } = rig();
    const before = await rank();
    world.candidates.trouble.failure = 'error';
    const gone = before.items[0]!.id;
    const after = await rank({ exclude: [gone] });
    checkPage(after);
    assert.deepEqual(kindsOf(after), ['source_failed', 'cached_page']);
    assert.deepEqual(
      after.items.slice(0, 9).map(({ id }) => id),
      before.items.slice(1).map(({ id }) => id),
    );
    assert.ok(after.items.every(({ scoredBy }) => scoredBy === 'fallback'));
  });

  it('refuses when no rung is left', async () => {
    const { world, rank } = rig({ degrade: [] });
    world.candidates.trouble.failure = 'error';
    await assert.rejects(rank(), { code: 'UNAVAILABLE' });
  });

  it('takes what the heavy ranker managed in its time, and fewer candidates from then on', async () => {
    const { world, rank } = rig();
    world.models.rowUs = 3_000;
    const first = await rank();
    checkPage(first);
    for (let i = 0; i < 3; i++) checkPage(await rank());
    const later = await rank();
    checkPage(later);
    assert.deepEqual(
      kindsOf(later).filter((kind) => kind !== 'light_skipped'),
      ['fewer_candidates'],
    );
    world.models.rowUs = 0;
    world.clock.advance(10_000_000);
    assert.deepEqual(await rank().then(kindsOf), []);
  });

  it('goes by the light ranker alone when not even a page fits, and tries again later', async () => {
    const { world, rank } = rig();
    world.models.rowUs = 20_000;
    for (let i = 0; i < 4; i++) checkPage(await rank());
    const degraded = await rank();
    checkPage(degraded);
    assert.ok(kindsOf(degraded).includes('light_only'));
    world.models.rowUs = 0;
    world.clock.advance(10_000_000);
    assert.deepEqual(await rank().then(kindsOf), []);
  });

  it('fills the page with popular items when sources give too few', async () => {
    const { world, rank } = rig();
    world.candidates.available = 5;
    const response = await rank();
    checkPage(response);
    assert.deepEqual(kindsOf(response), ['popularity']);
  });

  it('treats scores that are all NaN as no scores', async () => {
    const { world, rank } = rig();
    world.models.poison = () => true;
    const response = await rank();
    checkPage(response);
    assert.deepEqual(kindsOf(response), ['light_skipped', 'light_only']);
  });

  for (const part of ['features', 'candidates', 'models'] as const) {
    it(`ends at once when it is cancelled while it waits for ${part}`, async () => {
      const { world, ranker } = rig();
      world[part].trouble.failure = 'never';
      let cancel: () => void = () => {};
      const answer = ranker.rank(
        { user: 'u7', context: { hour: 5 } },
        { deadlineUs: Infinity, onCancellable: (one) => (cancel = one) },
      );
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      cancel();
      await assert.rejects(answer, { code: 'CANCELLED' });
      assert.equal(world.clock.nowUs(), 0);
      assert.equal(world.clock.pendingTimers, 0);
      if (part === 'models') assert.equal(world.models.cancelled, world.models.requests.length);
    });
  }

  it('refuses a deadline that has passed', async () => {
    const { world, ranker } = rig();
    world.clock.advance(5);
    await assert.rejects(ranker.rank({ user: 'u7', context: { hour: 5 } }, { deadlineUs: 3 }), {
      code: 'DEADLINE_EXCEEDED',
    });
  });
});
