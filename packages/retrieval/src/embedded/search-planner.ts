/** Widest beam of a walk: past it a scan is cheaper. */
export const BEAM_WIDTH_MAX = 4096;

/** Measured: a step of the walk, with the vectors that it reads all over memory, costs as much as scanning this many items. */
const SCANNED_PER_STEP = 50;
/** Measured: a walk among items of which a share passes finds as many of the nearest when its width grows by this power of it. */
const WIDTH_POWER = -0.65;
/** Measured: with this part of the effort and so much for each result, the recall is nearly the same from k = 10 to k = 300. */
const WAY_SHARE = 0.88;
const WIDTH_PER_RESULT = 1.8;
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
  /** Wider than this, a scan is cheaper. */
  readonly widthMax: number;
  /** How many of the best by 8-bit codes are scored again with the stored vectors. */
  readonly rerank: number;
  /** When a walk meets fewer that pass, it must be widened. */
  readonly target: number;
  readonly selectivity: number;
}

/**
 * How to search. A walk of the graph meets items whether they pass or not, so its beam must be wide enough that some more than
 * k of those that pass lie in it; to find the way it need grow by less than one over the share that passes. When this costs
 * more than looking at each item that passes, they are looked at one by one, which is exact.
 */
export function planSearch(need: SearchNeed): SearchPlan {
  const { k, items, linkedSlots, filterCount, excludedCount, effort } = need;
  const allowed = Math.min(items, filterCount ?? items);
  const selectivity = items === 0 ? 0 : allowed / items;
  const sure = allowed - excludedCount;
  const scan = filterCount === undefined ? 'exact' : 'filter_first';
  const scanned = { plan: scan, width: 0, widthMax: 0, rerank: scanRerank(k), target: 0, selectivity } as const;
  // So few may pass that a walk would have to meet nearly all of them.
  if (sure < 2 * k) return scanned;
  const share = sure / items;
  const base = Math.max(effort, WAY_SHARE * effort + WIDTH_PER_RESULT * k);
  const width = Math.ceil((linkedSlots / items) * Math.max(base * share ** WIDTH_POWER, (1.5 * k + 30) / share));
  const widthMax = Math.min(BEAM_WIDTH_MAX, Math.floor(allowed / SCANNED_PER_STEP));
  const isScanCheaper = filterCount === undefined ? allowed <= SMALL_INDEX_ITEMS : width > widthMax;
  if (isScanCheaper || width > BEAM_WIDTH_MAX) return scanned;
  const rerank = Math.min(width, k + Math.max(20, k >> 1));
  // Half of those that a filter passes which has nothing to do with the query: fewer are where the query is far from them.
  const target = Math.max(k, Math.min(rerank, Math.floor((width * share) / 2)));
  return { plan: 'graph', width, widthMax, rerank, target, selectivity };
}

export function scanRerank(k: number): number {
  return k + Math.max(40, k >> 1);
}
