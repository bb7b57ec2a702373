import { RangefinderError, type Clock, systemClock } from '@rangefinder/base';
import type { ReadOptions, ResidentRows, RowCell, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { checkTimeLeft, storeClosed } from './store-errors.ts';

export interface MemoryRowStoreOptions {
  /** Bytes of rows, keys and what a Map entry costs; past it writes are refused or old rows go, as `whenFull` says. */
  readonly maxBytes?: number;
  /** `refuse`: RESOURCE_EXHAUSTED, nothing written. `evict`: the rows that were not read or written longest go first. */
  readonly whenFull?: 'refuse' | 'evict';
  readonly clock?: Clock;
}

const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;
/** What V8 takes for a Map entry, a key string and a typed array besides their contents; measured on Node 24. */
const ENTRY_OVERHEAD_BYTES = 240;

/** A row in its place. Whoever holds the cell sees it replaced, and empty once it is gone. */
class StoredRow implements RowCell {
  row: Uint8Array | undefined = undefined;
  expireMs = 0;
}

/**
 * Rows in one Map. A Map remembers the order of insertion, so a row that is taken out and put back is the
 * youngest, and the first one is the next to go.
 */
export class MemoryRowStore implements RowStore {
  readonly name = 'memory';
  readonly sharesRows = true;
  /** Where rows are evicted, a read must be noticed. */
  readonly resident: ResidentRows | undefined;
  readonly #rows = new Map<string, StoredRow>();
  readonly #maxBytes: number;
  readonly #evicts: boolean;
  readonly #clock: Clock;
  #bytes = 0;
  #evictedRows = 0;
  #closed = false;

  constructor(options: MemoryRowStoreOptions = {}) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#evicts = options.whenFull === 'evict';
    this.#clock = options.clock ?? systemClock;
    this.resident = this.#evicts
      ? undefined
      : { begin: (read) => this.#begin(read), cellOf: (key) => this.#rows.get(keyText(key)) };
  }

  get rowCount(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rows that went because there was no room. */
  get evictedRows(): number {
    return this.#evictedRows;
  }

  async readMany(keys: readonly RowKey[], options: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    const nowMs = this.#begin(options);
    const rows: (Uint8Array | undefined)[] = Array.from({ length: keys.length });
    for (let i = 0; i < keys.length; i++) rows[i] = this.#read(keyText(keys[i]!), nowMs);
    return rows;
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    this.#checkOpen();
    let needed = 0;
    for (const { view, entityId, row } of entries) needed += costBytes(keyText({ view, entityId }).length, row);
    if (needed > this.#maxBytes || (!this.#evicts && this.#bytes + needed > this.#maxBytes)) {
      this.#dropExpired();
      if (needed > this.#maxBytes || this.#bytes + needed > this.#maxBytes) throw this.#full(needed);
    }
    for (const { view, entityId, row, expireMs } of entries) {
      const key = keyText({ view, entityId });
      const stored = this.#rows.get(key) ?? new StoredRow();
      this.#remove(key);
      stored.row = row.slice();
      stored.expireMs = expireMs;
      this.#rows.set(key, stored);
      this.#bytes += costBytes(key.length, row);
    }
    while (this.#bytes > this.#maxBytes) this.#evictOldest();
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    this.#checkOpen();
    for (const key of keys) this.#remove(keyText(key));
  }

  async check(): Promise<void> {
    this.#checkOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rows.clear();
    this.#bytes = 0;
  }

  #read(key: string, nowMs: number): Uint8Array | undefined {
    const stored = this.#rows.get(key);
    if (stored === undefined) return undefined;
    if (stored.expireMs !== 0 && stored.expireMs <= nowMs) {
      this.#remove(key);
      return undefined;
    }
    if (this.#evicts) {
      this.#rows.delete(key);
      this.#rows.set(key, stored);
    }
    return stored.row;
  }

  #remove(key: string): void {
    const stored = this.#rows.get(key);
    if (stored === undefined) return;
    this.#rows.delete(key);
    this.#bytes -= costBytes(key.length, stored.row!);
    stored.row = undefined;
  }

  #begin(options: ReadOptions): number {
    this.#checkOpen();
    checkTimeLeft(this.name, options);
    return this.#clock.wallMs();
  }

  #evictOldest(): void {
    for (const key of this.#rows.keys()) {
      this.#remove(key);
      this.#evictedRows++;
      return;
    }
  }

  #dropExpired(): void {
    const nowMs = this.#clock.wallMs();
    for (const [key, { expireMs }] of this.#rows) {
      if (expireMs !== 0 && expireMs <= nowMs) this.#remove(key);
    }
  }

  #full(needed: number): RangefinderError {
    return new RangefinderError(
      'RESOURCE_EXHAUSTED',
      `the memory row store holds ${this.#bytes} of ${this.#maxBytes} bytes (memoryStoreBytes) and cannot take ${needed} more`,
    );
  }

  #checkOpen(): void {
    if (this.#closed) throw storeClosed(this.name);
  }
}

/** The length in front says where the view ends, whatever characters it has. */
function keyText({ view, entityId }: RowKey): string {
  return `${view.length}:${view}${entityId}`;
}

function costBytes(keyCharacters: number, row: Uint8Array): number {
  return row.length + keyCharacters * 2 + ENTRY_OVERHEAD_BYTES;
}
