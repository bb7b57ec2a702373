import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elementCount, rowSlice, splitRows, writeRows, type Tensor } from '@rangefinder/tensor';
import { arbitraryTensor, PROTOCOL_DATA_TYPES } from '@rangefinder/testing';

const tensorAndSplit = fc
  .tuple(fc.array(fc.nat({ max: 4 }), { maxLength: 5 }), fc.array(fc.nat({ max: 3 }), { maxLength: 2 }))
  .chain(([split, inner]) => {
    const rows = split.reduce((sum, count) => sum + count, 0);
    return fc.tuple(
      fc.constant(split),
      arbitraryTensor({ name: 'x', dataTypes: PROTOCOL_DATA_TYPES, shape: [rows, ...inner] }),
    );
  });

test('slices written back one after the other are the tensor', () => {
  fc.assert(
    fc.property(tensorAndSplit, ([split, tensor]) => {
      const slices = splitRows(tensor, split);
      let offset = 0;
      for (const [i, rows] of split.entries()) {
        assert.deepEqual(rowSlice(tensor, offset, rows), slices[i]);
        assert.deepEqual(slices[i]!.shape, [rows, ...tensor.shape.slice(1)]);
        offset += rows;
      }
      const joined = new Uint8Array(tensor.bytes.length);
      writeRows(joined, slices);
      assert.deepEqual(joined, new Uint8Array(tensor.bytes));
    }),
  );
});

test('a slice is a view on the tensor, not a copy', () => {
  const tensor: Tensor = { name: 'x', dataType: 'FP32', shape: [4, 2], bytes: new Uint8Array(32) };
  const slice = rowSlice(tensor, 1, 2);
  assert.equal(slice.bytes.buffer, tensor.bytes.buffer);
  assert.equal(slice.bytes.byteOffset, 8);
});

test('4-bit rows that start within a byte are repacked', () => {
  const tensor: Tensor = {
    name: 'x',
    dataType: 'UINT4',
    shape: [3, 3],
    bytes: Uint8Array.of(0x21, 0x43, 0x65, 0x87, 0x09),
  };
  assert.deepEqual([...rowSlice(tensor, 1, 1).bytes], [0x54, 0x06]);
  assert.deepEqual([...rowSlice(tensor, 2, 1).bytes], [0x87, 0x09]);
  assert.equal(elementCount(rowSlice(tensor, 1, 2).shape), 6);
});

test('rows outside the tensor are refused', () => {
  const tensor: Tensor = { name: 'x', dataType: 'INT8', shape: [2], bytes: new Uint8Array(2) };
  assert.throws(() => rowSlice(tensor, 1, 2), /x: rows \[1, 3\) lie outside shape \[2\]/);
  assert.throws(() => rowSlice({ ...tensor, shape: [] }, 0, 1), /a scalar has no rows/);
  assert.throws(() => splitRows(tensor, [1]), /1 rows asked for/);
  assert.throws(() => writeRows(new Uint8Array(3), [tensor]), /parts have 2 bytes, the target 3/);
  assert.throws(() => writeRows(new Uint8Array(3), [tensor, tensor]), /parts have 4 bytes/);
});
