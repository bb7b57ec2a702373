import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@rangefinder/base';
import {
  columnNumbers,
  columnTexts,
  compileFeatureDeclarations,
  createFeatureService,
  FEATURE_STATUS,
  type FeatureService,
  MemoryRowStore,
  type OnDemandTransform,
} from '@rangefinder/features';

const NOW_MS = 1_700_000_000_000;
const READ = { nowMs: NOW_MS, timeoutMs: 1_000 };
const clock = { ...systemClock, wallMs: () => NOW_MS };

const declarations = compileFeatureDeclarations({
  entities: [{ name: 'user', joinKey: 'user_id' }, { name: 'item' }],
  views: [
    { name: 'user', entity: 'user', features: [{ name: 'age', dataType: 'INT32', default: 18 }] },
    {
      name: 'film',
      entity: 'item',
      features: [
        { name: 'year', dataType: 'INT32' },
        { name: 'title', dataType: 'BYTES' },
      ],
    },
  ],
  aggregates: [
    { name: 'clicks', entity: 'item', features: [{ name: 'hour', function: 'count', windowMs: 3_600_000 }] },
  ],
});

const pairing: OnDemandTransform = {
  name: 'pairing',
  inputs: ['user:age', 'film:year'],
  context: [{ name: 'this_year', dataType: 'INT32', container: undefined }],
  outputs: [{ name: 'age_at_release', dataType: 'FP32', container: undefined }],
  run: ({ rows, columns }) => {
    const ages = columnNumbers(columns.get('user:age')!, rows);
    const years = columnNumbers(columns.get('film:year')!, rows);
    const now = columnNumbers(columns.get('this_year')!, rows);
    const values = Array.from(ages, (age, row) => age - (now[row]! - years[row]!));
    return { age_at_release: values.map((value) => (Number.isNaN(value) ? null : value)) };
  },
};

const failing: OnDemandTransform = {
  ...pairing,
  name: 'failing',
  context: [],
  run: () => {
    throw new Error('division by zero');
  },
};

async function filled(store = new MemoryRowStore({ clock })): Promise<FeatureService> {
  const service = createFeatureService({
    store,
    declarations,
    transforms: [pairing, failing],
    clock,
    flushIntervalMs: 0,
  });
  await service.push({ view: 'user', rows: [{ entityId: 'u1', eventMs: NOW_MS - 10, values: { age: 40 } }] });
  await service.push({
    view: 'film',
    rows: [
      { entityId: 1, eventMs: NOW_MS - 20, values: { year: 1999, title: 'Matrix' } },
      { entityId: 2, eventMs: NOW_MS - 30, values: { year: 1968 } },
    ],
  });
  await service.push({
    view: 'clicks',
    rows: [1, 1, 2].map((entityId) => ({ entityId, eventMs: NOW_MS, values: {} })),
  });
  return service;
}

test('stored, aggregated and transformed features of several entities in one request', async () => {
  const service = await filled();
  const features = ['pairing:age_at_release', 'film:title', 'clicks:hour', 'user:age'];
  const result = await service.onlineFeatures({
    features,
    entities: { user_id: ['u1', 'u1', 'u1'], item: [1, 2n, '3'] },
    context: { this_year: [2020] },
    ...READ,
  });
  const [age, title, clicks, user] = result.columns;
  assert.equal(result.rows, 3);
  assert.deepEqual(
    result.columns.map(({ name }) => name),
    features,
  );
  assert.deepEqual([...columnNumbers(age!, 3)], [19, -12, Number.NaN]);
  assert.deepEqual(columnTexts(title!, 3), ['Matrix', null, null]);
  assert.deepEqual([...columnNumbers(clicks!, 3)], [2, 1, Number.NaN]);
  assert.equal(user!.statuses.length, 1, 'a user that is the same for all rows is read once');
  assert.deepEqual([...result.eventMs[1]!], [NOW_MS - 20, NOW_MS - 30, 0]);
  assert.equal(result.oldestEventMs, NOW_MS - 30);
  assert.deepEqual(result.transformErrors, []);
  await service.close();
});

test('a transformation that fails is reported, its outputs are NULL, and the rest is served', async () => {
  const service = await filled();
  const { columns, transformErrors } = await service.onlineFeatures({
    features: ['failing:age_at_release', 'film:year'],
    entities: { user: ['u1'], item: [1, 2] },
    ...READ,
  });
  assert.deepEqual([...columns[0]!.statuses], [FEATURE_STATUS.NULL_VALUE, FEATURE_STATUS.NULL_VALUE]);
  assert.deepEqual([...columnNumbers(columns[1]!, 2)], [1999, 1968]);
  assert.deepEqual(transformErrors, [{ transform: 'failing', message: 'division by zero', rows: 2 }]);
  await service.close();
});

test('a transformation that returns other values than it declares is a failure too', async () => {
  for (const values of [[1], ['one', 'two'], undefined]) {
    const wrong = { ...failing, run: () => (values === undefined ? {} : { age_at_release: values }) };
    const service = createFeatureService({
      store: new MemoryRowStore(),
      declarations,
      transforms: [wrong],
      flushIntervalMs: 0,
    });
    const { transformErrors } = await service.onlineFeatures({
      features: ['failing:age_at_release'],
      entities: { user: ['u1'], item: [1, 2] },
      ...READ,
    });
    assert.match(transformErrors[0]!.message, /age_at_release/);
    await service.close();
  }
});

test('what is unknown, missing or of another length is named', async () => {
  const service = await filled();
  const ask = (features: string[], entities: Record<string, number[]>, context = {}): Promise<unknown> =>
    service.onlineFeatures({ features, entities, context, ...READ });
  await assert.rejects(
    ask(['film:yaer'], { item: [1] }),
    /features\[0\]: view film has no feature yaer \(did you mean year\?\)/,
  );
  await assert.rejects(
    ask(['flim:year'], { item: [1] }),
    /features\[0\]: there is no view flim \(did you mean film\?\)/,
  );
  await assert.rejects(ask(['user:age'], { item: [1] }), /entities\.user_id: expected ids/);
  await assert.rejects(ask(['film:year'], { itm: [1] }), /entities\.itm: there is no such entity/);
  await assert.rejects(
    ask(['film:year', 'user:age'], { item: [1, 2, 3], user: [1, 2] }),
    /entities\.user: expected 3 values/,
  );
  await assert.rejects(
    ask(['pairing:age_at_release'], { item: [1], user: [1] }),
    /context\.this_year: expected values/,
  );
  await assert.rejects(service.push({ view: 'pairing', rows: [] }), /transformation/);
  const chained = { ...pairing, name: 'chained', inputs: ['pairing:age_at_release'] };
  const chain = (): unknown =>
    createFeatureService({ store: new MemoryRowStore(), declarations, transforms: [pairing, chained] });
  assert.throws(chain, /transforms\.chained\.inputs\[0\]/);
  await service.close();
});

test('close writes the aggregates, and a new service on the store goes on with them', async () => {
  const store = new MemoryRowStore({ clock });
  const kept = Object.assign(Object.create(store) as MemoryRowStore, {
    readMany: store.readMany.bind(store),
    writeMany: store.writeMany.bind(store),
    close: () => Promise.resolve(),
  });
  await (await filled(kept)).close();
  const again = createFeatureService({ store, declarations, clock, flushIntervalMs: 0 });
  await again.push({ view: 'clicks', rows: [{ entityId: 1, eventMs: NOW_MS, values: {} }] });
  const { columns } = await again.onlineFeatures({ features: ['clicks:hour'], entities: { item: [1, 2] }, ...READ });
  assert.deepEqual([...columnNumbers(columns[0]!, 2)], [3, 1]);
  await again.close();
});

test('it describes what there is', async () => {
  const service = await filled();
  const { entities, views } = service.describe();
  assert.deepEqual(
    entities.map(({ joinKey }) => joinKey),
    ['user_id', 'item'],
  );
  assert.deepEqual(
    views.map(({ name, kind }) => `${kind} ${name}`),
    ['stored user', 'stored film', 'aggregate clicks', 'transform pairing', 'transform failing'],
  );
  assert.deepEqual(views[3]!.context, ['this_year']);
  await service.check();
  await service.close();
});
