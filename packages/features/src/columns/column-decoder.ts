import { FEATURE_STATUS, type FeatureColumn } from '../feature-reader.ts';
import type { RowScratch } from '../rows/row-scratch.ts';
import { copyNibbles } from './bit-copy.ts';
import type { PlannedColumn } from './column-plan.ts';
import type { ColumnSpace } from './column-slab.ts';
import type { ColumnTarget } from './column-target.ts';
import type { RowStates } from './row-states.ts';
import { decodeTextColumn } from './text-column.ts';

const { PRESENT, NOT_FOUND } = FEATURE_STATUS;

/** Decodes one feature of all rows into `space`. Only what was asked for is ever touched. */
export function decodeColumn(
  { name, slot, whenAbsent }: PlannedColumn,
  space: ColumnSpace,
  scratch: RowScratch,
  states: RowStates,
): FeatureColumn {
  const { statuses } = space;
  const rows = statuses.length;
  const isList = slot.spec.container?.kind === 'list';
  const lengths = isList ? new Uint32Array(rows) : undefined;
  states.fill(statuses, slot.index);
  const target: ColumnTarget = { slot, space, scratch, states, lengths };
  let { bytes } = space;
  if (slot.elementBits === 0) {
    bytes = decodeTextColumn(target, whenAbsent);
  } else {
    if (slot.variable) copyLists(target);
    else copyFixed(target);
    if (whenAbsent !== undefined) fillAbsent(target, whenAbsent.bytes, whenAbsent.count);
  }
  return { name, dataType: slot.spec.dataType, width: slot.width, bytes, statuses, lengths };
}

/** Scalars and vectors: as many whole words, shorts, bytes or nibbles a row as it has, from aligned to aligned. */
function copyFixed({ slot, space, scratch, states: { fixedStarts } }: ColumnTarget): void {
  const { bytes, statuses } = space;
  const rowBits = slot.width * slot.elementBits;
  if (rowBits % 8 !== 0) {
    for (let row = 0; row < statuses.length; row++) {
      if (statuses[row] !== PRESENT) continue;
      copyNibbles(bytes, row * slot.width, scratch.bytes, (fixedStarts[row]! + slot.offset) * 2, slot.width);
    }
    return;
  }
  const unit = unitOf(slot.elementBits);
  const source = unit === 4 ? scratch.words : unit === 2 ? scratch.shorts : scratch.bytes;
  const target = viewOf(bytes, unit);
  const units = rowBits / 8 / unit;
  for (let row = 0; row < statuses.length; row++) {
    if (statuses[row] !== PRESENT) continue;
    const from = (fixedStarts[row]! + slot.offset) / unit;
    const to = row * units;
    for (let i = 0; i < units; i++) target[to + i] = source[from + i]!;
  }
}

/** Lists, cut at the column's width. A list that runs past its row becomes NOT_FOUND like any damage. */
function copyLists({ slot, space, scratch, states, lengths }: ColumnTarget): void {
  const { bytes, statuses } = space;
  for (let row = 0; row < statuses.length; row++) {
    if (statuses[row] !== PRESENT) continue;
    const start = states.starts[row]!;
    const pointer = (states.fixedStarts[row]! + slot.offset) >> 2;
    const from = scratch.variableStartOf(start) + scratch.words[pointer]!;
    const count = Math.min(scratch.words[pointer + 1]!, slot.width);
    const size = scratch.variableBytes(start, slot, from, count);
    if (size < 0) {
      statuses[row] = NOT_FOUND;
      continue;
    }
    lengths![row] = count;
    if (slot.elementBits < 8) copyNibbles(bytes, row * slot.width, scratch.bytes, from * 2, count);
    else bytes.set(scratch.bytes.subarray(from, from + size), (row * slot.width * slot.elementBits) / 8);
  }
}

function fillAbsent({ slot, space, lengths }: ColumnTarget, value: Uint8Array, count: number): void {
  const { bytes, statuses } = space;
  for (let row = 0; row < statuses.length; row++) {
    if (statuses[row] === PRESENT) continue;
    if (lengths !== undefined) lengths[row] = count;
    if (slot.elementBits < 8) copyNibbles(bytes, row * slot.width, value, 0, count);
    else bytes.set(value, (row * slot.width * slot.elementBits) / 8);
  }
}

function unitOf(elementBits: number): 1 | 2 | 4 {
  if (elementBits >= 32) return 4;
  return elementBits === 16 ? 2 : 1;
}

function viewOf(bytes: Uint8Array, unit: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array {
  if (unit === 1) return bytes;
  const { buffer, byteOffset, length } = bytes;
  return unit === 2 ? new Uint16Array(buffer, byteOffset, length / 2) : new Uint32Array(buffer, byteOffset, length / 4);
}
