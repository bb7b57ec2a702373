import { FEATURE_STATUS, type FeatureColumn, type FeatureReadResult } from '@rangefinder/features';
import { byteLengthOf, encodeBytesElements, type DataType } from '@rangefinder/tensor';
import type { DescribedFeature } from '../ports.ts';

/** What a feature looks like before it is read. */
export interface ColumnShape {
  readonly name: string;
  readonly dataType: DataType;
  readonly width: number;
}

export function columnShape(name: string, described: DescribedFeature): ColumnShape {
  return { name, dataType: described.dataType, width: described.container?.maxLength ?? 1 };
}

interface KeptColumn {
  readonly shape: ColumnShape;
  readonly rowBytes: number;
  readonly bytes: Uint8Array;
  readonly statuses: Uint8Array;
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
      const { rowBytes, bytes, statuses } = target;
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i]!;
        copyRow(column.bytes, i * rowBytes, bytes, slot * rowBytes, rowBytes);
        statuses[slot] = column.statuses[i]!;
      }
    }
  }

  /** Columns for these entities; who is not known has zeros and NOT_FOUND. `known`: how many were. */
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
        };
      });
  }
}

/** Short rows byte by byte: a view for each would cost more than the copy. */
function copyRow(source: Uint8Array, from: number, target: Uint8Array, to: number, byteLength: number): void {
  if (byteLength > 64) target.set(source.subarray(from, from + byteLength), to);
  else for (let i = 0; i < byteLength; i++) target[to + i] = source[from + i]!;
}

/** Zeros, or empty text, with the status NOT_FOUND. */
export function emptyColumn({ name, dataType, width }: ColumnShape, rows: number): FeatureColumn {
  const byteLength = byteLengthOf(dataType, rows * width);
  return {
    name,
    dataType,
    width,
    bytes:
      byteLength === undefined
        ? encodeBytesElements(Array.from({ length: rows * width }, () => new Uint8Array(0)))
        : new Uint8Array(byteLength),
    statuses: new Uint8Array(rows).fill(FEATURE_STATUS.NOT_FOUND),
    lengths: undefined,
  };
}
