/** Limits of one attribute table, each checked before memory is taken. */
export interface AttributeLimits {
  /** Largest item id. Memory is taken for the largest id seen, so keep ids dense. */
  readonly itemIdMax: number;
  readonly columns: number;
  /** Different keywords of one column. */
  readonly keywords: number;
  readonly keywordCharacters: number;
  /** Keywords of one item in one list. */
  readonly listLength: number;
  /** Nesting of a filter. */
  readonly filterDepth: number;
  /** Operators of a filter, and values in its lists, together. */
  readonly filterTerms: number;
  /** Compiled filters that are kept. */
  readonly cachedFilters: number;
  readonly cachedFilterBytes: number;
}

export const DEFAULT_ATTRIBUTE_LIMITS: AttributeLimits = Object.freeze({
  itemIdMax: 16_777_215,
  columns: 256,
  keywords: 4_000_000,
  keywordCharacters: 1024,
  listLength: 1024,
  filterDepth: 32,
  filterTerms: 10_000,
  cachedFilters: 256,
  cachedFilterBytes: 64 * 1024 * 1024,
});
