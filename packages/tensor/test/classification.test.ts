import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bytesOf,
  classificationTensor,
  type ClassificationOptions,
  tensorValues,
  type Tensor,
} from '@rangefinder/tensor';

const scores: Tensor = {
  name: 'y',
  dataType: 'FP32',
  shape: [2, 3],
  bytes: bytesOf(Float32Array.of(0.1, 0.7, 0.2, 5, 5, -1)),
};

function lines(tensor: Tensor, options: Partial<ClassificationOptions>): unknown {
  return tensorValues(classificationTensor(tensor, { count: 2, labels: [], batched: true, ...options }));
}

test('the best classes of each row, with their labels', () => {
  assert.deepEqual(lines(scores, {}), ['0.700000:1', '0.200000:2', '5.000000:0', '5.000000:1']);
  assert.deepEqual(lines(scores, { count: 1, labels: ['cat', 'dog'] }), ['0.700000:1:dog', '5.000000:0:cat']);
  assert.deepEqual(lines({ ...scores, shape: [6] }, { batched: false }), ['5.000000:3', '5.000000:4']);
  assert.deepEqual(classificationTensor(scores, { count: 9, labels: [], batched: true }).shape, [2, 3]);
  assert.deepEqual(classificationTensor(scores, { count: 9, labels: [], batched: false }).shape, [6]);
});

test('other types of score', () => {
  const of = (dataType: Tensor['dataType'], array: ArrayBufferView): unknown =>
    lines({ name: 'y', dataType, shape: [1, 2], bytes: bytesOf(array) }, {});
  assert.deepEqual(of('INT64', BigInt64Array.of(-5n, 2n ** 60n)), ['1152921504606846976:1', '-5:0']);
  assert.deepEqual(of('UINT8', Uint8Array.of(7, 3)), ['7:0', '3:1']);
  assert.deepEqual(of('FP16', Uint16Array.of(0x3c00, 0x4000)), ['2.000000:1', '1.000000:0']);
  assert.deepEqual(of('FP64', Float64Array.of(NaN, -1)), ['-1.000000:1', 'NaN:0']);
  assert.throws(
    () => of('BYTES', new Uint8Array(8)),
    /output 'y': classification needs numbers, but the output is BYTES/,
  );
  assert.throws(() => lines({ ...scores, shape: [6] }, {}), /needs a dimension of classes; the shape is \[6\]/);
});

test('few or many: the same as sorting', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 150 }),
      fc.nat({ max: 160 }),
      (values, count) => {
        const tensor: Tensor = {
          name: 'y',
          dataType: 'INT32',
          shape: [values.length],
          bytes: bytesOf(Int32Array.from(values)),
        };
        const sorted = values
          .map((value, index) => ({ value, index }))
          .sort((a, b) => b.value - a.value || a.index - b.index);
        assert.deepEqual(
          lines(tensor, { count, batched: false }),
          sorted.slice(0, count).map(({ value, index }) => `${value}:${index}`),
        );
      },
    ),
  );
});
