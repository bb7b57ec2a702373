import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  columnNumbers,
  compileFeatureDeclarations,
  createFeatureService,
  MemoryRowStore,
  type FeatureService,
  type OnDemandTransform,
  type RowKey,
  type RowStore,
  type TransformInput,
} from '@rangefinder/features';
import {
  createRanker,
  defineRanker,
  ServiceFeatures,
  type RankerConfig,
  type RankRequest,
  type RankResponse,
} from '@rangefinder/ranking';
import { FakeWorld } from './fakes.ts';

const ITEMS = 20;
const FP32 = (name: string) => ({ name, dataType: 'FP32' as const, container: undefined });

const declarations = compileFeatureDeclarations({
  entities: [{ name: 'user' }, { name: 'item' }, { name: 'shop' }],
  views: [
    { name: 'viewer', entity: 'user', features: [{ name: 'age', dataType: 'FP32', default: 30 }] },
    {
      name: 'film',
      entity: 'item',
      features: [
        { name: 'price', dataType: 'FP32' },
        { name: 'year', dataType: 'FP32' },
        { name: 'title', dataType: 'BYTES' },
      ],
    },
    { name: 'shop', entity: 'shop', features: [{ name: 'rent', dataType: 'FP32' }] },
  ],
  aggregates: [
    { name: 'clicks', entity: 'item', features: [{ name: 'hour', function: 'count', windowMs: 3_600_000 }] },
  ],
});

/** Counts its runs by rows, and fails when told to. */
class Discount implements OnDemandTransform {
  readonly name = 'discount';
  readonly inputs = ['film:price', 'viewer:age', 'clicks:hour'];
  readonly context = [FP32('percent')];
  readonly outputs = [FP32('price'), FP32('saved')];
  readonly defaults = { price: 7 };
  readonly runs: number[] = [];
  result: (prices: Float64Array, input: TransformInput) => ArrayLike<number | null> = (prices) =>
    Array.from(prices, (price) => (Number.isNaN(price) ? null : price));

  run(input: TransformInput) {
    const { rows, columns } = input;
    this.runs.push(rows);
    const of = (name: string): Float64Array => columnNumbers(columns.get(name)!, rows);
    const [percent, age, clicks] = [of('percent'), of('viewer:age'), of('clicks:hour')];
    const prices = of('film:price').map(
      (price, row) =>
        price * (1 - percent[row]! / 100) + (Number.isNaN(age[row]!) ? 0 : age[row]!) * 100 + (clicks[row] || 0),
    );
    return { price: this.result(prices, input), saved: prices };
  }
}

/** Of the user and the request alone. */
class Mood implements OnDemandTransform {
  readonly name = 'mood';
  readonly inputs = ['viewer:age'];
  readonly context = [FP32('hour'), { name: 'city', dataType: 'BYTES' as const, container: undefined }];
  readonly outputs = [
    { name: 'vector', dataType: 'FP32' as const, container: { kind: 'vector' as const, maxLength: 4 } },
  ];
  readonly runs: number[] = [];

  run({ rows, columns }: TransformInput) {
    this.runs.push(rows);
    const hour = columnNumbers(columns.get('hour')!, rows);
    return { vector: Array.from(hour, (one) => [one, 1, 2, 3]) };
  }
}

class World extends FakeWorld {
  readonly discount = new Discount();
  readonly mood = new Mood();
  readonly reads: (readonly RowKey[])[] = [];
  readonly failures: string[] = [];
  readonly store: RowStore;
  isDown = false;
  readonly service: FeatureService;

  constructor() {
    super();
    const rows = new MemoryRowStore({ clock: this.clock });
    // Every read goes through here, as to a store of another process.
    this.store = {
      name: 'counted',
      readMany: (keys, options) => {
        this.reads.push(keys);
        return this.isDown ? Promise.reject(new Error('down')) : rows.readMany(keys, options);
      },
      writeMany: (entries) => rows.writeMany(entries),
      deleteMany: (keys) => rows.deleteMany(keys),
      check: () => rows.check(),
      close: () => rows.close(),
    };
    this.service = createFeatureService({
      store: this.store,
      declarations,
      transforms: [this.discount, this.mood],
      clock: this.clock,
      flushIntervalMs: 0,
    });
  }

  async fill(): Promise<void> {
    const eventMs = this.clock.wallMs();
    const rows = Array.from({ length: ITEMS }, (_, i) => ({
      entityId: `i${i}`,
      eventMs,
      values: { price: i, year: 2000 + i, title: `film ${i}` },
    }));
    await this.service.push({ view: 'film', rows });
    await this.service.push({ view: 'viewer', rows: [{ entityId: 'ada', eventMs, values: { age: 40 } }] });
    await this.service.push({ view: 'clicks', rows: [{ entityId: 'i3', eventMs, values: {} }] });
    this.reads.length = 0;
  }

  rank(config: RankerConfig, request: Partial<RankRequest> = {}): Promise<RankResponse> {
    const ranker = createRanker(config, {
      models: this.models,
      features: new ServiceFeatures(this.service),
      items: this.items,
      candidates: this.candidates,
      clock: this.clock,
      observer: { transformFailed: ({ transform }) => this.failures.push(transform) },
    });
    const candidates = Array.from({ length: ITEMS }, (_, i) => `i${i}`);
    return this.settle(
      ranker.rank({
        user: 'ada',
        candidates,
        context: { percent: 50, hour: 3, city: 'Rome' },
        explain: true,
        ...request,
      }),
    );
  }

  viewsRead(): string[] {
    return [...new Set(this.reads.flat().map(({ view }) => view))].toSorted();
  }
}

async function filledWorld(): Promise<World> {
  const world = new World();
  await world.fill();
  return world;
}

const HEAVY = defineRanker({ name: 'h', heavy: { score: 'discount:price + clicks:hour' }, page: { size: ITEMS } });

describe('transformations in the funnel', () => {
  test('per candidate, from features of item, user, aggregates and the context', async () => {
    const world = await filledWorld();
    const { items, degradations, explanation } = await world.rank(HEAVY);
    assert.deepEqual(degradations, []);
    assert.deepEqual(world.discount.runs, [ITEMS]);
    const score = (i: number): number => i / 2 + 4000 + (i === 3 ? 2 : 0);
    for (const item of items) assert.equal(item.score, score(Number(item.id.slice(1))), item.id);
    assert.equal(items[0]!.id, 'i19');
    const explained = items.find(({ id }) => id === 'i3')!.explanation!.features;
    assert.deepEqual(explained['discount:price'], { value: 4002.5, status: 'PRESENT' });
    assert.deepEqual(explained['clicks:hour'], { value: 1, status: 'PRESENT' });
    assert.equal(explained['discount:saved'], undefined, 'nobody reads it');
    assert.deepEqual(explanation!.userFeatures['viewer:age'], { value: 40, status: 'PRESENT' });
    assert.ok(explanation!.features.includes('discount:price'));
  });

  test('what is computed for the light ranker is not computed again, and is known to the heavy one', async () => {
    const world = await filledWorld();
    const config = defineRanker({
      name: 'l',
      light: { score: '0 - discount:saved', keep: 4 },
      heavy: { score: 'discount:price + film:year' },
      page: { size: 4 },
    });
    const { items } = await world.rank(config);
    assert.deepEqual(world.discount.runs, [ITEMS]);
    assert.deepEqual(
      items.map(({ id, score }) => [id, score]),
      [4, 2, 1, 0].map((i) => [`i${i}`, i / 2 + 4000 + 2000 + i]),
    );
  });

  test('the heavy ranker alone: computed for those that are left, from what the light one has read', async () => {
    const world = await filledWorld();
    const config = defineRanker({
      name: 'l',
      light: { score: '0 - film:price', keep: 4 },
      heavy: { score: 'discount:price' },
      page: { size: 4 },
    });
    const { items, degradations } = await world.rank(config);
    assert.deepEqual(degradations, []);
    assert.deepEqual(world.discount.runs, [4]);
    assert.deepEqual(
      items.map(({ id, score }) => [id, score]),
      [
        ['i3', 4002.5],
        ['i2', 4001],
        ['i1', 4000.5],
        ['i0', 4000],
      ],
    );
    const films = world.reads.flat().filter(({ view }) => view === 'film');
    assert.equal(films.length, ITEMS, 'prices are read once');
  });

  test('of the user alone: computed once, for all candidates and as a query', async () => {
    const world = await filledWorld();
    const config = defineRanker({
      name: 'u',
      sources: [{ name: 'near', kind: 'ann', quota: 10, query: { feature: 'mood:vector' } }],
      heavy: {
        models: [{ name: 'sum', model: 'sum', inputs: { X: ['film:price', 'viewer:age', 'context.hour'] } }],
        score: 'sum + mood:vector[0]',
      },
    });
    const { items, degradations, explanation } = await world.rank(config, { candidates: undefined } as object);
    assert.deepEqual(degradations, []);
    assert.deepEqual(world.mood.runs, [1]);
    assert.deepEqual([...world.candidates.requests[0]!.sources[0]!.query!], [3, 1, 2, 3]);
    assert.equal(items[0]!.score, 19 + 40 + 3 + 3);
    assert.deepEqual(explanation!.userFeatures['mood:vector'], { value: [3, 1, 2, 3], status: 'PRESENT' });
  });

  test('the input of a model; and what no model reads is neither read nor computed', async () => {
    const world = await filledWorld();
    const inputs = { X: ['discount:price', 'discount:saved', 'film:year'], Z: ['mood:vector', 'film:title'] };
    const config = defineRanker({ name: 'm', heavy: { models: [{ name: 'sum', model: 'sum', inputs }] } });
    const { items, degradations } = await world.rank(config);
    assert.deepEqual(degradations, []);
    assert.equal(items[0]!.score, 2 * (19 / 2 + 4000) + 2019);
    assert.deepEqual(world.mood.runs, []);
    world.reads.length = 0;
    await world.rank(defineRanker({ name: 'y', heavy: { score: 'film:year' } }));
    assert.deepEqual(world.viewsRead(), ['film']);
    assert.deepEqual(world.discount.runs, [ITEMS]);
  });
});

describe('transformations that fail', () => {
  const failures: [string, Discount['result'], RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('no rates today');
      },
      /^transformation discount: no rates today$/,
    ],
    ['too short', () => [1, 2], /^transformation discount: price: expected 20 values, got 2$/],
    [
      'another type',
      (prices) => Array.from(prices, () => 'cheap') as never,
      /^transformation discount: discount:price\[0\]/,
    ],
    ['all NaN', (prices) => prices.fill(Number.NaN), /^transformation discount: price: 20 of 20 values are NaN/],
  ];
  for (const [name, result, reason] of failures) {
    test(`${name}: counted, said, and its default stands`, async () => {
      const world = await filledWorld();
      world.discount.result = result;
      const { items, degradations } = await world.rank(HEAVY);
      assert.equal(items.length, ITEMS);
      assert.deepEqual(
        degradations.map(({ kind, stage }) => [kind, stage]),
        [['default_features', 'heavy_features']],
      );
      assert.match(degradations[0]!.reason, reason);
      assert.deepEqual(world.failures, ['discount']);
      assert.deepEqual([items[0]!.id, items[0]!.score, items[1]!.score], ['i3', 8, 7]);
      assert.deepEqual(items[0]!.explanation!.features['discount:price'], { value: 7, status: 'NULL_VALUE' });
    });
  }

  test('NaN for one candidate costs that one alone', async () => {
    const world = await filledWorld();
    world.discount.result = (prices) => prices.map((price, i) => (i === 5 ? Number.POSITIVE_INFINITY : price));
    const { items, degradations } = await world.rank(HEAVY);
    assert.match(degradations[0]!.reason, /1 of 20 values are NaN or infinite/);
    assert.deepEqual([items[0]!.id, items.at(-1)!.id, items.at(-1)!.score], ['i19', 'i5', 7]);
  });

  test('null is a value that is not there, and no failure', async () => {
    const world = await filledWorld();
    world.discount.result = (prices) => Array.from(prices, () => null);
    const { items, degradations } = await world.rank(HEAVY);
    assert.deepEqual(degradations, []);
    assert.equal(items[1]!.score, 7);
  });

  test('where defaults are not allowed, the ranker that reads it is skipped', async () => {
    const world = await filledWorld();
    world.discount.result = () => [];
    const config = defineRanker({ ...HEAVY, features: { defaults: false } });
    const { items, degradations } = await world.rank(config);
    assert.equal(items.length, ITEMS);
    assert.deepEqual(
      degradations.map(({ kind }) => kind),
      ['default_features', 'light_only'],
    );
  });

  test('a store that fails: features have their declared defaults, and transformations go on with them', async () => {
    const world = await filledWorld();
    world.isDown = true;
    const { items, degradations, explanation } = await world.rank(HEAVY);
    assert.equal(items.length, ITEMS);
    assert.deepEqual(explanation!.userFeatures['viewer:age'], { value: 30, status: 'NOT_FOUND' });
    assert.ok(degradations.every(({ kind }) => kind === 'default_features'));
    assert.equal(items[0]!.explanation!.features['discount:price']!.status, 'NULL_VALUE');
  });
});

describe('what transformations need', () => {
  test('context that is missing or of another type is refused, by name', async () => {
    const world = await filledWorld();
    const cases: [object, RegExp][] = [
      [{}, /^context\.percent: missing; ranker 'h' reads it/],
      [{ percent: 'half' }, /^context\.percent: expected a finite number for FP32, got "half"/],
      [{ percent: [1, 2] }, /^context\.percent: expected a finite number for FP32, got a list/],
      [{ percent: 1e39 }, /^context\.percent: .*outside the range of FP32/],
    ];
    for (const [context, message] of cases) {
      await assert.rejects(world.rank(HEAVY, { context: context as never }), { code: 'INVALID_ARGUMENT', message });
    }
    assert.deepEqual(world.reads, [], 'before anything is read');
    const mood = defineRanker({ name: 'm', heavy: { score: 'mood:vector[1]' } });
    await assert.rejects(world.rank(mood, { context: { hour: 1, city: 5 } }), {
      message: /^context\.city: expected text/,
    });
    await world.rank(mood, { context: { hour: true, city: 'Rome' } });
  });

  test('what cannot work is refused when the ranker is made', async () => {
    const world = await filledWorld();
    const refused = (config: Parameters<typeof defineRanker>[0], message: RegExp): Promise<void> =>
      assert.rejects(async () => world.rank(defineRanker(config)), { code: 'INVALID_ARGUMENT', message });
    await refused(
      { name: 'a', heavy: { score: 'discount:prize' } },
      /no feature discount:prize.*did you mean discount:price/,
    );
    await refused({ name: 'b', heavy: { score: 'shop:rent' } }, /shop:rent is of entity shop; expected user or item/);
    const query = { feature: 'discount:price' };
    await refused(
      { name: 'c', sources: [{ name: 'near', kind: 'ann', quota: 1, query }] },
      /sources\[0\]\.query\.feature: discount:price is of the items; only the user is known here/,
    );
    const rent = { name: 'rent', inputs: ['shop:rent'], context: [], outputs: [FP32('yearly')], run: () => ({}) };
    const service = createFeatureService({ store: world.store, declarations, transforms: [rent], flushIntervalMs: 0 });
    assert.throws(
      () =>
        createRanker(defineRanker({ name: 'd', heavy: { score: 'rent:yearly' } }), {
          models: world.models,
          features: new ServiceFeatures(service),
          items: world.items,
          candidates: world.candidates,
          clock: world.clock,
        }),
      /rent:yearly is computed from shop:rent, which is of entity shop/,
    );
    const wrong = {
      name: 'discount',
      inputs: [],
      context: [],
      outputs: [FP32('price')],
      defaults: { price: 'cheap' },
      run: () => ({}),
    };
    assert.throws(
      () => createFeatureService({ store: world.store, declarations, transforms: [wrong], flushIntervalMs: 0 }),
      /transforms\.discount\.defaults\.price: expected a finite number/,
    );
  });
});
