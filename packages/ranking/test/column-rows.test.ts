import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureColumn } from '@rangefinder/features';
import { decodeStringElements, encodeStringElements } from '@rangefinder/tensor';
import { selectColumnRows } from '../src/funnel/column-rows.ts';

const ROWS = Uint32Array.of(3, 0, 3);

function column(change: Partial<FeatureColumn>): FeatureColumn {
  const statuses = Uint8Array.of(1, 2, 3, 4);
  return { name: 'v:f', dataType: 'INT8', width: 1, bytes: new Uint8Array(4), statuses, lengths: undefined, ...change };
}

test('rows of a column, whatever their width', () => {
  const bytes = Uint8Array.of(10, 11, 12, 13, 14, 15, 16, 17);
  const picked = selectColumnRows(column({ width: 2, bytes, lengths: Uint32Array.of(1, 2, 0, 2) }), ROWS);
  assert.deepEqual([...picked.bytes], [16, 17, 10, 11, 16, 17]);
  assert.deepEqual([...picked.statuses], [4, 1, 4]);
  assert.deepEqual([...picked.lengths!], [2, 1, 2]);
});

test('text', () => {
  const bytes = encodeStringElements(['a', '', 'b', 'bb', 'c', 'cc', 'd', 'ddd']);
  const picked = selectColumnRows(column({ dataType: 'BYTES', width: 2, bytes }), ROWS);
  assert.deepEqual(decodeStringElements(picked.bytes, 6), ['d', 'ddd', 'a', '', 'd', 'ddd']);
});

test('types of 4 bits, whose rows need not end with a byte', () => {
  const odd = selectColumnRows(column({ dataType: 'UINT4', bytes: Uint8Array.of(0x21, 0x43) }), ROWS);
  assert.deepEqual([...odd.bytes], [0x14, 0x04]);
  const even = selectColumnRows(column({ dataType: 'UINT4', width: 2, bytes: Uint8Array.of(1, 2, 3, 4) }), ROWS);
  assert.deepEqual([...even.bytes], [4, 1, 4]);
});
