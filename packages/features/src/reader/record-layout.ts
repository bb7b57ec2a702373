import type { DataType } from '@rangefinder/tensor';
import type { PlannedColumn } from '../columns/column-plan.ts';

/** Where a column's values stand in a record. */
export interface RecordField {
  readonly dataType: DataType;
  readonly width: number;
  readonly offsetWords: number;
  readonly byteLength: number;
  /** The word that says how many elements of a list count; undefined for scalars and vectors. */
  readonly countWord: number | undefined;
}

/**
 * What a reader wants of one row, decoded and side by side in 32-bit words, in the order of its columns, so that
 * neighbours in a model's input are neighbours here:
 *
 *     f0 f0 f1 f2 f2 f2 … n0 n2        values, each from a whole word; then the counts of lists
 */
export interface RecordLayout {
  readonly fields: readonly RecordField[];
  readonly strideWords: number;
}

/** Undefined where a column has no fixed size (text), or elements smaller than a byte. */
export function recordLayout(columns: readonly PlannedColumn[]): RecordLayout | undefined {
  const fields: RecordField[] = [];
  let end = 0;
  for (const { slot } of columns) {
    if (slot.elementBits < 8) return undefined;
    const byteLength = (slot.width * slot.elementBits) / 8;
    const { dataType } = slot.spec;
    fields.push({ dataType, width: slot.width, offsetWords: end, byteLength, countWord: undefined });
    end += Math.ceil(byteLength / 4);
  }
  const counted = fields.map((field, i) =>
    columns[i]!.slot.spec.container?.kind === 'list' ? { ...field, countWord: end++ } : field,
  );
  return { fields: counted, strideWords: end };
}
