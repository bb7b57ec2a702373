import { rowChecksum } from './row-checksum.ts';
import {
  bitmapBytes,
  type FeatureSlot,
  ROW_FLAG_OWN_TIMES,
  ROW_HEADER_BYTES,
  ROW_MAGIC,
  ROW_VERSION,
  type RowLayout,
} from './row-layout.ts';

/** A row that cannot be read: damaged, or of other features. */
export const UNREADABLE = -1;

const SCRATCH_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Rows of one view side by side in one buffer, each checked as it comes in and aligned to 8 bytes, so that all of them are
 * read through the same few typed arrays: no view, no object for a row. Positions are byte offsets into `bytes`.
 */
export class RowScratch {
  bytes = new Uint8Array(0);
  shorts = new Uint16Array(0);
  words = new Uint32Array(0);
  #doubles = new Float64Array(0);
  #layout: RowLayout | undefined;
  #end = 0;

  /** Makes room for rows of `layout` with `totalBytes` together, and forgets what was there. */
  begin(layout: RowLayout, totalBytes: number): void {
    this.#layout = layout;
    this.#end = 0;
    const tooLarge = this.bytes.length > SCRATCH_KEPT_BYTES && totalBytes < SCRATCH_KEPT_BYTES;
    if (this.bytes.length >= totalBytes && !tooLarge) return;
    const buffer = new ArrayBuffer(Math.ceil(totalBytes / 4096) * 4096);
    this.bytes = new Uint8Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  /** Copies a row in and answers where it starts, or UNREADABLE. */
  add(row: Uint8Array): number {
    const layout = this.#layout!;
    const { length } = row;
    if (length < ROW_HEADER_BYTES || length % 8 !== 0 || row[0] !== ROW_MAGIC) return UNREADABLE;
    if (row[1]! >> 4 !== ROW_VERSION || (row[1]! & 0xf) > ROW_FLAG_OWN_TIMES) return UNREADABLE;
    const start = this.#end;
    this.bytes.set(row, start);
    const word = start >> 2;
    if (this.words[word + 2] !== length) return UNREADABLE;
    const count = this.featuresOf(start);
    if (count > layout.slots.length || this.words[word + 3] !== layout.prefixHashes[count]) return UNREADABLE;
    if (this.variableStartOf(start) > start + length) return UNREADABLE;
    if (this.words[word + 1] !== rowChecksum(this.words, word, length >> 2)) return UNREADABLE;
    this.#end = start + length;
    return start;
  }

  featuresOf(start: number): number {
    return this.shorts[(start >> 1) + 1]!;
  }

  newestEventMsOf(start: number): number {
    return this.#doubles[(start >> 3) + 2]!;
  }

  hasOwnTimes(start: number): boolean {
    return (this.bytes[start + 1]! & ROW_FLAG_OWN_TIMES) !== 0;
  }

  /** When the feature was true; 0 if it was never written. */
  eventMsOf(start: number, index: number): number {
    if (!this.hasOwnTimes(start)) return this.newestEventMsOf(start);
    return this.#doubles[((start + ROW_HEADER_BYTES + bitmapBytes(this.featuresOf(start))) >> 3) + index]!;
  }

  hasValue(start: number, index: number): boolean {
    return (this.bytes[start + ROW_HEADER_BYTES + (index >> 3)]! & (1 << (index & 7))) !== 0;
  }

  fixedStartOf(start: number): number {
    const count = this.featuresOf(start);
    return start + ROW_HEADER_BYTES + bitmapBytes(count) + (this.hasOwnTimes(start) ? count * 8 : 0);
  }

  variableStartOf(start: number): number {
    return this.fixedStartOf(start) + this.#layout!.prefixBytes[this.featuresOf(start)]!;
  }

  /** Length of `count` elements at `from` in the variable section; -1 when they run past the row's end. */
  variableBytes(start: number, slot: FeatureSlot, from: number, count: number): number {
    const end = start + this.words[(start >> 2) + 2]!;
    if (slot.elementBits > 0) {
      const bytes = Math.ceil((count * slot.elementBits) / 8);
      return from + bytes > end ? -1 : bytes;
    }
    let at = from;
    for (let i = 0; i < count; i++) {
      if (at + 4 > end) return -1;
      at += 4 + this.#lengthAt(at);
    }
    return at > end ? -1 : at - from;
  }

  #lengthAt(at: number): number {
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) + bytes[at + 3]! * 0x100_0000;
  }
}
