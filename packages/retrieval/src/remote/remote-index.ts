import { CircuitBreaker, invalidArgument, RangefinderError, type BreakerState } from '@rangefinder/base';
import { hasBit } from '../attributes/bitmap.ts';
import type { VectorMetric } from '../index-options.ts';
import { checkId, checkVector } from '../vector-checks.ts';
import type { VectorHits, VectorIndex, VectorItem, VectorSearch } from '../vector-index.ts';
import { withinLimit } from './call-limit.ts';
import type { Neighbours, RemoteBackend } from './remote-backend.ts';
import type { CompiledRemoteOptions } from './remote-index-options.ts';
import { planRemoteSearch, widenRemoteSearch, type RemoteSearchPlan } from './remote-planner.ts';

/** A vector index whose items another server keeps. Others may change them; `size` is as of the last count. */
export interface RemoteVectorIndex extends VectorIndex {
  /** Whether calls go through: five failures in a row open the circuit, and then calls fail at once. */
  readonly breakerState: BreakerState;
  /** Asks the server for its number of items, whatever the circuit breaker says. Rejects with UNAVAILABLE. */
  recount(): Promise<number>;
}

interface Found extends Neighbours {
  readonly plan: 'exact' | 'filter_first' | 'graph';
  readonly widenings: number;
}

/** A late answer says something about the server when the caller waited so long; less may have been impossible to meet. */
const PATIENCE_MS = 250;

const NO_ITEMS: ReadonlySet<number> = new Set();

/**
 * The promises of the port over what a server can do: a walk of its graph is asked for more than k items, what does not pass
 * is left out here, and a walk that gave too few is widened and ends in a scan.
 */
export class RemoteIndex implements RemoteVectorIndex {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly #options: CompiledRemoteOptions;
  readonly #backend: RemoteBackend;
  readonly #breaker: CircuitBreaker;
  #size: number;
  #countedMs = performance.now();
  #counting: Promise<number> | undefined;
  #searches = 0;
  /** The last change in the queue. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: CompiledRemoteOptions, backend: RemoteBackend, size: number) {
    this.name = options.name;
    this.dimensions = options.dimensions;
    this.metric = options.metric;
    this.#options = options;
    this.#backend = backend;
    this.#breaker = new CircuitBreaker(options.breaker);
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  async search(search: VectorSearch): Promise<VectorHits> {
    this.#checkSearch(search);
    this.#recountWhenDue();
    const { k, filter, exclude, signal, explain } = search;
    const plan = planRemoteSearch({
      k,
      items: this.#size,
      filterCount: filter?.count,
      excludedCount: exclude?.size ?? 0,
      effort: this.#options.searchEffort,
      walkMax: this.#backend.walkMax,
      scannedPerReturned: this.#backend.scannedPerReturned,
    });
    this.#searches++;
    try {
      const found = await this.#call(this.#options.searchMs, signal, (limit) => this.#find(search, plan, limit));
      const hits = hitsOf(found, k);
      if (explain !== true) return hits;
      return { ...hits, explanation: { plan: found.plan, selectivity: plan.selectivity, widenings: found.widenings } };
    } finally {
      this.#searches--;
    }
  }

  async upsert(items: readonly VectorItem[]): Promise<void> {
    this.#expectOpen();
    items.forEach(({ id, vector }, i) => {
      checkId(id, `items[${i}].id`);
      checkVector(vector, this.#options, `items[${i}].vector`);
    });
    // The last of an id wins; in order of ids, so that two writers cannot lock each other out.
    const latest = new Map(items.map(({ id, vector }) => [id, { id, vector: this.#sent(vector) }]));
    const unique = [...latest.values()].sort((a, b) => a.id - b.id);
    await this.#inTurn(unique, async (batch, signal) => {
      this.#size += await this.#backend.upsert(batch, signal);
    });
  }

  async remove(ids: readonly number[]): Promise<void> {
    this.#expectOpen();
    ids.forEach((id, i) => checkId(id, `ids[${i}]`));
    const unique = [...new Set(ids)].sort((a, b) => a - b);
    await this.#inTurn(unique, async (batch, signal) => {
      this.#size -= await this.#backend.remove(batch, signal);
    });
  }

  recount(): Promise<number> {
    this.#expectOpen();
    return (this.#counting ??= this.#reported(this.#options.searchMs, undefined, (signal) =>
      this.#backend.count(signal),
    )
      .then((count) => (this.#size = count))
      .finally(() => {
        this.#counting = undefined;
        this.#countedMs = performance.now();
      }));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#backend.close();
  }

  async #find(search: VectorSearch, plan: RemoteSearchPlan, signal: AbortSignal): Promise<Found> {
    const { k, filter, exclude = NO_ITEMS } = search;
    const query = this.#sent(search.query);
    let widenings = 0;
    let next: RemoteSearchPlan | undefined = plan.plan === 'graph' ? plan : undefined;
    while (next !== undefined) {
      const near = passing(await this.#backend.walk(query, next, signal), search);
      if (near.ids.length >= k) return { ...near, plan: 'graph', widenings };
      widenings++;
      next = widenRemoteSearch(next, this.#backend.walkMax);
    }
    const near = await this.#backend.scan(query, { limit: k, filter, exclude }, signal);
    return { ...near, plan: filter === undefined ? 'exact' : 'filter_first', widenings };
  }

  #call<T>(limitMs: number, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const nowMs = performance.now();
    if (this.#breaker.admits(nowMs)) return this.#reported(limitMs, signal, start);
    throw new RangefinderError('UNAVAILABLE', `${this.name}: did not answer lately and is given a rest`, {
      retryAfterMs: this.#breaker.retryAfterMs(nowMs),
    });
  }

  async #reported<T>(
    limitMs: number,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    try {
      const outcome = await withinLimit({ name: this.name, limitMs, signal }, start);
      this.#breaker.succeeded();
      return outcome;
    } catch (thrown) {
      const nowMs = performance.now();
      if (tellsOfTheServer(thrown, nowMs - startedMs)) this.#breaker.failed(nowMs);
      throw thrown;
    }
  }

  /** One change after the other, each in batches: what a failed one had done before stays. */
  #inTurn<T>(all: readonly T[], change: (batch: readonly T[], signal: AbortSignal) => Promise<void>): Promise<void> {
    const { batchItems, changeMs } = this.#options;
    const result = this.#lastChange.then(async () => {
      for (let start = 0; start < all.length; start += batchItems) {
        this.#expectOpen();
        const batch = all.slice(start, start + batchItems);
        await this.#call(changeMs, undefined, (signal) => change(batch, signal));
      }
    });
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** Of length 1 under cosine: servers then do not have to, and no square of a number overflows. */
  #sent(vector: Float32Array): Float32Array {
    if (this.metric !== 'cosine') return vector;
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    return Float32Array.from(vector, (x) => x / length);
  }

  /** Beside the search; one that fails is tried again when the count is due next. */
  #recountWhenDue(): void {
    if (performance.now() - this.#countedMs < this.#options.countMs) return;
    if (this.#breaker.state === 'closed') this.recount().catch(() => undefined);
  }

  #checkSearch({ query, k, exclude }: VectorSearch): void {
    const { limits } = this.#options;
    this.#expectOpen();
    checkVector(query, this.#options, 'query');
    if (!Number.isInteger(k) || k < 1 || k > limits.k) {
      throw invalidArgument('k', `expected a whole number from 1 to ${limits.k}, got ${k}`);
    }
    if ((exclude?.size ?? 0) > limits.excluded) {
      throw invalidArgument('exclude', `${exclude?.size} ids, more than the limit of ${limits.excluded}`);
    }
    if (this.#searches >= limits.pendingSearches) {
      throw new RangefinderError('QUEUE_FULL', `${this.name}: ${limits.pendingSearches} searches wait already`);
    }
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new RangefinderError('UNAVAILABLE', `vector index ${this.name} is closed`);
  }
}

function passing({ ids, scores }: Neighbours, { filter, exclude = NO_ITEMS }: VectorSearch): Neighbours {
  if (filter === undefined && exclude.size === 0) return { ids, scores };
  const kept: { ids: number[]; scores: number[] } = { ids: [], scores: [] };
  ids.forEach((id, i) => {
    if (exclude.has(id) || (filter !== undefined && !hasBit(filter.bits, id))) return;
    kept.ids.push(id);
    kept.scores.push(scores[i]!);
  });
  return kept;
}

/** The best k, equal scores in the order of ids. */
function hitsOf({ ids, scores }: Neighbours, k: number): VectorHits {
  const order = Array.from(ids.keys()).sort((a, b) => scores[b]! - scores[a]! || ids[a]! - ids[b]!);
  const best = order.slice(0, k);
  return { ids: Uint32Array.from(best, (i) => ids[i]!), scores: Float32Array.from(best, (i) => scores[i]!) };
}

function tellsOfTheServer(thrown: unknown, waitedMs: number): boolean {
  if (!(thrown instanceof RangefinderError)) return true;
  return thrown.code === 'UNAVAILABLE' || (thrown.code === 'DEADLINE_EXCEEDED' && waitedMs >= PATIENCE_MS);
}
