import { FEATURE_STATUS } from '../feature-reader.ts';
import { ROW_HEADER_BYTES } from '../rows/row-layout.ts';
import type { RowScratch } from '../rows/row-scratch.ts';

/** The row has values that are neither missing nor too old; which of them are NULL, its bitmap says. */
const LOOK_INSIDE = 0;
/** Its features have event times of their own. */
const OWN_TIMES = 255;

/** Whether something of this event time is too old. An event time in the future is not. */
export function isOutsideMaxAge(eventMs: number, nowMs: number, maxAgeMs: number): boolean {
  return maxAgeMs > 0 && nowMs - eventMs > maxAgeMs;
}

/** What is the same for all features of each row of a view: decided once, before the columns are filled. */
export class RowStates {
  /** Byte offset of each row in the scratch; negative where there is none. */
  readonly starts: Int32Array;
  /** Byte offset of its fixed section. */
  readonly fixedStarts: Int32Array;
  readonly #states: Uint8Array;
  readonly #scratch: RowScratch;
  readonly #nowMs: number;
  readonly #maxAgeMs: number;
  oldestEventMs = 0;

  constructor(scratch: RowScratch, starts: Int32Array, nowMs: number, maxAgeMs: number) {
    this.#scratch = scratch;
    this.#nowMs = nowMs;
    this.#maxAgeMs = maxAgeMs;
    this.starts = starts;
    this.fixedStarts = new Int32Array(starts.length);
    this.#states = new Uint8Array(starts.length);
    for (let row = 0; row < starts.length; row++) this.#states[row] = this.#stateOf(row);
  }

  #stateOf(row: number): number {
    const start = this.starts[row]!;
    if (start < 0) return FEATURE_STATUS.NOT_FOUND;
    const newestMs = this.#scratch.newestEventMsOf(start);
    this.fixedStarts[row] = this.#scratch.fixedStartOf(start);
    if (this.oldestEventMs === 0 || newestMs < this.oldestEventMs) this.oldestEventMs = newestMs;
    if (this.#scratch.hasOwnTimes(start)) return OWN_TIMES;
    return isOutsideMaxAge(newestMs, this.#nowMs, this.#maxAgeMs) ? FEATURE_STATUS.OUTSIDE_MAX_AGE : LOOK_INSIDE;
  }

  /** Statuses of one feature over all rows. Too old comes before NULL; a feature never written is as old as its row. */
  fill(statuses: Uint8Array, index: number): void {
    const bitByte = ROW_HEADER_BYTES + (index >> 3);
    const bit = 1 << (index & 7);
    const { bytes } = this.#scratch;
    for (let row = 0; row < statuses.length; row++) {
      const state = this.#states[row]!;
      if (state !== LOOK_INSIDE) {
        statuses[row] = state === OWN_TIMES ? this.#ownStatus(row, index) : state;
        continue;
      }
      const start = this.starts[row]!;
      const has = index < this.#scratch.featuresOf(start) && (bytes[start + bitByte]! & bit) !== 0;
      statuses[row] = has ? FEATURE_STATUS.PRESENT : FEATURE_STATUS.NULL_VALUE;
    }
  }

  #ownStatus(row: number, index: number): number {
    const start = this.starts[row]!;
    if (isOutsideMaxAge(this.#eventMs(start, index), this.#nowMs, this.#maxAgeMs))
      return FEATURE_STATUS.OUTSIDE_MAX_AGE;
    const known = index < this.#scratch.featuresOf(start);
    return known && this.#scratch.hasValue(start, index) ? FEATURE_STATUS.PRESENT : FEATURE_STATUS.NULL_VALUE;
  }

  /** Event times of one feature over all rows; 0 where there is no row. */
  eventTimes(index: number): Float64Array {
    return Float64Array.from(this.starts, (start) => (start < 0 ? 0 : this.#eventMs(start, index)));
  }

  /** Event time of one feature of a row that is there. */
  eventMsOf(row: number, index: number): number {
    return this.#eventMs(this.starts[row]!, index);
  }

  #eventMs(start: number, index: number): number {
    const own = index < this.#scratch.featuresOf(start) ? this.#scratch.eventMsOf(start, index) : 0;
    return own === 0 ? this.#scratch.newestEventMsOf(start) : own;
  }
}
