import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeatureColumn, writeColumn, writtenBytes } from '@rangefinder/features';
import type { DataType } from '@rangefinder/tensor';
import fc from 'fast-check';

function columnOf(dataType: DataType, width: number, bytes: Uint8Array, rows: number): FeatureColumn {
  return { name: 'v:f', dataType, width, bytes, statuses: new Uint8Array(rows).fill(2), lengths: undefined };
}

test('a column of one row is repeated for every row, of whatever width', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 33 }), fc.integer({ min: 0, max: 40 }), (bytes, rows) => {
      const column = columnOf('UINT8', bytes.length, bytes, 1);
      const target = new Uint8Array(writtenBytes(column, { rows, broadcast: true }));
      writeColumn(target, column, { rows, broadcast: true });
      assert.deepEqual([...target], Array.from({ length: rows }, () => [...bytes]).flat());
    }),
  );
});

test('half a byte is repeated as half a byte', () => {
  const column = columnOf('UINT4', 3, Uint8Array.of(0x21, 0x03), 1);
  const target = new Uint8Array(3);
  writeColumn(target, column, { rows: 2, broadcast: true });
  assert.deepEqual([...target], [0x21, 0x13, 0x32]);
});

test('BYTES are repeated with their lengths', () => {
  const column = columnOf('BYTES', 1, Uint8Array.of(1, 0, 0, 0, 65), 1);
  const options = { rows: 3, broadcast: true };
  const target = new Uint8Array(writtenBytes(column, options));
  writeColumn(target, column, options);
  assert.deepEqual([...target], [1, 0, 0, 0, 65, 1, 0, 0, 0, 65, 1, 0, 0, 0, 65]);
});

test('rows and bytes that do not fit are refused with the feature named', () => {
  const column = columnOf('INT32', 1, new Uint8Array(8), 2);
  assert.throws(() => writeColumn(new Uint8Array(12), column, { rows: 3 }), /v:f: expected a column of 3 rows, got 2/);
  assert.throws(() => writeColumn(new Uint8Array(7), column, { rows: 2 }), /v:f: expected a target of 8 bytes, got 7/);
  assert.throws(() => writeColumn(new Uint8Array(8), column, { rows: 2, broadcast: true }), /of 1 rows, got 2/);
});
