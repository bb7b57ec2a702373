import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  createRanker,
  defineRanker,
  type RankerParts,
  type RankRequest,
  type RankResponse,
  type WrittenRanker,
} from '@rangefinder/ranking';
import { CUT, CutModels, OTHER_CUT, served, type ServedPart } from './cut-models.ts';
import { FakeWorld } from './fakes.ts';

/** Written for the model in one piece. */
const INPUTS = {
  USER: 'user_stats:vector',
  HOUR: 'context.hour',
  ITEM: ['item_stats:quality', 'item_stats:clicks'],
  NOWHERE: 'item_stats:clicks',
};

const DECLARED: WrittenRanker = {
  name: 'films',
  deadline_ms: 100,
  candidates_max: 100,
  sources: [{ name: 'ann', kind: 'ann', quota: 100, query: { feature: 'user_stats:vector' } }],
  heavy: { models: [{ name: 'ctr', model: 'ranker', inputs: INPUTS }], chunk: 16 },
  page: { size: 10 },
};

const AS_LIGHT: WrittenRanker = {
  light: { model: { name: 'quick', model: 'ranker', inputs: INPUTS }, keep: 20 },
  heavy: { models: [], score: 'light.score' },
};

const partsOf = ({ clock, items, features, candidates }: FakeWorld, models: CutModels): RankerParts => ({
  clock,
  items,
  features,
  candidates,
  models,
});

function rig(change: WrittenRanker = {}) {
  const world = new FakeWorld();
  const models = new CutModels(world.clock);
  const ranker = createRanker(defineRanker({ ...DECLARED, ...change }), partsOf(world, models));
  const rank = async (request: Partial<RankRequest> = {}): Promise<RankResponse & { tookUs: number }> => {
    const startUs = world.clock.nowUs();
    const response = await world.settle(ranker.rank({ user: 'u7', context: { hour: 5 }, ...request }));
    return { ...response, tookUs: world.clock.nowUs() - startUs };
  };
  return { world, models, ranker, rank };
}

function cutRig(change: WrittenRanker = {}, item: Partial<ServedPart> = {}) {
  const made = rig(change);
  made.models.serve('ranker', '1', served('item', item));
  made.models.serve('ranker-user', '1', served('user'));
  return made;
}

const degradationOf = ({ degradations }: RankResponse): string =>
  degradations.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');

describe('a model that was cut in two', () => {
  for (const maxBatchSize of [0, 64]) {
    it(`gives the scores of the whole model, its user part run once a request; max_batch_size ${maxBatchSize}`, async () => {
      const cut = cutRig({}, { maxBatchSize });
      const whole = rig();
      whole.models.serve('ranker', '1', served('whole'));
      await fc.assert(
        fc.asyncProperty(fc.nat(500), fc.integer({ min: -5, max: 30 }), async (user, hour) => {
          cut.models.requests.length = 0;
          const request = { user: `u${user}`, context: { hour } };
          const [expected, found] = [await whole.rank(request), await cut.rank(request)];
          assert.deepEqual(found.degradations, []);
          assert.deepEqual(
            found.items.map(({ id }) => id),
            expected.items.map(({ id }) => id),
          );
          found.items.forEach(({ score }, i) => assert.ok(Math.abs(score! - expected.items[i]!.score!) <= 1e-6));
          assert.equal(cut.models.runsOf('ranker-user').length, 1);
          assert.deepEqual(
            cut.models.runsOf('ranker-user')[0]!.inputs.map(({ shape }) => shape[0]),
            [1, 1],
          );
          assert.equal(cut.models.runsOf('ranker').length, Math.ceil(100 / 16));
        }),
        { numRuns: 20 },
      );
      const [first] = cut.models.runsOf('ranker');
      const rowsOf = (name: string) => first!.inputs.find((input) => input.name === name)!.shape[0];
      assert.equal(rowsOf('ITEM'), 16);
      assert.deepEqual([rowsOf(CUT), rowsOf('HOUR')], maxBatchSize === 0 ? [1, 1] : [16, 16]);
    });
  }

  it('runs its user part beside retrieval, so that it costs no time', async () => {
    const { world, models, rank } = cutRig();
    world.candidates.trouble.delayUs = 20_000;
    models.userTrouble.delayUs = 15_000;
    const { tookUs, explanation } = await rank({ explain: true });
    assert.equal(tookUs, 20_000);
    const heavy = explanation!.stages.find(({ stage }) => stage === 'heavy')!;
    assert.deepEqual(heavy.userParts, [
      { model: 'ranker-user', version: '1', outcome: 'done', durationUs: 15_000, waitedUs: 0, costUs: 40 },
    ]);
    assert.equal(heavy.costUs, 40 * (1 + Math.ceil(100 / 16)));
  });

  it('waits for its user part within the limit of its stage', async () => {
    const { models, rank } = cutRig();
    models.userTrouble.delayUs = 10_000;
    const { tookUs, degradations, explanation } = await rank({ explain: true });
    assert.deepEqual(degradations, []);
    assert.equal(tookUs, 10_000);
    assert.equal(explanation!.stages.find(({ stage }) => stage === 'heavy')!.userParts[0]!.waitedUs, 10_000);
  });

  it('is a light model too', async () => {
    const { models, rank } = cutRig(AS_LIGHT);
    assert.deepEqual((await rank()).degradations, []);
    assert.equal(models.runsOf('ranker-user').length, 1);
    models.userTrouble.failure = 'error';
    assert.match(degradationOf(await rank()), /^light_skipped: UNAVAILABLE: user part ranker-user: the tower is down/);
  });

  it('fails when its user part fails, and says so', async () => {
    const { models, rank } = cutRig();
    models.userTrouble.failure = 'error';
    const response = await rank({ explain: true });
    assert.equal(
      degradationOf(response),
      'light_only: 0 of 100 scored: UNAVAILABLE: user part ranker-user: the tower is down',
    );
    assert.equal(response.items.length, 10);
    assert.equal(models.runsOf('ranker').length, 0);
    assert.equal(response.explanation!.stages.find(({ stage }) => stage === 'heavy')!.userParts[0]!.outcome, 'failed');
    models.userTrouble.failure = 'none';
    assert.deepEqual((await rank()).degradations, []);
  });

  it('is late when its user part is late, which is cancelled', async () => {
    const { models, rank } = cutRig();
    models.userTrouble.failure = 'never';
    const response = await rank();
    assert.equal(
      degradationOf(response),
      'light_only: 0 of 100 scored: DEADLINE_EXCEEDED: user part ranker-user: late',
    );
    assert.ok(response.tookUs <= 100_000);
    assert.deepEqual(models.cancelled, ['ranker-user']);
  });

  it('does not take the lateness of a user part for the cost of candidates', async () => {
    const { models, rank } = cutRig();
    models.userTrouble.delayUs = 60_000;
    for (let i = 0; i < 5; i++) await rank();
    models.userTrouble.delayUs = 0;
    assert.deepEqual((await rank()).degradations, []);
  });

  it('ends at once when the request is cancelled', async () => {
    const { world, models, ranker } = cutRig();
    models.userTrouble.failure = 'never';
    let cancel: () => void = () => {};
    const answer = ranker.rank(
      { user: 'u7', context: { hour: 5 } },
      { deadlineUs: Infinity, onCancellable: (one) => (cancel = one) },
    );
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    cancel();
    await assert.rejects(answer, { code: 'CANCELLED' });
    assert.deepEqual(models.cancelled, ['ranker-user']);
    assert.equal(world.clock.pendingTimers, 0);
  });

  it('leaves no run behind where there was nothing to rank', async () => {
    const { models, rank } = cutRig({ degrade: [] });
    models.userTrouble.failure = 'never';
    assert.deepEqual((await rank({ candidates: ['i1'], exclude: ['i1'] })).items, []);
    assert.deepEqual(models.cancelled, ['ranker-user']);
    // Who still looks at its inputs finds them as they were, and not those of the next request.
    const inputs = (): string[] => models.requests[0]!.inputs.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    const before = inputs();
    models.userTrouble.failure = 'none';
    await rank({ user: 'u8', context: { hour: 9 } });
    assert.deepEqual(inputs(), before);
  });
});

describe('versions of the two parts', () => {
  const SECOND = { between: OTHER_CUT, weight: 3 };

  it('are of one cut, or the model fails and says which', async () => {
    const { models, rank } = cutRig({}, SECOND);
    assert.match(
      degradationOf(await rank()),
      /MODEL_INVALID: model ctr \(ranker\): version 1 is of cut ba9876543210 .*ranker-user serves 1, .* cut 0123456789ab/,
    );
    assert.equal(models.requests.length, 0);
    models.serve('ranker-user', '1', served('user', SECOND));
    assert.deepEqual((await rank()).degradations, []);
  });

  it('go over together, whichever is loaded first', async () => {
    for (const first of ['ranker', 'ranker-user']) {
      const { models, rank } = cutRig();
      const load = { ranker: served('item', SECOND), 'ranker-user': served('user', SECOND) };
      const before = await rank();
      models.serve(first, '2', load[first as keyof typeof load]);
      const between = await rank();
      assert.deepEqual([between.degradations, between.items], [[], before.items]);
      const second = first === 'ranker' ? 'ranker-user' : 'ranker';
      models.serve(second, '2', load[second]);
      const after = await rank();
      assert.deepEqual(after.degradations, []);
      assert.notDeepEqual(after.items, before.items);
      assert.deepEqual(models.requests.at(-1)!.modelVersion, '2');
    }
  });

  it('go over from the model in one piece, once the user part is there', async () => {
    const { models, rank } = rig();
    models.serve('ranker', '1', served('whole'));
    const before = await rank();
    models.serve('ranker', '2', served('item'));
    assert.deepEqual((await rank()).items, before.items);
    models.serve('ranker-user', '2', served('user'));
    assert.deepEqual((await rank()).items, before.items);
    assert.equal(models.runsOf('ranker-user').length, 1);
  });

  it('that change between the two runs of one request make the model fail, never a wrong score', async () => {
    const { models, rank } = cutRig();
    models.beforeRun = ({ modelName }) => {
      if (modelName === 'ranker') models.serve('ranker', '1', served('item', SECOND));
    };
    assert.match(degradationOf(await rank()), /^light_only: 0 of 100 scored: INVALID_ARGUMENT/);
  });

  it('of a pair made by hand have the same number, unless one is named', async () => {
    const byHand = { between: 'TASTE' };
    const user_part = { model: 'tower' };
    const { models, rank } = rig({
      heavy: { models: [{ name: 'ctr', model: 'ranker', inputs: INPUTS, user_part }], chunk: 16 },
    });
    models.serve('ranker', '2', served('item', { ...byHand, maxBatchSize: 64 }));
    models.serve('tower', '1', served('user', byHand));
    assert.match(degradationOf(await rank()), /its user part has no version 2: tower serves 1; name one in user_part/);
    models.serve('tower', '2', served('user', byHand));
    assert.deepEqual((await rank()).degradations, []);
    models.drop('tower', '2');
    const named = { ...user_part, version: '1' };
    const other = createRanker(
      defineRanker({
        ...DECLARED,
        heavy: { models: [{ name: 'ctr', model: 'ranker', inputs: INPUTS, user_part: named }] },
      }),
      partsOf(new FakeWorld(), models),
    );
    assert.deepEqual((await other.rank({ user: 'u1', context: { hour: 1 } })).degradations, []);
  });
});

describe('inputs of the two parts', () => {
  const heavy = (model: object): WrittenRanker => ({
    heavy: { models: [{ name: 'ctr', model: 'ranker', inputs: INPUTS, ...model }] },
  });

  it('are said to be without a place, or not the user’s', async () => {
    const { USER, ...others } = INPUTS;
    const lacking = cutRig(heavy({ inputs: others }));
    assert.match(degradationOf(await lacking.rank()), /input USER of its user part ranker-user has no place/);
    const ofItem = cutRig(heavy({ inputs: { ...INPUTS, USER: 'item_stats:quality' } }));
    assert.match(degradationOf(await ofItem.rank()), /input USER .*: item_stats:quality is not the same for all items/);
    assert.equal(USER, 'user_stats:vector');
  });

  it('may be the user part’s alone', async () => {
    const { USER, ...others } = INPUTS;
    const { rank } = cutRig(heavy({ inputs: others, user_part: { inputs: { USER } } }));
    assert.deepEqual((await rank()).degradations, []);
  });

  it('are checked with the field when they are declared', () => {
    const problems =
      (user_part: object): (() => unknown) =>
      () =>
        defineRanker({ name: 'r', ...heavy({ user_part }) }, 'ranker.yaml');
    assert.throws(problems({ inputs: { USER: 'item.id' } }), {
      message: /ranker\.yaml: heavy\.models\[0\]\.user_part\.inputs\.USER: item\.id: not known at this stage/,
    });
    assert.throws(problems({ model: 'ranker' }), {
      message: /heavy\.models\[0\]\.user_part\.model: expected a model of/,
    });
    assert.throws(problems({ modle: 'tower' }), { message: /user_part\.modle: unknown key \(did you mean model\?\)/ });
    assert.throws(
      () =>
        createRanker(
          defineRanker({ name: 'r', ...heavy({ user_part: { inputs: { USER: 'user_stats:no' } } }) }),
          new FakeWorld(),
        ),
      { message: /no feature user_stats:no/ },
    );
  });
});
