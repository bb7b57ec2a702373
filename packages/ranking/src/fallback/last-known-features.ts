import { columnOfValues, FEATURE_STATUS, type FeatureColumn, type FeatureReadResult } from '@rangefinder/features';
import { byteLengthOf, type DataType } from '@rangefinder/tensor';
import type { DescribedFeature } from '../ports.ts';

/** What a feature looks like before it is read. */
export interface ColumnShape {
  readonly name: string;
  readonly dataType: DataType;
  readonly width: number;
  readonly described: DescribedFeature;
}

export function columnShape(name: string, described: DescribedFeature): ColumnShape {
  return { name, dataType: described.dataType, width: described.container?.maxLength ?? 1, described };
}

interface KeptColumn {
  readonly shape: ColumnShape;
  readonly rowBytes: number;
  readonly bytes: Uint8Array;
  readonly statuses: Uint8Array;
  /** Of lists. */
  readonly lengths: Uint32Array | undefined;
}

/**
 * The features last read of a bounded number of entities, in columns, for when the store does not answer. Text is not kept.
 * Memory is taken when the first features come: entities × bytes of a row.
 */
export class LastKnownFeatures {
  readonly #capacity: number;
  readonly #shapes: readonly ColumnShape[];
  readonly #slots = new Map<string, number>();
  readonly #owners: string[] = [];
  #columns: readonly KeptColumn[] | undefined = undefined;
  #next = 0;

  constructor(capacity: number, shapes: readonly ColumnShape[]) {
    this.#capacity = capacity;
    this.#shapes = shapes;
  }

  keep(entityIds: readonly string[], { columns }: FeatureReadResult): void {
    if (this.#capacity === 0) return;
    const kept = (this.#columns ??= this.#allocate());
    const slots = Uint32Array.from(entityIds, (id) => this.#slotOf(id));
    for (const column of columns) {
      const target = kept.find(({ shape }) => shape.name === column.name);
      if (target === undefined || target.shape.width !== column.width) continue;
      const { rowBytes, bytes, statuses, lengths } = target;
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i]!;
        copyRow(column.bytes, i * rowBytes, bytes, slot * rowBytes, rowBytes);
        statuses[slot] = column.statuses[i]!;
        if (lengths !== undefined) lengths[slot] = column.lengths?.[i] ?? 0;
      }
    }
  }

  /** Columns for these entities; who is not known has defaults and NOT_FOUND. `known`: how many were. */
  recall(entityIds: readonly string[]): { readonly columns: readonly FeatureColumn[]; readonly known: number } {
    const slots = entityIds.map((id) => this.#slots.get(id));
    const known = slots.reduce<number>((count, slot) => count + Number(slot !== undefined), 0);
    const columns = this.#shapes.map((shape): FeatureColumn => {
      const column = emptyColumn(shape, entityIds.length);
      const kept = this.#columns?.find((one) => one.shape === shape);
      if (kept === undefined) return column;
      const { rowBytes } = kept;
      slots.forEach((slot, i) => {
        if (slot === undefined) return;
        copyRow(kept.bytes, slot * rowBytes, column.bytes, i * rowBytes, rowBytes);
        column.statuses[i] = kept.statuses[slot]!;
        if (column.lengths !== undefined) column.lengths[i] = kept.lengths?.[slot] ?? 0;
      });
      return column;
    });
    return { columns, known };
  }

  #slotOf(id: string): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.#next;
    this.#next = (slot + 1) % this.#capacity;
    const owner = this.#owners[slot];
    if (owner !== undefined) this.#slots.delete(owner);
    this.#owners[slot] = id;
    this.#slots.set(id, slot);
    return slot;
  }

  #allocate(): KeptColumn[] {
    return this.#shapes
      .filter(({ dataType }) => dataType !== 'BYTES')
      .map((shape) => {
        const rowBytes = byteLengthOf(shape.dataType, shape.width)!;
        return {
          shape,
          rowBytes,
          bytes: new Uint8Array(rowBytes * this.#capacity),
          statuses: new Uint8Array(this.#capacity),
          lengths: shape.described.container?.kind === 'list' ? new Uint32Array(this.#capacity) : undefined,
        };
      });
  }
}

/** Short rows byte by byte: a view for each would cost more than the copy. */
function copyRow(source: Uint8Array, from: number, target: Uint8Array, to: number, byteLength: number): void {
  if (byteLength > 64) target.set(source.subarray(from, from + byteLength), to);
  else for (let i = 0; i < byteLength; i++) target[to + i] = source[from + i]!;
}

/** Defaults with the status NOT_FOUND. */
export function emptyColumn({ name, described }: ColumnShape, rows: number): FeatureColumn {
  const nothing = Array.from({ length: rows }, () => null);
  const column = columnOfValues(name, described, nothing, described.default ?? null);
  column.statuses.fill(FEATURE_STATUS.NOT_FOUND);
  return column;
}
