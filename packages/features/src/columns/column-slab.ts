import { columnBytes, type PlannedColumn } from './column-plan.ts';

/** Space for one column, cut from the slab. */
export interface ColumnSpace {
  readonly bytes: Uint8Array;
  readonly statuses: Uint8Array;
}

/** One allocation for all columns of a read: values at multiples of 8 bytes, and behind them the statuses. */
export function allocateColumns(columns: readonly PlannedColumn[], rows: number): ColumnSpace[] {
  const sizes = columns.map(({ slot }) => columnBytes(slot, rows));
  const valueBytes = sizes.reduce((sum, size) => sum + padded(size), 0);
  const buffer = new ArrayBuffer(valueBytes + columns.length * rows);
  let offset = 0;
  return sizes.map((size, i) => {
    const bytes = new Uint8Array(buffer, offset, size);
    offset += padded(size);
    return { bytes, statuses: new Uint8Array(buffer, valueBytes + i * rows, rows) };
  });
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
