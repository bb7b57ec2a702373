import { toRangefinderError, type RangefinderError } from '@rangefinder/base';
import type { RowKey, RowStore } from '../row-store.ts';
import type { RowCache } from './row-cache.ts';
import { storeUnavailable } from './store-failure.ts';

/** One readMany of the store behind the cache, and all who wait for it. */
export interface RowLoad {
  readonly keys: ReadonlyMap<string, RowKey>;
  readonly rows: Map<string, Uint8Array | undefined>;
  outcome: 'pending' | 'loaded' | 'failed';
  error: RangefinderError | undefined;
  /** Resolves when it is over, well or not. */
  over: Promise<void>;
}

export interface RowLoadsOptions {
  readonly store: RowStore;
  readonly cache: RowCache;
  readonly timeoutMs: number;
  readonly nowMs: () => number;
  readonly isSound?: (row: Uint8Array) => boolean;
}

/** Loads under way: a row that one of them asks for is not asked for again. */
export class RowLoads {
  readonly #options: RowLoadsOptions;
  readonly #byName = new Map<string, RowLoad>();
  /** Names that were written while loads were under way: what those loads found may be older. */
  readonly #distrusted = new Map<RowLoad, Set<string>>();
  #started = 0;
  #failed = 0;
  #suspected = false;

  constructor(options: RowLoadsOptions) {
    this.#options = options;
  }

  get started(): number {
    return this.#started;
  }

  get failed(): number {
    return this.#failed;
  }

  get pending(): number {
    return this.#distrusted.size;
  }

  /** Whether the last load that ended failed. */
  get suspected(): boolean {
    return this.#suspected;
  }

  /** For each row the load that brings it: one under way, or one more for all the rest. */
  loadsFor(wanted: ReadonlyMap<string, RowKey>): ReadonlyMap<string, RowLoad> {
    const loads = new Map<string, RowLoad>();
    const rest = new Map<string, RowKey>();
    for (const [name, key] of wanted) {
      const load = this.#byName.get(name);
      if (load === undefined) rest.set(name, key);
      else loads.set(name, load);
    }
    if (rest.size > 0) {
      const load = this.#start(rest);
      for (const name of rest.keys()) loads.set(name, load);
    }
    return loads;
  }

  distrust(names: readonly string[]): void {
    for (const [load, distrusted] of this.#distrusted) {
      for (const name of names) {
        if (load.keys.has(name)) distrusted.add(name);
      }
    }
    // Who asks after the write must not join a load from before it.
    for (const name of names) this.#byName.delete(name);
  }

  #start(keys: ReadonlyMap<string, RowKey>): RowLoad {
    const load: RowLoad = { keys, rows: new Map(), outcome: 'pending', error: undefined, over: Promise.resolve() };
    for (const name of keys.keys()) this.#byName.set(name, load);
    this.#distrusted.set(load, new Set());
    this.#started++;
    load.over = this.#run(load);
    return load;
  }

  async #run(load: RowLoad): Promise<void> {
    try {
      await this.#read(load);
      load.outcome = 'loaded';
      this.#suspected = false;
    } catch (thrown) {
      load.outcome = 'failed';
      load.error = toRangefinderError(thrown);
      this.#failed++;
      // A refused argument says nothing about the store.
      if (load.error.code !== 'INVALID_ARGUMENT') this.#suspected = true;
    } finally {
      this.#distrusted.delete(load);
      for (const name of load.keys.keys()) {
        if (this.#byName.get(name) === load) this.#byName.delete(name);
      }
    }
  }

  async #read(load: RowLoad): Promise<void> {
    const { store, cache, timeoutMs, nowMs, isSound } = this.#options;
    const names = [...load.keys.keys()];
    const knownMs = nowMs();
    const found = await store.readMany([...load.keys.values()], { timeoutMs });
    const unsound = (row: Uint8Array | undefined): boolean => row !== undefined && isSound?.(row) === false;
    if (found.length !== names.length || found.some(unsound)) {
      throw storeUnavailable(store.name, new Error('answered with something that is no row'));
    }
    const distrusted = this.#distrusted.get(load);
    for (const [i, name] of names.entries()) {
      // A copy: rows may be views on a larger buffer, which the cache would keep alive.
      const row = found[i] === undefined ? undefined : new Uint8Array(found[i]);
      load.rows.set(name, row);
      if (distrusted?.has(name) !== true) cache.put(name, { row, knownMs, expireMs: 0 });
    }
  }
}
