/** A vector index behind a port. Item ids are the caller's, unsigned 32-bit; names are mapped above it. */
export interface VectorIndex {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: 'cosine' | 'inner_product' | 'l2';
  /** Items. Where others change them too, as of the last count, with the changes that were made here since. */
  readonly size: number;
  /**
   * The k nearest items that pass the filter, best first: always min(k, number of items that pass). Scores are higher for
   * better (cosine similarity, inner product, negated squared distance). Rejects with INVALID_ARGUMENT for a query of other
   * dimensions or with NaN or infinities, CANCELLED, DEADLINE_EXCEEDED.
   */
  search(request: VectorSearch): Promise<VectorHits>;
  upsert(items: readonly VectorItem[]): Promise<void>;
  remove(ids: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/** An index of this process, whose items outlive it in files. What another server keeps needs none. */
export interface SnapshotVectorIndex extends VectorIndex {
  /** Writes a snapshot that `open…` maps or loads again. */
  save(path: string): Promise<void>;
}

export interface VectorSearch {
  readonly query: Float32Array;
  readonly k: number;
  /** undefined for all items. */
  readonly filter: ItemFilter | undefined;
  /** Items to leave out, seen ones for example. */
  readonly exclude?: ReadonlySet<number>;
  readonly signal?: AbortSignal;
  /** Asks how it was searched. */
  readonly explain?: boolean;
}

export interface VectorItem {
  readonly id: number;
  readonly vector: Float32Array;
}

export interface VectorHits {
  readonly ids: Uint32Array;
  readonly scores: Float32Array;
  readonly explanation?: {
    readonly plan: 'exact' | 'filter_first' | 'graph';
    readonly selectivity: number;
    readonly widenings: number;
  };
}

/** A filter compiled against an attribute table: a set of items, with its size. */
export interface ItemFilter {
  /** One bit an item id; bit i of word i >> 5. */
  readonly bits: Uint32Array;
  readonly count: number;
}
