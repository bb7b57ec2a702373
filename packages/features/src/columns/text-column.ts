import { FEATURE_STATUS } from '../feature-reader.ts';
import type { EncodedValue } from '../values/value-encoder.ts';
import type { ColumnTarget } from './column-target.ts';

const { PRESENT, NOT_FOUND } = FEATURE_STATUS;

/**
 * BYTES have no fixed size: one walk finds each row's elements and how long the column gets, the second copies. Rows with
 * fewer elements than the width, and those without a value, are filled up with empty ones.
 */
export function decodeTextColumn(target: ColumnTarget, whenAbsent: EncodedValue | undefined): Uint8Array {
  const { slot, space, scratch, states, lengths } = target;
  const { statuses } = space;
  const rows = statuses.length;
  const froms = new Uint32Array(rows);
  const sizes = new Uint32Array(rows);
  const counts = lengths ?? new Uint32Array(rows);
  const absentCount = whenAbsent?.count ?? 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    if (statuses[row] === PRESENT) {
      const start = states.starts[row]!;
      const pointer = (states.fixedStarts[row]! + slot.offset) >> 2;
      const from = scratch.variableStartOf(start) + scratch.words[pointer]!;
      const count = Math.min(scratch.words[pointer + 1]!, slot.width);
      const size = scratch.variableBytes(start, slot, from, count);
      if (size < 0) statuses[row] = NOT_FOUND;
      else {
        froms[row] = from;
        sizes[row] = size;
        counts[row] = count;
      }
    }
    if (statuses[row] !== PRESENT) {
      sizes[row] = whenAbsent?.bytes.length ?? 0;
      counts[row] = absentCount;
    }
    total += sizes[row]! + (slot.width - counts[row]!) * 4;
  }
  const bytes = total <= space.bytes.length ? space.bytes.subarray(0, total) : new Uint8Array(total);
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    const size = sizes[row]!;
    if (statuses[row] === PRESENT) bytes.set(scratch.bytes.subarray(froms[row], froms[row]! + size), offset);
    else if (whenAbsent !== undefined) bytes.set(whenAbsent.bytes, offset);
    offset += size + (slot.width - counts[row]!) * 4;
  }
  return bytes;
}
