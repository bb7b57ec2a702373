/** One row as it was known at some time; no row is knowledge too. */
export interface CachedRow {
  readonly row: Uint8Array | undefined;
  /** When it was loaded or written, on the monotonic clock; -Infinity once it is known to be outdated. */
  readonly knownMs: number;
  /** Wall clock after which the store may have forgotten it; 0 for never. */
  readonly expireMs: number;
}

/** What an entry costs beyond its row and key: the objects, the slot of the Map. An estimate. */
const ENTRY_BYTES = 160;

/** Least recently used rows make room; bounded by bytes. A Map keeps insertion order, which is the order of use. */
export class RowCache {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, CachedRow>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get rows(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Looks and marks as used. */
  take(key: string): CachedRow | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  put(key: string, entry: CachedRow): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#bytes += costOf(key, entry);
    for (const [oldest, { row }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#entries.delete(oldest);
      this.#bytes -= costOf(oldest, { row });
    }
  }

  /** Keeps the row as a copy for bad times, and has it loaded again at the next read. */
  outdate(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#entries.set(key, { ...entry, knownMs: -Infinity });
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= costOf(key, entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

function costOf(key: string, { row }: Pick<CachedRow, 'row'>): number {
  return ENTRY_BYTES + key.length * 2 + (row?.length ?? 0);
}
