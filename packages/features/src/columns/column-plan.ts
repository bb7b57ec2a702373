import type { FeatureSlot } from '../rows/row-layout.ts';
import type { EncodedValue } from '../values/value-encoder.ts';

/** A feature that a reader was compiled for. */
export interface PlannedColumn {
  /** `view:feature`. */
  readonly name: string;
  readonly slot: FeatureSlot;
  /** What stands where there is no value; undefined for zeros and empty BYTES. Shorter than `width` for lists. */
  readonly whenAbsent: EncodedValue | undefined;
}

/** Bytes of a column of `rows` rows; for BYTES what is known before the values are: one length an element. */
export function columnBytes({ elementBits, width }: FeatureSlot, rows: number): number {
  return elementBits === 0 ? rows * width * 4 : Math.ceil((rows * width * elementBits) / 8);
}
