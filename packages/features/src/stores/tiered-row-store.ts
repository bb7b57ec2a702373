import { RangefinderError, systemClock, type Clock } from '@rangefinder/base';
import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { RowCache, type CachedRow } from './row-cache.ts';
import { RowLoads, type RowLoad } from './row-loads.ts';
import { storeTooSlow } from './store-failure.ts';

export interface TieredRowStoreOptions {
  /** Bytes of rows in memory; the default is 256 MiB. */
  readonly cacheBytesMax?: number;
  /** A row is served without a look at the store for so long; the default is 1,000. */
  readonly freshMs?: number;
  /** The same for the knowledge that there is no row; the default is 1,000. */
  readonly negativeMs?: number;
  /** How old a copy may be that is served when the store does not answer; the default is an hour. */
  readonly staleMs?: number;
  /** How long a read that has copies of all it lacks waits for the store; the default is 20. */
  readonly patienceMs?: number;
  /** A row older than this part of freshMs is loaded again while it is still served; the default is 0.8. */
  readonly refreshAheadRatio?: number;
  /** Time that the store gets for a load, whoever waits for it; the default is 1,000. */
  readonly loadTimeoutMs?: number;
  /** Whether bytes are a row at all. A store that answers with something else is treated as one that does not answer. */
  readonly isSound?: (row: Uint8Array) => boolean;
  readonly clock?: Clock;
}

export interface TieredRowStoreStatistics {
  readonly hits: number;
  readonly misses: number;
  /** Rows served as copies because the store did not answer. */
  readonly staleRows: number;
  readonly loads: number;
  readonly failedLoads: number;
  readonly cachedRows: number;
  readonly cachedBytes: number;
  /** The last load failed: reads that have copies do not wait for the store until one succeeds. */
  readonly suspected: boolean;
}

/** Reads that have a deadline must have time left after the wait for the store. */
const DEADLINE_SHARE = 0.8;

const DEFAULTS = Object.freeze({
  cacheBytesMax: 256 * 1024 * 1024,
  freshMs: 1_000,
  negativeMs: 1_000,
  staleMs: 3_600_000,
  patienceMs: 20,
  refreshAheadRatio: 0.8,
  loadTimeoutMs: 1_000,
});

/**
 * A bounded cache in this process over any store. Reads that lack the same row share one load. When the store is slow, down
 * or answers garbage, rows are served from copies of at most `staleMs`, which `onStaleRows` hears of; while it is suspected,
 * one load at a time goes on asking, and the first that succeeds ends the suspicion.
 */
export class TieredRowStore implements RowStore {
  readonly name: string;
  /** What is cached is handed out as it lies. */
  readonly sharesRows = true;
  readonly #store: RowStore;
  readonly #options: Required<Omit<TieredRowStoreOptions, 'isSound' | 'clock'>>;
  readonly #clock: Clock;
  readonly #cache: RowCache;
  readonly #loads: RowLoads;
  #hits = 0;
  #misses = 0;
  #staleRows = 0;
  #closed = false;

  constructor(store: RowStore, { isSound, clock = systemClock, ...options }: TieredRowStoreOptions = {}) {
    this.name = `tiered-${store.name}`;
    this.#store = store;
    this.#options = { ...DEFAULTS, ...options };
    this.#clock = clock;
    this.#cache = new RowCache(this.#options.cacheBytesMax);
    this.#loads = new RowLoads({
      store,
      cache: this.#cache,
      timeoutMs: this.#options.loadTimeoutMs,
      nowMs: () => this.#nowMs(),
      ...(isSound === undefined ? {} : { isSound }),
    });
  }

  get statistics(): TieredRowStoreStatistics {
    return {
      hits: this.#hits,
      misses: this.#misses,
      staleRows: this.#staleRows,
      loads: this.#loads.started,
      failedLoads: this.#loads.failed,
      cachedRows: this.#cache.rows,
      cachedBytes: this.#cache.bytes,
      suspected: this.#loads.suspected,
    };
  }

  async readMany(keys: readonly RowKey[], options: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    this.#assertOpen();
    if (keys.length === 0) return [];
    if (!(options.timeoutMs > 0)) throw storeTooSlow(this.name, 0);
    const reading = this.#lookUp(keys);
    if (reading.aging.size > 0 && !this.#loads.suspected) this.#loads.loadsFor(reading.aging);
    if (reading.lacking.size > 0) await this.#fill(reading, options);
    return reading.names.map((name) => reading.rows.get(name));
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    this.#assertOpen();
    const written = new Map(entries.map((entry) => [nameOf(entry), { ...entry, row: new Uint8Array(entry.row) }]));
    await this.#through([...written.keys()], () => this.#store.writeMany([...written.values()]));
    const knownMs = this.#nowMs();
    for (const [name, { row, expireMs }] of written) this.#cache.put(name, { row, knownMs, expireMs });
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    this.#assertOpen();
    const names = keys.map(nameOf);
    await this.#through(names, () => this.#store.deleteMany(keys));
    const knownMs = this.#nowMs();
    for (const name of names) this.#cache.put(name, { row: undefined, knownMs, expireMs: 0 });
  }

  /** Whether the store behind answers; copies do not count. */
  async check(): Promise<void> {
    this.#assertOpen();
    await this.#store.check();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cache.clear();
    await this.#store.close();
  }

  #lookUp(keys: readonly RowKey[]): Reading {
    const { freshMs, negativeMs, staleMs, refreshAheadRatio } = this.#options;
    const nowMs = this.#nowMs();
    const wallMs = this.#clock.wallMs();
    const reading: Reading = { names: [], rows: new Map(), copies: new Map(), lacking: new Map(), aging: new Map() };
    for (const key of keys) {
      const name = nameOf(key);
      reading.names.push(name);
      if (reading.rows.has(name) || reading.lacking.has(name)) continue;
      const known = unexpired(this.#cache.take(name), wallMs);
      const ageMs = known === undefined ? Infinity : nowMs - known.knownMs;
      const limitMs = known?.row === undefined ? negativeMs : freshMs;
      if (known !== undefined && ageMs < limitMs) {
        reading.rows.set(name, known.row);
        if (known.row !== undefined && ageMs >= limitMs * refreshAheadRatio) reading.aging.set(name, key);
        this.#hits++;
        continue;
      }
      this.#misses++;
      reading.lacking.set(name, key);
      // An outdated copy has an infinite age and still is the best there is.
      if (known !== undefined && (ageMs < staleMs || ageMs === Infinity)) reading.copies.set(name, known);
    }
    return reading;
  }

  /** Waits for the store, as long as that is worth it, and makes up for what it did not give from copies. */
  async #fill(reading: Reading, { timeoutMs, onStaleRows }: ReadOptions): Promise<void> {
    const complete = reading.copies.size === reading.lacking.size;
    const hopeless = complete && this.#loads.suspected;
    // One load at a time goes on asking a suspected store on behalf of those who do not wait for it.
    const loads = hopeless && this.#loads.pending > 0 ? NO_LOADS : this.#loads.loadsFor(reading.lacking);
    if (!hopeless) {
      const waitMs = complete ? Math.min(this.#options.patienceMs, timeoutMs * DEADLINE_SHARE) : timeoutMs;
      await this.#settled(new Set(loads.values()), waitMs);
    }
    let stale = 0;
    for (const name of reading.lacking.keys()) {
      const load = loads.get(name);
      if (load?.outcome === 'loaded') {
        reading.rows.set(name, load.rows.get(name));
        continue;
      }
      const copy = reading.copies.get(name);
      if (copy === undefined) throw load?.error ?? storeTooSlow(this.name, timeoutMs);
      reading.rows.set(name, copy.row);
      stale++;
    }
    if (stale === 0) return;
    this.#staleRows += stale;
    onStaleRows?.(stale);
  }

  /** Resolves when all loads are over, well or not, or the time is. */
  async #settled(loads: ReadonlySet<RowLoad>, waitMs: number): Promise<void> {
    const over = Promise.all([...loads].map((load) => load.over));
    if (waitMs === Infinity) {
      await over;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(waitMs * 1000, resolve);
    await Promise.race([over, promise]);
    timer.cancel();
  }

  /** A change to the store. Loads that were under way meanwhile may have seen either state, and leave the cache alone. */
  async #through(names: readonly string[], change: () => Promise<void>): Promise<void> {
    this.#loads.distrust(names);
    try {
      await change();
    } catch (thrown) {
      for (const name of names) this.#cache.outdate(name);
      throw thrown;
    } finally {
      this.#loads.distrust(names);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new RangefinderError('UNAVAILABLE', `${this.name}: the store is closed`);
  }

  #nowMs(): number {
    return this.#clock.nowUs() / 1000;
  }
}

const NO_LOADS: ReadonlyMap<string, RowLoad> = new Map();

/** One read on its way: rows that are known, those that are lacking with copies of some, those that will be lacking soon. */
interface Reading {
  readonly names: string[];
  readonly rows: Map<string, Uint8Array | undefined>;
  readonly copies: Map<string, CachedRow>;
  readonly lacking: Map<string, RowKey>;
  readonly aging: Map<string, RowKey>;
}

function unexpired(known: CachedRow | undefined, wallMs: number): CachedRow | undefined {
  return known === undefined || (known.expireMs > 0 && known.expireMs <= wallMs) ? undefined : known;
}

/** The length keeps view and id apart, whatever they contain. */
function nameOf({ view, entityId }: RowKey): string {
  return `${view.length}:${view}${entityId}`;
}
