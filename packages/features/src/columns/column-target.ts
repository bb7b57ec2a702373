import type { RowScratch } from '../rows/row-scratch.ts';
import type { PlannedColumn } from './column-plan.ts';
import type { ColumnSpace } from './column-slab.ts';
import type { RowStates } from './row-states.ts';

/** Everything that filling one column needs. */
export interface ColumnTarget {
  readonly slot: PlannedColumn['slot'];
  readonly space: ColumnSpace;
  readonly scratch: RowScratch;
  readonly states: RowStates;
  readonly lengths: Uint32Array | undefined;
}
