/**
 * Where feature rows lie: bytes by view and key, and nothing more, so that an adapter is small. What the bytes mean, and
 * whether they are too old, is decided above it, the same for every store. Implementations pass the contract suite in
 * `@rangefinder/testing` (row-store contract).
 */
export interface RowStore {
  /** `memory`, `lmdb`, `redis`, … for logs and metrics. */
  readonly name: string;
  /** True where a row is the same object from read to read until it is replaced, and its bytes never change. */
  readonly sharesRows?: boolean;
  /** For stores whose rows lie in this process and go only when they are deleted or expire: their cells, to be looked at directly. */
  readonly resident?: ResidentRows | undefined;
  /**
   * Rows of any number of views and keys in one round trip, in the order asked for; undefined where there is none. Rejects
   * with UNAVAILABLE when the store cannot be reached and DEADLINE_EXCEEDED when it was too slow; never with partial results.
   */
  readMany(keys: readonly RowKey[], options: ReadOptions): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Replaces rows; later entries of the same key win. Resolves when they are readable. `expireMs`: wall-clock ms since the
   * epoch after which the store may forget the row; 0 for never.
   */
  writeMany(entries: readonly RowEntry[]): Promise<void>;
  deleteMany(keys: readonly RowKey[]): Promise<void>;
  /** Resolves when the store answers; rejects with UNAVAILABLE and why not. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Looks at rows without a promise, a key for each read or a look-up. */
export interface ResidentRows {
  /** Begins a read: the wall clock in ms by which its rows expire. Throws as `readMany` rejects. */
  begin(options: ReadOptions): number;
  /** The cell of a row that is there. It stays the row's until it is empty. */
  cellOf(key: RowKey): RowCell | undefined;
}

export interface RowCell {
  /** Undefined once the row is gone; then the next one of the same key has another cell. */
  readonly row: Uint8Array | undefined;
  /** Wall-clock ms from which on the row counts as gone; 0 for never. */
  readonly expireMs: number;
}

export interface RowKey {
  readonly view: string;
  /** The entity's id as text; integers in decimal. */
  readonly entityId: string;
}

export interface RowEntry extends RowKey {
  readonly row: Uint8Array;
  readonly expireMs: number;
}

export interface ReadOptions {
  /** Time the store has, in ms; Infinity for no limit. */
  readonly timeoutMs: number;
  /** Told once, before the read resolves, how many of its rows are copies served because the store did not answer. */
  readonly onStaleRows?: (rows: number) => void;
}
