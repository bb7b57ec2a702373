import { decodeColumn } from '../columns/column-decoder.ts';
import type { ColumnSpace } from '../columns/column-slab.ts';
import { RowStates } from '../columns/row-states.ts';
import type { FeatureColumn } from '../feature-reader.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import { RowScratch, UNREADABLE } from '../rows/row-scratch.ts';
import type { PlannedView } from './planned-view.ts';

/** Below every place of a row in the scratch. */
const NO_ROW = UNREADABLE - 1;

export interface RowSpan {
  readonly rows: readonly (Uint8Array | undefined)[];
  readonly from: number;
  readonly count: number;
}

export interface DecodedView {
  /** In the order of the view's planned columns. */
  readonly columns: readonly FeatureColumn[];
  readonly states: RowStates;
  /** Where each row starts in the scratch; UNREADABLE or less where there is none to read. */
  readonly starts: Int32Array;
}

/** Rows of one view into columns. What it answers is good until it is asked again, the columns for good. */
export class ViewDecoder {
  readonly #scratch = new RowScratch();
  readonly #rowBytes: number;

  constructor(rowBytes: number) {
    this.#rowBytes = rowBytes;
  }

  /** Rows `from` to `from + count`. `spaces` in the order of the view's planned columns. */
  decode(
    view: PlannedView,
    { rows, from, count }: RowSpan,
    spaces: readonly ColumnSpace[],
    ages: { readonly nowMs: number; readonly maxAgeMs: number },
  ): DecodedView {
    const starts = this.#gather(view.layout, rows, from, count);
    const states = new RowStates(this.#scratch, starts, ages.nowMs, ages.maxAgeMs);
    const columns = view.columns.map(({ planned }, i) => decodeColumn(planned, spaces[i]!, this.#scratch, states));
    return { columns, states, starts };
  }

  /** Whether the features of the row that starts here have event times of their own. */
  hasOwnTimes(start: number): boolean {
    return start >= 0 && this.#scratch.hasOwnTimes(start);
  }

  newestEventMs(start: number): number {
    return this.#scratch.newestEventMsOf(start);
  }

  /** Copies one view's rows side by side; answers where each starts, UNREADABLE, or below that for no row. */
  #gather(layout: RowLayout, rows: readonly (Uint8Array | undefined)[], from: number, count: number): Int32Array {
    let total = 0;
    for (let i = 0; i < count; i++) total += Math.min(rows[from + i]?.length ?? 0, this.#rowBytes);
    this.#scratch.begin(layout, total);
    const starts = new Int32Array(count).fill(NO_ROW);
    for (let i = 0; i < count; i++) {
      const row = rows[from + i];
      if (row !== undefined) starts[i] = row.length > this.#rowBytes ? UNREADABLE : this.#scratch.add(row);
    }
    return starts;
  }
}
