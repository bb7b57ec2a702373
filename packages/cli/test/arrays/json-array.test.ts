import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { tensorValues, type DataType } from '@rangefinder/tensor';
import { arrayFromJson } from '../../src/arrays/json-array.ts';

const CASES: readonly [text: string, dataType: DataType, shape: readonly number[], values: readonly unknown[]][] = [
  ['16000', 'INT64', [], [16000n]],
  ['[1, 2.5, "NaN", "-Infinity"]', 'FP32', [4], [1, 2.5, NaN, -Infinity]],
  ['[[1,2,3],[4,5,6]]', 'UINT8', [2, 3], [1, 2, 3, 4, 5, 6]],
  ['[9007199254740993, -9223372036854775808]', 'INT64', [2], [9007199254740993n, -(2n ** 63n)]],
  ['[18446744073709551615]', 'UINT64', [1], [2n ** 64n - 1n]],
  ['[true, false]', 'BOOL', [2], [true, false]],
  ['[0.5, 65504]', 'FP16', [2], [0.5, 65504]],
  ['[1.5]', 'BF16', [1], [1.5]],
  ['["a", ""]', 'BYTES', [2], ['a', '']],
  ['[[], []]', 'FP32', [2, 0], []],
  ['{"shape": [2, 1], "datatype": "INT32", "data": [7, 8]}', 'FP32', [2, 1], [7, 8]],
];

for (const [text, dataType, shape, values] of CASES) {
  test(`reads ${text} as ${dataType}`, () => {
    const array = arrayFromJson(text, dataType, 'x');
    assert.deepEqual(array.shape, shape);
    assert.deepEqual(tensorValues(array), values);
  });
}

const BROKEN: readonly [text: string, dataType: DataType, message: RegExp][] = [
  ['[1,', 'FP32', /^x: not valid JSON/],
  ['[[1,2],[3]]', 'FP32', /^x\[1\]: a list of 1 where its neighbours are lists of 2/],
  ['[[1],2]', 'FP32', /^x\[1\]: a single value where its neighbours are lists of 1/],
  ['[1,[2]]', 'FP32', /^x\[1\]: a list where its neighbours are single values/],
  ['[1, 0.5]', 'INT32', /^x: element 1 is 0.5, not a whole number/],
  ['[256]', 'UINT8', /^x: element 0 is 256, outside UINT8's 0 to 255/],
  ['[9223372036854775808]', 'INT64', /outside INT64/],
  ['[1e300]', 'FP32', /too large for FP32/],
  ['[null]', 'FP32', /element 0 is null, not a number/],
  ['["NaN"]', 'INT32', /not a number/],
  ['[1]', 'BYTES', /^x, element 0: expected a string/],
  ['[1]', 'COMPLEX64', /cannot be given as JSON/],
  ['{"shape": [3], "data": [1, 2]}', 'FP32', /^x\.shape: \[3\] has 3 elements, data has 2/],
  ['{"shape": "3", "data": [1, 2]}', 'FP32', /^x\.shape: expected a list of sizes/],
  ['{"datatype": "FLOAT", "data": [1]}', 'FP32', /^x\.datatype: unknown type "FLOAT"/],
  [`${'['.repeat(40)}1${']'.repeat(40)}`, 'FP32', /nested deeper than 32/],
];

for (const [text, dataType, message] of BROKEN) {
  test(`refuses ${text.slice(0, 40)} as ${dataType}`, () => {
    assert.throws(
      () => arrayFromJson(text, dataType, 'x'),
      (error) => error instanceof RangefinderError && message.test(error.message),
    );
  });
}

test('any JSON gives an array or an INVALID_ARGUMENT, nothing else', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom<DataType>('FP32', 'INT64', 'BYTES', 'BOOL'), (text, dataType) => {
      try {
        arrayFromJson(text, dataType, 'x');
      } catch (error) {
        assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT', String(error));
      }
    }),
  );
});
