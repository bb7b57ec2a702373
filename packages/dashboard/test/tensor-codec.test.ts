import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ELEMENT_TYPES } from '../src/app/logic/element-types.ts';
import type { ElementTypeName } from '../src/app/logic/element-types.ts';
import { fromBrainBits, fromHalfBits, toBrainBits, toHalfBits } from '../src/app/logic/half-float.ts';
import { decodeValues, encodeValues } from '../src/app/logic/tensor-codec.ts';
import { valuesFromNumbers } from '../src/app/logic/tensor.ts';

test('every half float survives a round trip', () => {
  for (let bits = 0; bits < 0x1_0000; bits += 1) {
    const value = fromHalfBits(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(fromHalfBits(toHalfBits(value))));
    else assert.equal(toHalfBits(value), bits);
  }
});

test('half floats round as the platform does', () => {
  const platform = new Float16Array(1);
  fc.assert(
    fc.property(fc.float(), (value) => {
      platform[0] = value;
      assert.deepEqual(fromHalfBits(toHalfBits(value)), platform[0]);
    }),
  );
});

test('half floats round ties to even', () => {
  assert.equal(fromHalfBits(toHalfBits(1 + 2 ** -11)), 1);
  assert.equal(fromHalfBits(toHalfBits(1 + 3 * 2 ** -11)), 1 + 2 ** -9);
  assert.equal(fromHalfBits(toHalfBits(2 ** -25)), 0);
  assert.equal(fromHalfBits(toHalfBits(65_520)), Infinity);
});

test('brain floats keep the upper half, rounded', () => {
  assert.equal(fromBrainBits(toBrainBits(1.0)), 1);
  assert.equal(fromBrainBits(toBrainBits(2.7)), 2.703125);
  assert.ok(Number.isNaN(fromBrainBits(toBrainBits(NaN))));
  assert.equal(fromBrainBits(toBrainBits(-Infinity)), -Infinity);
});

test('bytes are little-endian', () => {
  assert.deepEqual([...encodeValues('FP32', Float32Array.of(1))], [0, 0, 0x80, 0x3f]);
  assert.deepEqual([...encodeValues('INT64', BigInt64Array.of(-2n))], [0xfe, ...Array<number>(7).fill(0xff)]);
  assert.deepEqual([...encodeValues('BYTES', ['é', ''])], [2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0]);
  assert.deepEqual([...encodeValues('UINT16', Uint16Array.of(0xfffe))], [0xfe, 0xff]);
});

test('what is encoded is decoded, for every type', () => {
  for (const dataType of Object.keys(ELEMENT_TYPES) as ElementTypeName[]) {
    const values = valuesFromNumbers(dataType, [0, 1, 0, 7, 120]);
    assert.deepEqual(decodeValues(dataType, encodeValues(dataType, values), 5), values, dataType);
  }
});

test('decoding takes an unaligned view', () => {
  const bytes = new Uint8Array(9);
  bytes.set(encodeValues('FP64', Float64Array.of(2.5)), 1);
  assert.deepEqual(decodeValues('FP64', bytes.subarray(1), 1), Float64Array.of(2.5));
});

test('bytes that do not fit the count are refused', () => {
  assert.throws(() => decodeValues('FP32', new Uint8Array(7), 2), /expected 8 bytes for 2 elements of FP32, got 7/);
  assert.throws(() => decodeValues('BYTES', Uint8Array.of(9, 0, 0, 0, 1), 1), /longer than the data/);
  assert.throws(() => decodeValues('BYTES', Uint8Array.of(1, 0), 1), /cut off/);
  assert.throws(() => decodeValues('BYTES', Uint8Array.of(0, 0, 0, 0), 2), /expected 2 BYTES elements, got 1/);
});

test('numbers are brought into the range of whole-number types', () => {
  assert.deepEqual(valuesFromNumbers('UINT8', [-3, 254.6, 900]), Uint8Array.of(0, 255, 255));
  assert.deepEqual(valuesFromNumbers('INT8', [-300, 1.2]), Int8Array.of(-128, 1));
  assert.deepEqual(valuesFromNumbers('BOOL', [0.2, 0.9]), Uint8Array.of(0, 1));
});
