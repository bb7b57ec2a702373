export type VectorMetric = 'cosine' | 'inner_product' | 'l2';

/** How the vectors are kept for the final scores. The graph is always walked on 8-bit codes, which are kept besides. */
export type VectorStorage = 'float32' | 'float16' | 'int8';

/** Limits of one index. Each is checked before memory is taken, and named in the error when it is passed. */
export interface VectorIndexLimits {
  readonly items: number;
  readonly dimensions: number;
  /** Results of one search. */
  readonly k: number;
  /** Ids that one search leaves out. */
  readonly excluded: number;
  /** Searches that wait or run. */
  readonly pendingSearches: number;
  /** All memory of the index: vectors, graph and what searches work with. At most 4 GiB. */
  readonly memoryBytes: number;
}

export const DEFAULT_VECTOR_INDEX_LIMITS: VectorIndexLimits = Object.freeze({
  items: 4_000_000,
  dimensions: 4096,
  k: 10_000,
  excluded: 100_000,
  pendingSearches: 4096,
  memoryBytes: 4 * 1024 ** 3 - 65_536,
});
