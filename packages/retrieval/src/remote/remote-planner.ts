export interface RemoteSearchNeed {
  readonly k: number;
  /** As of the last count: a plan may be slow when it is wrong, never incorrect. */
  readonly items: number;
  /** Size of the filter; undefined without one. */
  readonly filterCount: number | undefined;
  readonly excludedCount: number;
  /** Width of a walk without filter and with a small k. */
  readonly effort: number;
  readonly walkMax: number;
  /** Items of a filter that a scan looks at in the time that one item takes that a walk returns. */
  readonly scannedPerReturned: number;
}

export interface RemoteSearchPlan {
  readonly plan: 'graph' | 'filter_first' | 'exact';
  /** What a walk asks for; 0 for a scan. */
  readonly limit: number;
  readonly effort: number;
  readonly selectivity: number;
}

/**
 * The embedded index's choice, for a graph that knows nothing of the filter: it is asked for so many items that k of them
 * should pass, unless looking at each item that passes is cheaper.
 */
export function planRemoteSearch(need: RemoteSearchNeed): RemoteSearchPlan {
  const { k, items, filterCount, excludedCount, effort, walkMax, scannedPerReturned } = need;
  const allowed = Math.min(items, filterCount ?? items);
  const selectivity = items === 0 ? 0 : allowed / items;
  const scan = {
    plan: filterCount === undefined ? 'exact' : 'filter_first',
    limit: 0,
    effort: 0,
    selectivity,
  } as const;
  const sure = allowed - excludedCount;
  if (sure < 2 * k) return scan;
  const share = sure / items;
  // What passes among the nearest varies: so that most walks need no second one.
  const limit = Math.ceil((k + 2 * Math.sqrt(k) + 4) / share);
  const width = Math.max(limit, Math.ceil(effort / share));
  if (limit > walkMax) return scan;
  if (filterCount !== undefined && allowed <= limit * scannedPerReturned) return scan;
  return { plan: 'graph', limit, effort: Math.min(width, walkMax), selectivity };
}

/** The next walk after one that found too few; undefined when only a scan is left. */
export function widenRemoteSearch(plan: RemoteSearchPlan, walkMax: number): RemoteSearchPlan | undefined {
  if (plan.limit >= walkMax) return undefined;
  const limit = Math.min(walkMax, plan.limit * 2);
  return { ...plan, limit, effort: Math.min(walkMax, Math.max(limit, plan.effort * 2)) };
}
