import type { FeatureColumn } from '@rangefinder/features';
import { byteLengthOf } from '@rangefinder/tensor';
import { textRows } from './values.ts';

/** Some rows of a column, in the order named, as a column of their own. */
export function selectColumnRows(column: FeatureColumn, rows: Uint32Array): FeatureColumn {
  const { name, dataType, width, lengths, statuses } = column;
  const picked = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = statuses[rows[i]!]!;
  return {
    name,
    dataType,
    width,
    bytes:
      dataType === 'BYTES'
        ? textRows({ dataType, width, bytes: column.bytes, rowOf: rows, broadcast: false }, rows.length, name).bytes
        : selectedBytes(column, rows),
    statuses: picked,
    lengths: lengths === undefined ? undefined : Uint32Array.from(rows, (row) => lengths[row]!),
  };
}

function selectedBytes({ dataType, width, bytes }: FeatureColumn, rows: Uint32Array): Uint8Array {
  const target = new Uint8Array(byteLengthOf(dataType, rows.length * width) ?? 0);
  const rowBytes = byteLengthOf(dataType, width) ?? 0;
  // Types of 4 bits whose rows do not end with a byte.
  if (byteLengthOf(dataType, width * 2) !== rowBytes * 2) {
    for (let i = 0; i < rows.length * width; i++) {
      const from = rows[Math.floor(i / width)]! * width + (i % width);
      const nibble = (bytes[from >> 1]! >> ((from & 1) * 4)) & 0xf;
      target[i >> 1]! |= nibble << ((i & 1) * 4);
    }
    return target;
  }
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * rowBytes;
    for (let j = 0; j < rowBytes; j++) target[i * rowBytes + j] = bytes[from + j]!;
  }
  return target;
}
