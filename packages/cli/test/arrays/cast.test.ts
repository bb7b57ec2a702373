import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tensorValues, type DataType } from '@rangefinder/tensor';
import { castArray } from '../../src/arrays/cast.ts';
import { arrayFromJson } from '../../src/arrays/json-array.ts';

const cast = (json: string, from: DataType, to: DataType): unknown[] =>
  tensorValues(castArray(arrayFromJson(json, from, 'x'), to, 'x'));

test('numbers keep their value in another type', () => {
  assert.deepEqual(cast('[1, -2]', 'FP64', 'INT64'), [1n, -2n]);
  assert.deepEqual(cast('[1, 255]', 'UINT8', 'FP16'), [1, 255]);
  assert.deepEqual(cast('[0, 1]', 'INT64', 'BOOL'), [false, true]);
  assert.deepEqual(cast('[0.1]', 'FP64', 'FP32'), [Math.fround(0.1)]);
  assert.deepEqual(cast('["NaN", "Infinity"]', 'FP64', 'FP32'), [NaN, Infinity]);
  assert.deepEqual(cast('[1.00390625]', 'FP32', 'BF16'), [1]);
});

test('what would change is refused, with the element', () => {
  assert.throws(() => cast('[1, 1.5]', 'FP32', 'INT32'), /x: element 1 is 1.5/);
  assert.throws(() => cast('[300]', 'INT64', 'UINT8'), /outside UINT8/);
  assert.throws(() => cast('["NaN"]', 'FP32', 'INT8'), /NaN, not a whole number/);
  assert.throws(() => cast('[70000]', 'FP32', 'FP16'), /too large for FP16/);
  assert.throws(() => cast('["a"]', 'BYTES', 'FP32'), /the data is BYTES, the model wants FP32/);
});

test('there and back gives the same integers', () => {
  const types = fc.constantFrom<DataType>('INT8', 'INT16', 'INT32', 'INT64', 'FP32', 'FP64', 'BF16', 'FP16');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100, max: 100 })), types, (values, type) => {
      const array = arrayFromJson(JSON.stringify(values), 'INT8', 'x');
      assert.deepEqual(castArray(castArray(array, type, 'x'), 'INT8', 'x').bytes, array.bytes);
    }),
  );
});
