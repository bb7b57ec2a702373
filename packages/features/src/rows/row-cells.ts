import type { EncodedValue } from '../values/value-encoder.ts';
import { rowChecksum } from './row-checksum.ts';
import {
  alignedTo,
  bitmapBytes,
  POINTER_BYTES,
  ROW_FLAG_OWN_TIMES,
  ROW_HEADER_BYTES,
  ROW_MAGIC,
  ROW_VERSION,
  type RowLayout,
} from './row-layout.ts';
import { RowScratch } from './row-scratch.ts';

/** A row taken apart, one entry for each feature of the view: for merging and for writing. */
export interface RowCells {
  readonly values: (EncodedValue | undefined)[];
  /** When each feature was true, ms since the epoch; 0 for never written. */
  readonly eventMs: Float64Array;
}

export function emptyCells(layout: RowLayout): RowCells {
  return { values: Array.from({ length: layout.slots.length }), eventMs: new Float64Array(layout.slots.length) };
}

/** Newest event time of the row; 0 when nothing was ever written. */
export function newestEventMs({ eventMs }: RowCells): number {
  let newest = 0;
  for (const ms of eventMs) newest = Math.max(newest, ms);
  return newest;
}

/** The row as `row-layout.ts` draws it. */
export function encodeRow(layout: RowLayout, cells: RowCells): Uint8Array {
  const { slots } = layout;
  const count = slots.length;
  const eventMs = newestEventMs(cells);
  const ownTimes = cells.eventMs.some((ms) => ms !== eventMs);
  const timesStart = ROW_HEADER_BYTES + bitmapBytes(count);
  const fixedStart = timesStart + (ownTimes ? count * 8 : 0);
  const variableStart = fixedStart + layout.prefixBytes[count]!;
  const length = alignedTo(variableStart + variableBytes(layout, cells), 8);
  const row = new Uint8Array(length);
  const view = new DataView(row.buffer);
  row[0] = ROW_MAGIC;
  row[1] = (ROW_VERSION << 4) | (ownTimes ? ROW_FLAG_OWN_TIMES : 0);
  view.setUint16(2, count, true);
  view.setUint32(8, length, true);
  view.setUint32(12, layout.prefixHashes[count]!, true);
  view.setFloat64(16, eventMs, true);
  let variableOffset = 0;
  for (const { index, offset, variable } of slots) {
    if (ownTimes) view.setFloat64(timesStart + index * 8, cells.eventMs[index]!, true);
    const value = cells.values[index];
    if (value === undefined) continue;
    row[ROW_HEADER_BYTES + (index >> 3)]! |= 1 << (index & 7);
    if (!variable) {
      row.set(value.bytes, fixedStart + offset);
      continue;
    }
    view.setUint32(fixedStart + offset, variableOffset, true);
    view.setUint32(fixedStart + offset + 4, value.count, true);
    row.set(value.bytes, variableStart + variableOffset);
    variableOffset += alignedTo(value.bytes.length, 8);
  }
  view.setUint32(4, rowChecksum(new Uint32Array(row.buffer), 0, length / 4), true);
  return row;
}

/** The reverse; undefined when the row is damaged or was written for other features. Values are views on a copy. */
export function decodeCells(layout: RowLayout, row: Uint8Array): RowCells | undefined {
  const scratch = new RowScratch();
  scratch.begin(layout, row.length);
  const start = scratch.add(row);
  if (start < 0) return undefined;
  const cells = emptyCells(layout);
  const count = scratch.featuresOf(start);
  for (const slot of layout.slots.slice(0, count)) {
    cells.eventMs[slot.index] = scratch.eventMsOf(start, slot.index);
    if (!scratch.hasValue(start, slot.index)) continue;
    const at = scratch.fixedStartOf(start) + slot.offset;
    if (!slot.variable) {
      cells.values[slot.index] = { bytes: scratch.bytes.slice(at, at + slot.fixedBytes), count: slot.width };
      continue;
    }
    const from = scratch.variableStartOf(start) + scratch.words[at >> 2]!;
    const elements = scratch.words[(at + POINTER_BYTES / 2) >> 2]!;
    const bytes = scratch.variableBytes(start, slot, from, elements);
    if (bytes < 0) return undefined;
    cells.values[slot.index] = { bytes: scratch.bytes.slice(from, from + bytes), count: elements };
  }
  return cells;
}

function variableBytes(layout: RowLayout, cells: RowCells): number {
  let bytes = 0;
  for (const { index, variable } of layout.slots) {
    if (variable) bytes += alignedTo(cells.values[index]?.bytes.length ?? 0, 8);
  }
  return bytes;
}
