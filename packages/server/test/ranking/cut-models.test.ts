/** Models cut by `splitModel`, in ONNX Runtime behind the serving layer, through the funnel. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { RankRequest } from '@rangefinder/ranking';
import { ITEMS, scoresOf, TwoTowerWorld, USERS } from './two-tower-world.ts';

/** What splitting writes for a narrow cut; what it writes for a wide one. */
const SERVINGS = { rows: undefined, row: 'max_batch_size: 0\nversions: latest 2\n' } as const;

let world: TwoTowerWorld;
before(async () => {
  world = await TwoTowerWorld.start();
  await world.writeWhole('whole', 1);
  await world.models.load('whole');
  for (const [name, configuration] of Object.entries(SERVINGS)) {
    await world.writeCut(name, 1, configuration);
    await world.models.load(`${name}-user`);
    await world.models.load(name);
  }
});
after(() => world.close());

const requests: fc.Arbitrary<RankRequest> = fc.record({
  user: fc.nat(USERS - 1).map((i) => `u${i}`),
  context: fc.record({ hour: fc.float({ min: -3, max: 3, noNaN: true }) }),
  candidates: fc.uniqueArray(
    fc.nat(ITEMS - 1).map((i) => `i${i}`),
    { minLength: 1, maxLength: ITEMS },
  ),
});

function assertSame(found: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  assert.equal(found.size, expected.size);
  for (const [id, score] of found) assert.ok(Math.abs(score - expected.get(id)!) <= 1e-6, `${id}: ${score}`);
}

for (const name of ['rows', 'row'] as const) {
  test(`${name}: the scores of the whole model, and one run of the user's part a request`, async () => {
    const [whole, cut] = [world.ranker('whole'), world.ranker(name)];
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const before = world.runsOf(`${name}-user`);
        const found = await scoresOf(cut, request);
        assert.equal(world.runsOf(`${name}-user`) - before, 1);
        assertSame(found, await scoresOf(whole, request));
      }),
      { numRuns: 40 },
    );
  });

  test(`${name}: requests at the same time get the scores of their own user`, async () => {
    const [whole, cut] = [world.ranker('whole'), world.ranker(name)];
    const candidates = Array.from({ length: 15 }, (_, i) => `i${i}`);
    const all = Array.from({ length: USERS }, (_, i) => ({ user: `u${i}`, context: { hour: i / 10 }, candidates }));
    const expected = await Promise.all(all.map((request) => scoresOf(whole, request)));
    const found = await Promise.all(all.map((request) => scoresOf(cut, request)));
    found.forEach((scores, i) => assertSame(scores, expected[i]!));
    const shared = world.models.recentBatches(name).some((batch) => batch.requests > 1);
    assert.equal(shared, name === 'rows', 'whether requests shared a batch');
    assert.ok(world.models.recentBatches(`${name}-user`).some((batch) => batch.requests > 1));
  });
}

test('a new cut that is loaded under requests: each has the scores of one version or the other, none is degraded', async () => {
  await world.writeWhole('after', 2);
  await world.models.load('after');
  const [before, after, cut] = [world.ranker('whole'), world.ranker('after'), world.ranker('rows')];
  const candidates = Array.from({ length: 40 }, (_, i) => `i${i}`);
  const request = { user: 'u3', context: { hour: 1 }, candidates };
  const expected = [await scoresOf(before, request), await scoresOf(after, request)];
  await world.writeCut('rows', 2);
  const seen = new Set<number>();
  const state = { loading: true };
  const loads = (async () => {
    // The wrong way round: items' part first.
    await world.models.load('rows');
    await world.models.load('rows-user');
    state.loading = false;
  })();
  while (state.loading) {
    const found = await scoresOf(cut, request);
    const version = expected.findIndex((scores) =>
      [...found].every(([id, score]) => Math.abs(score - scores.get(id)!) <= 1e-6),
    );
    assert.notEqual(version, -1, 'scores of one version');
    seen.add(version);
  }
  await loads;
  assertSame(await scoresOf(cut, request), expected[1]!);
  assert.ok(seen.has(0));
});

test('parts of two cuts: the model fails with the reason', async () => {
  await world.writeCut('torn', 1);
  await world.models.load('torn-user');
  await world.writeCut('torn', 2);
  await world.models.load('torn', { config: JSON.stringify({ version_policy: { latest: { num_versions: 1 } } }) });
  const { degradations } = await world.ranker('torn').rank({ user: 'u1', context: { hour: 1 }, candidates: ['i1'] });
  assert.equal(degradations[0]?.kind, 'light_only');
  assert.match(
    degradations[0].reason,
    /MODEL_INVALID: model ctr \(torn\): version 2 is of cut \w{12} and its user part/,
  );
});
