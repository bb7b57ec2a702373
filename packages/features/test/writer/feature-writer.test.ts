import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { type FeatureValue, type FeatureViewSpec, FeatureWriter, MemoryRowStore } from '@rangefinder/features';
import { DATA_TYPES, type DataType } from '@rangefinder/tensor';

const NOW_MS = 1_700_000_000_000;

function viewOf(dataType: DataType, vector = 0): FeatureViewSpec {
  const container = vector === 0 ? undefined : ({ kind: 'vector', maxLength: vector } as const);
  return { name: 'v', entity: 'user', maxAgeMs: 0, features: [{ name: 'f', dataType, container }] };
}

function refused(view: FeatureViewSpec, value: unknown, message: RegExp): Promise<void> {
  const store = new MemoryRowStore();
  const rows = [
    { entityId: 'fine', eventMs: NOW_MS, values: {} },
    { entityId: 'bad', eventMs: NOW_MS, values: { f: value as FeatureValue } },
  ];
  return assert.rejects(
    new FeatureWriter({ store, view }).push(rows),
    (thrown) =>
      thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT' && message.test(thrown.message),
  );
}

test('a value that does not fit its type is refused and named by row and feature', async () => {
  await refused(viewOf('INT8'), 128, /^rows\[1\]\.f: 128 is outside the range of INT8/);
  await refused(viewOf('UINT32'), -1, /outside the range of UINT32/);
  await refused(viewOf('UINT4'), 16, /outside the range of UINT4/);
  await refused(viewOf('INT64'), 2 ** 60, /expected an integer for INT64/);
  await refused(viewOf('INT32'), 1.5, /expected an integer for INT32, got 1.5/);
  await refused(viewOf('INT32'), '7', /expected an integer for INT32, got "7"/);
  await refused(viewOf('FP32'), Number.NaN, /expected a finite number for FP32, got NaN/);
  await refused(viewOf('FP32'), 1e300, /outside the range of FP32/);
  await refused(viewOf('FP16'), 70_000, /outside the range of FP16/);
  await refused(viewOf('BOOL'), 2, /expected true or false/);
  await refused(viewOf('BYTES'), 7, /expected text or bytes, got 7/);
  await refused(viewOf('COMPLEX64'), 1, /expected \[real, imaginary\]/);
  await refused(viewOf('FP32', 3), [1, 2], /expected a vector of 3 FP32 values, got 2/);
  await refused(viewOf('FP32', 3), [1, Number.POSITIVE_INFINITY, 2], /rows\[1\]\.f\[1\]: expected a finite number/);
  await refused(viewOf('FP32', 3), 'abc', /expected a vector of 3 FP32 values, got "abc"/);
});

test('a text is no number for any numeric type', async () => {
  for (const dataType of Object.keys(DATA_TYPES) as DataType[]) {
    if (dataType !== 'BYTES') await refused(viewOf(dataType), 'x', /rows\[1\]\.f/);
  }
});

test('nothing is written when one row is wrong', async () => {
  const store = new MemoryRowStore();
  const writer = new FeatureWriter({ store, view: viewOf('INT32') });
  const row = { entityId: 1, eventMs: NOW_MS, values: { f: 1 } };
  await assert.rejects(writer.push([row, { ...row, values: { g: 1 } }]), /rows\[1\]\.g: is no feature of view v/);
  await assert.rejects(writer.push([row, { ...row, entityId: '' }]), /rows\[1\]\.user: expected an entity id/);
  await assert.rejects(writer.push([row, { ...row, entityId: 0.5 }]), /rows\[1\]\.user: expected text or an integer/);
  await assert.rejects(writer.push([row, { ...row, eventMs: Number.NaN }]), /rows\[1\]\.eventMs/);
  await assert.rejects(writer.push([row, { ...row, eventMs: NOW_MS * 1000 }]), /eventAheadMs/);
  assert.equal(store.rowCount, 0);
});

test('late rows are counted and change nothing; 7, 7n and "7" are one entity', async () => {
  const store = new MemoryRowStore();
  const writer = new FeatureWriter({ store, view: viewOf('INT32') });
  const push = (entityId: string | number | bigint, eventMs: number, f: number): ReturnType<FeatureWriter['push']> =>
    writer.push([{ entityId, eventMs, values: { f } }]);
  assert.deepEqual(await push(7, NOW_MS, 1), { applied: 1, late: 0 });
  assert.deepEqual(await push(7n, NOW_MS - 1, 2), { applied: 0, late: 1 });
  assert.deepEqual(await push('7', NOW_MS, 3), { applied: 1, late: 0 });
  assert.equal(store.rowCount, 1);
});

test('concurrent pushes to one row all count', async () => {
  const features = Array.from({ length: 20 }, (_, i) => ({
    name: `f${i}`,
    dataType: 'INT32' as const,
    container: undefined,
  }));
  const view: FeatureViewSpec = { name: 'v', entity: 'user', maxAgeMs: 0, features };
  const store = new MemoryRowStore();
  const writer = new FeatureWriter({ store, view });
  const push = (i: number): ReturnType<FeatureWriter['push']> =>
    writer.push([{ entityId: 1, eventMs: NOW_MS + i, values: { [`f${i}`]: i } }]);
  await Promise.all(features.map((_, i) => push(i)));
  const again = await Promise.all(
    features.map((_, i) => writer.push([{ entityId: 1, eventMs: NOW_MS - 1, values: { [`f${i}`]: 0 } }])),
  );
  assert.ok(again.every(({ late }) => late === 1));
});

test('a row past the limit is refused by name', async () => {
  const writer = new FeatureWriter({ store: new MemoryRowStore(), view: viewOf('BYTES'), limits: { rowBytes: 1_000 } });
  const rows = [{ entityId: 1, eventMs: NOW_MS, values: { f: 'x'.repeat(2_000) } }];
  await assert.rejects(writer.push(rows), /rowBytes/);
});
