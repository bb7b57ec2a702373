/** Widest beam of a walk: past it a scan is cheaper. */
export const BEAM_WIDTH_MAX = 4096;

/** Measured: a step of the walk, with the vectors that it reads all over memory, costs as much as scanning this many items. */
const SCANNED_PER_STEP = 60;
/** Below it a scan of everything takes less than a tenth of a millisecond. */
const SMALL_INDEX_ITEMS = 2000;

export interface SearchNeed {
  readonly k: number;
  readonly items: number;
  /** Slots that a walk may meet: live items, and dead ones that are still linked. */
  readonly linkedSlots: number;
  /** Size of the filter; undefined without one. */
  readonly filterCount: number | undefined;
  readonly excludedCount: number;
  /** Beam width for a search without filter and with a small k. */
  readonly effort: number;
}

export interface SearchPlan {
  readonly plan: 'graph' | 'filter_first' | 'exact';
  readonly width: number;
  /** How many of the best by 8-bit codes are scored again with the stored vectors. */
  readonly rerank: number;
  /** Fewer than this means that the walk must be widened. */
  readonly target: number;
  readonly selectivity: number;
}

/**
 * How to search. A walk of the graph meets items whether they pass or not, so its beam must be wider by one over the share
 * that passes; when that costs more than looking at each item that passes, they are looked at one by one, which is exact.
 */
export function planSearch(need: SearchNeed): SearchPlan {
  const { k, items, linkedSlots, filterCount, excludedCount, effort } = need;
  const allowed = Math.min(items, filterCount ?? items);
  const selectivity = items === 0 ? 0 : allowed / items;
  const sure = allowed - excludedCount;
  const scan = filterCount === undefined ? 'exact' : 'filter_first';
  const scanned = { plan: scan, width: 0, rerank: scanRerank(k), target: 0, selectivity } as const;
  // So few may pass that a walk would have to meet nearly all of them.
  if (sure < 2 * k) return scanned;
  const base = Math.max(effort, Math.ceil(1.5 * k) + 30);
  const width = Math.ceil((base * linkedSlots) / sure);
  const scanLimit = filterCount === undefined ? SMALL_INDEX_ITEMS : width * SCANNED_PER_STEP;
  if (width > BEAM_WIDTH_MAX || allowed <= scanLimit) return scanned;
  return { plan: 'graph', width, rerank: Math.min(width, k + Math.max(20, k >> 1)), target: k, selectivity };
}

export function scanRerank(k: number): number {
  return k + Math.max(40, k >> 1);
}
