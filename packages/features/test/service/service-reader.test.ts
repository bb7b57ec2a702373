import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError, systemClock } from '@rangefinder/base';
import {
  columnNumbers,
  compileFeatureDeclarations,
  createFeatureService,
  FEATURE_STATUS,
  type FeatureColumn,
  type FeatureService,
  MemoryRowStore,
  type RowStore,
} from '@rangefinder/features';
import { tensorValues } from '@rangefinder/tensor';

const { PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE } = FEATURE_STATUS;
const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

const declarations = compileFeatureDeclarations({
  views: [
    { name: 'film', entity: 'item', maxAgeMs: HOUR_MS, features: [{ name: 'year', dataType: 'INT32', default: 2000 }] },
    { name: 'viewer', entity: 'user', features: [{ name: 'age', dataType: 'INT32' }] },
  ],
  aggregates: [
    {
      name: 'clicks',
      entity: 'item',
      features: [
        { name: 'hour', function: 'count', windowMs: HOUR_MS, default: -3 },
        { name: 'mean', function: 'mean', field: 'seconds', windowMs: HOUR_MS, default: 0.5 },
        { name: 'last', function: 'last', field: 'seconds', windowMs: HOUR_MS, size: 2, default: [9] },
      ],
    },
    { name: 'buys', entity: 'item', features: [{ name: 'day', function: 'sum', field: 'price', windowMs: HOUR_MS }] },
  ],
});

const FEATURES = ['clicks:mean', 'film:year', 'buys:day', 'clicks:hour', 'clicks:last'];

function serviceOver(store: RowStore): FeatureService {
  const clock = { ...systemClock, wallMs: () => START_MS };
  return createFeatureService({ store, declarations, clock, flushIntervalMs: 0 });
}

async function fill(service: FeatureService): Promise<void> {
  await service.push({ view: 'film', rows: [{ entityId: 'a', eventMs: START_MS, values: { year: 1999 } }] });
  await service.push({
    view: 'clicks',
    rows: [
      { entityId: 'a', eventMs: START_MS - 1, values: { seconds: 2 } },
      { entityId: 'a', eventMs: START_MS, values: { seconds: 4 } },
      { entityId: 'b', eventMs: START_MS, values: {} },
    ],
  });
  await service.push({ view: 'buys', rows: [{ entityId: 'b', eventMs: START_MS, values: { price: 2.5 } }] });
}

function clockedStore(): MemoryRowStore {
  return new MemoryRowStore({ clock: { ...systemClock, wallMs: () => START_MS } });
}

function statusesOf(columns: readonly FeatureColumn[]): number[][] {
  return columns.map(({ statuses }) => [...statuses]);
}

test('one reader for views and aggregates in any order, with statuses and defaults', async () => {
  const service = serviceOver(clockedStore());
  await fill(service);
  const reader = service.reader(FEATURES);
  assert.deepEqual(reader.features, FEATURES);
  const { columns, oldestEventMs } = await reader.read(['a', 'b', 'c'], { nowMs: START_MS, timeoutMs: 1_000 });
  assert.deepEqual(
    columns.map(({ name }) => name),
    FEATURES,
  );
  assert.deepEqual(statusesOf(columns), [
    [PRESENT, NULL_VALUE, NOT_FOUND],
    [PRESENT, NOT_FOUND, NOT_FOUND],
    [NOT_FOUND, PRESENT, NOT_FOUND],
    [PRESENT, PRESENT, NOT_FOUND],
    [PRESENT, PRESENT, NOT_FOUND],
  ]);
  const values = columns.map((column) => tensorValues({ ...column, shape: [3 * column.width] }).map(Number));
  assert.deepEqual(values, [
    [3, 0.5, 0.5],
    [1999, 2000, 2000],
    [0, 2.5, 0],
    [2, 1, -3],
    [4, 2, 0, 0, 9, 0],
  ]);
  assert.deepEqual([...columns[4]!.lengths!], [2, 0, 1]);
  assert.equal(oldestEventMs, START_MS);
  await service.close();
});

test('ages and windows are taken at the time of the read, and events count for reads after their push', async () => {
  const service = serviceOver(clockedStore());
  await fill(service);
  const reader = service.reader(['film:year', 'clicks:hour']);
  const later = await reader.read(['a'], { nowMs: START_MS + 2 * HOUR_MS, timeoutMs: 1_000 });
  assert.deepEqual(statusesOf(later.columns), [[OUTSIDE_MAX_AGE], [PRESENT]]);
  assert.deepEqual([...columnNumbers(later.columns[1]!, 1)], [0]);
  await service.push({ view: 'clicks', rows: [{ entityId: 'a', eventMs: START_MS, values: {} }] });
  const now = await reader.read(['a'], { nowMs: START_MS, timeoutMs: 1_000 });
  assert.deepEqual([...columnNumbers(now.columns[1]!, 1)], [3]);
  await service.close();
});

test('states that are not in memory come from the store; copies among them count as stale', async () => {
  const rows = clockedStore();
  const first = serviceOver(rows);
  await fill(first);
  const open: RowStore = {
    name: 'copies',
    readMany: async (keys, options) => {
      options.onStaleRows?.(keys.length);
      return rows.readMany(keys, options);
    },
    writeMany: (entries) => rows.writeMany(entries),
    deleteMany: (keys) => rows.deleteMany(keys),
    check: () => rows.check(),
    close: async () => {},
  };
  const writing = createFeatureService({ store: open, declarations, flushIntervalMs: 0 });
  await writing.push({ view: 'clicks', rows: [{ entityId: 'z', eventMs: START_MS, values: {} }] });
  await writing.close();
  const reading = serviceOver(open);
  const result = await reading.reader(['clicks:hour', 'film:year']).read(['z', 'a'], { nowMs: START_MS, timeoutMs: 1 });
  assert.equal(result.staleRows, 4);
  assert.deepEqual([...columnNumbers(result.columns[0]!, 2)], [1, Number.NaN]);
  await first.close();
});

test('a store that fails rejects the read, whichever part of it asked', async () => {
  const down = clockedStore();
  down.readMany = () => Promise.reject(new RangefinderError('UNAVAILABLE', 'down'));
  const service = serviceOver(down);
  for (const features of [['clicks:hour'], ['film:year'], FEATURES]) {
    await assert.rejects(service.reader(features).read(['a'], { nowMs: START_MS, timeoutMs: 1 }), {
      code: 'UNAVAILABLE',
    });
  }
});

test('what cannot be read together is named', async () => {
  const service = serviceOver(clockedStore());
  const cases: [string[], RegExp][] = [
    [['film:yaer'], /^features\[0\]: view film has no feature yaer \(did you mean year\?\)/],
    [['film:year', 'click:hour'], /^features\[1\]: there is no view click/],
    [['clicks:hour', 'clicks:hour'], /^features\[1\]: clicks:hour is asked for twice/],
    [['clicks:hour', 'viewer:age'], /^features\[1\]: is of entity user, but this reader is for item/],
  ];
  for (const [features, message] of cases) {
    assert.throws(() => service.reader(features), { code: 'INVALID_ARGUMENT', message });
  }
  await assert.rejects(service.reader(['clicks:hour']).read([''], { nowMs: START_MS, timeoutMs: 1 }), /entities/);
  await service.close();
});

test('the default of an aggregate must fit it', () => {
  const declared = (feature: object): unknown =>
    compileFeatureDeclarations({ aggregates: [{ name: 'clicks', entity: 'item', features: [feature] }] });
  assert.throws(
    () => declared({ name: 'hour', function: 'count', windowMs: HOUR_MS, default: 0.5 }),
    /aggregates\[0\]\.features\[0\]\.default: expected an integer/,
  );
  assert.throws(
    () => declared({ name: 'l', function: 'last', field: 'x', windowMs: HOUR_MS, size: 1, default: [1, 2] }),
    /default: expected a list of at most 1/,
  );
});
