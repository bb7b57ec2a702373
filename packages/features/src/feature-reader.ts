import type { DataType } from '@rangefinder/tensor';

/** What a feature view declares of one feature. */
export interface FeatureSpec {
  readonly name: string;
  readonly dataType: DataType;
  /** undefined: one value. `list`: any length up to maxLength. `vector`: exactly maxLength (an embedding). */
  readonly container: { readonly kind: 'list' | 'vector'; readonly maxLength: number } | undefined;
}

export interface FeatureViewSpec {
  readonly name: string;
  /** Name of the entity, such as `user` or `item`. */
  readonly entity: string;
  /** Values older than this at the time of the request are OUTSIDE_MAX_AGE; 0 for no limit. Enforced at every read. */
  readonly maxAgeMs: number;
  readonly features: readonly FeatureSpec[];
}

/** Feast's field statuses, by their numbers in `FieldStatus`. */
export const FEATURE_STATUS = Object.freeze({ PRESENT: 2, NULL_VALUE: 3, NOT_FOUND: 1, OUTSIDE_MAX_AGE: 4 });

/**
 * One feature of many entities as a column: what a model's input tensor takes, without an object per entity. Scalars:
 * `values` has one element an entity. Vectors: `width` elements. Lists: padded to `width` elements, `lengths` says how many
 * count. Where the status is not PRESENT, values are the feature's default (zero unless the reader was told otherwise).
 */
export interface FeatureColumn {
  /** `view:feature`, as Feast names it. */
  readonly name: string;
  readonly dataType: DataType;
  readonly width: number;
  /** Row-major little-endian bytes, entities × width elements; for BYTES the protocol's encoding. */
  readonly bytes: Uint8Array;
  readonly statuses: Uint8Array;
  readonly lengths: Uint32Array | undefined;
  /** Where the values lie row by row, before anybody asks for `bytes`; undefined where they only lie as `bytes`. */
  readonly strip?: ColumnStrip | undefined;
}

/** A column inside a block of rows: row i has its values from `i × strideWords + offsetWords`, in 32-bit words. */
export interface ColumnStrip {
  readonly words: Uint32Array;
  readonly strideWords: number;
  readonly offsetWords: number;
}

/** Entities that also have numbers: unsigned 32-bit, dense, and the same for the same entity from read to read. */
export interface NumberedEntities {
  readonly ids: readonly string[];
  /** `UNNUMBERED` for an entity without one. */
  readonly numbers: Uint32Array;
}

export const UNNUMBERED = 0xffff_ffff;

export interface NumberedReadOptions {
  readonly nowMs: number;
  readonly timeoutMs: number;
  /** Memory for the values, which may be dirty; new memory where it is left out. */
  readonly allocate?: (words: number) => Uint32Array;
}

export interface FeatureReadResult {
  readonly columns: readonly FeatureColumn[];
  /** Oldest event timestamp among the rows read, ms since the epoch; 0 for none. */
  readonly oldestEventMs: number;
  /** Rows that came from a copy because the store did not answer; they may be older than what it has. */
  readonly staleRows: number;
}

/** Reads features of one entity type, compiled once for the features that the declared models read. */
export interface FeatureReader {
  /** The features, as `view:feature`, in column order. */
  readonly features: readonly string[];
  /** One round trip for all views and entities. Rejects as `RowStore.readMany` does. */
  read(
    entityIds: readonly string[],
    options: { readonly nowMs: number; readonly timeoutMs: number },
  ): Promise<FeatureReadResult>;
  /**
   * The same values for numbered entities, at once where all rows lie in this process. What was decoded once is found again by
   * number while its row stays the same; ages are looked at in every read. Left out by readers that only read by id.
   */
  readNumbered?(
    entities: NumberedEntities,
    options: NumberedReadOptions,
  ): FeatureReadResult | Promise<FeatureReadResult>;
}
