import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowSlice, tensorByteLength, type Tensor, writeRows, writeTensor, WrittenTensor } from '@rangefinder/tensor';
import fc from 'fast-check';

const ROW_BYTES = 12;

/** [rows, 3] FP32, written from `bytes`, and how often. */
function written(bytes: Uint8Array, rows: number): { tensor: WrittenTensor; writes: () => number } {
  let writes = 0;
  const tensor = new WrittenTensor({ name: 'x', dataType: 'FP32', shape: [rows, 3] }, (target, from, count) => {
    writes += 1;
    target.set(bytes.subarray(from * ROW_BYTES, (from + count) * ROW_BYTES));
  });
  return { tensor, writes: () => writes };
}

const rowsOfBytes = fc
  .integer({ min: 1, max: 6 })
  .chain((rows) =>
    fc.tuple(fc.constant(rows), fc.uint8Array({ minLength: rows * ROW_BYTES, maxLength: rows * ROW_BYTES })),
  );

test('slices of a written tensor are those of the same tensor laid out', () => {
  fc.assert(
    fc.property(rowsOfBytes, fc.nat(), fc.nat(), ([rows, bytes], a, b) => {
      const { tensor } = written(bytes, rows);
      const plain: Tensor = { name: 'x', dataType: 'FP32', shape: [rows, 3], bytes };
      const from = a % rows;
      const count = 1 + (b % (rows - from));
      const slice = rowSlice(tensor, from, count);
      const expected = rowSlice(plain, from, count);
      assert.deepEqual(slice.shape, expected.shape);
      assert.equal(tensorByteLength(slice), expected.bytes.length);
      assert.deepEqual(new Uint8Array(slice.bytes), new Uint8Array(expected.bytes));
      const joined = new Uint8Array(bytes.length + expected.bytes.length).fill(0xaa);
      writeRows(joined, [slice, plain]);
      assert.deepEqual(joined, Uint8Array.from([...expected.bytes, ...bytes]));
    }),
  );
});

test('values go straight where they are wanted; they are laid out once, for who asks', () => {
  const bytes = Uint8Array.from({ length: 2 * ROW_BYTES }, (_, i) => i);
  const { tensor, writes } = written(bytes, 2);
  const target = new Uint8Array(bytes.length);
  writeTensor(target, tensor);
  assert.deepEqual(target, bytes);
  assert.equal(writes(), 1);
  assert.equal(tensor.bytes, tensor.bytes);
  assert.equal(writes(), 2);
});

test('what has no rows of a fixed size is refused', () => {
  assert.throws(
    () => new WrittenTensor({ name: 'x', dataType: 'BYTES', shape: [2] }, () => {}),
    /no rows of a fixed size/,
  );
  assert.throws(
    () => new WrittenTensor({ name: 'x', dataType: 'FP32', shape: [] }, () => {}),
    /no rows of a fixed size/,
  );
});
