import type { ItemFilter } from '../vector-index.ts';

/** The set of items that pass a filter, with the share of the table's items that it is. Never changes once handed out. */
export interface CompiledFilter extends ItemFilter {
  /** Of the items that have a row; 0 for an empty table. */
  readonly selectivity: number;
  /** The same for filters that say the same by structure, however they were written. */
  readonly canonical: string;
}
