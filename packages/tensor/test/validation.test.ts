import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS, RangefinderError } from '@rangefinder/base';
import {
  bytesOf,
  checkedByteLength,
  checkedElementCount,
  tensorValues,
  typedView,
  validateTensor,
  type Tensor,
} from '@rangefinder/tensor';
import { arbitraryTensor } from '@rangefinder/testing';

const code = (expected: string) => (error: unknown) => error instanceof RangefinderError && error.code === expected;

test('valid tensors pass; one byte more or less does not', () => {
  fc.assert(
    fc.property(arbitraryTensor(), (tensor) => {
      validateTensor(tensor, DEFAULT_LIMITS);
      const longer = { ...tensor, bytes: new Uint8Array(tensor.bytes.length + 1) };
      assert.throws(() => validateTensor(longer, DEFAULT_LIMITS), code('INVALID_ARGUMENT'));
      const shorter = { ...tensor, bytes: tensor.bytes.subarray(1) };
      if (tensor.bytes.length > 0)
        assert.throws(() => validateTensor(shorter, DEFAULT_LIMITS), code('INVALID_ARGUMENT'));
    }),
  );
});

test('no shape overflows: a count within the limit, or an error', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.maxSafeNat(), fc.double(), fc.nat({ max: 3 })), { maxLength: 40 }), (shape) => {
      try {
        const count = checkedElementCount(shape, DEFAULT_LIMITS);
        assert.ok(Number.isInteger(count) && count >= 0 && count <= DEFAULT_LIMITS.tensorElements);
      } catch (error) {
        assert.ok(error instanceof RangefinderError && ['INVALID_ARGUMENT', 'PAYLOAD_TOO_LARGE'].includes(error.code));
      }
    }),
  );
});

test('limits name the field', () => {
  assert.throws(
    () => checkedElementCount([2 ** 40, 2 ** 40], DEFAULT_LIMITS, 'inputs[0].shape'),
    code('PAYLOAD_TOO_LARGE'),
  );
  assert.equal(
    checkedElementCount(
      Array.from({ length: 26 }, (_, i) => (i < 25 ? Number.MAX_SAFE_INTEGER : 0)),
      DEFAULT_LIMITS,
    ),
    0,
  );
  assert.throws(
    () => checkedElementCount([1, -1], DEFAULT_LIMITS, 'inputs[0].shape'),
    /inputs\[0\]\.shape\[1\]: expected a non-negative integer, got -1/,
  );
  assert.throws(
    () =>
      checkedElementCount(
        Array.from({ length: 33 }, () => 1),
        DEFAULT_LIMITS,
      ),
    /33 dimensions; the limit is 32/,
  );
  assert.throws(
    () => checkedByteLength('FP64', 2 ** 28, DEFAULT_LIMITS),
    /268435456 elements of FP64 take 2147483648 bytes; the limit is 1073741824/,
  );
});

test('typed views alias aligned bytes and copy unaligned ones', () => {
  const body = new Uint8Array(20);
  assert.equal(typedView('FP32', body.subarray(4, 12)).buffer, body.buffer);
  const copy = typedView('FP32', body.subarray(5, 13));
  assert.notEqual(copy.buffer, body.buffer);
  assert.equal(copy.length, 2);
  assert.throws(() => typedView('BYTES', body), code('UNSUPPORTED'));
});

test('values of each kind', () => {
  const of = (dataType: Tensor['dataType'], array: ArrayBufferView): unknown =>
    tensorValues({ dataType, shape: [2], bytes: bytesOf(array) });
  assert.deepEqual(of('INT64', BigInt64Array.of(-1n, 2n)), [-1n, 2n]);
  assert.deepEqual(of('BOOL', Uint8Array.of(0, 1)), [false, true]);
  assert.deepEqual(of('FP16', Uint16Array.of(0x3c00, 0xc000)), [1, -2]);
  assert.deepEqual(of('BF16', Uint16Array.of(0x3f80, 0xc000)), [1, -2]);
  assert.deepEqual(of('INT8', Int8Array.of(-3, 4)), [-3, 4]);
  assert.deepEqual(of('BYTES', Uint8Array.of(1, 0, 0, 0, 0x61, 0, 0, 0, 0)), ['a', '']);
});
