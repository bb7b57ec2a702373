import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, RangefinderError, systemClock } from '@rangefinder/base';
import { open, type RootDatabase } from 'lmdb';
import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { checkLmdbFile } from './lmdb-file-check.ts';
import { checkTimeLeft, storeClosed } from './store-errors.ts';

export interface LmdbRowStoreOptions {
  /** The database file; its folder is made. Beside it lies `<file>-lock`. */
  readonly file: string;
  /**
   * `committed`: a write resolves when it is in the file and survives the end of the process. `flushed`: when it survives
   * the loss of power as well, which waits for the disk. Either way the file stays whole.
   */
  readonly durability?: 'committed' | 'flushed';
  /** Takes expired rows away this often; 0 for only when `sweep` is called. 60 s. */
  readonly sweepIntervalMs?: number;
  readonly clock?: Clock;
}

const DEFAULT_SWEEP_INTERVAL_MS = 60_000;
/** Reads run on this thread, a few microseconds each; after so many others get their turn. */
const READS_PER_TURN = 500;
const SWEPT_PER_TURN = 1_000;
/** Expiry in ms since the epoch, as FP64, in front of each row. */
const EXPIRY_BYTES = 8;
/** Longest key of LMDB with pages of 4 KiB. */
const KEY_MAX_BYTES = 1_978;

/**
 * The embedded default: one LMDB environment, memory-mapped, which several processes of one machine may share. Reads are
 * synchronous look-ups in the map; writes are batched by lmdb's own thread and committed off the event loop.
 */
export class LmdbRowStore implements RowStore {
  readonly name = 'lmdb';
  readonly #database: RootDatabase<Uint8Array, Uint8Array>;
  readonly #clock: Clock;
  readonly #waitForDisk: boolean;
  readonly #sweepIntervalMs: number;
  #cancelSweep = (): void => {};
  #closing: Promise<void> | undefined;

  /** Rejects with UNAVAILABLE, naming the file, when it is no LMDB file, damaged, or may not be opened. */
  static async open(options: LmdbRowStoreOptions): Promise<LmdbRowStore> {
    try {
      await mkdir(path.dirname(options.file), { recursive: true });
      await checkLmdbFile(options.file);
      const database = open<Uint8Array, Uint8Array>({
        path: options.file,
        noSubdir: true,
        encoding: 'binary',
        keyEncoding: 'binary',
        cache: false,
      });
      return new LmdbRowStore(database, options);
    } catch (thrown) {
      throw unavailable(`the lmdb row store cannot open ${options.file}`, thrown);
    }
  }

  private constructor(database: RootDatabase<Uint8Array, Uint8Array>, options: LmdbRowStoreOptions) {
    this.#database = database;
    this.#clock = options.clock ?? systemClock;
    this.#waitForDisk = options.durability === 'flushed';
    this.#sweepIntervalMs = options.sweepIntervalMs ?? DEFAULT_SWEEP_INTERVAL_MS;
    this.#scheduleSweep();
  }

  async readMany(keys: readonly RowKey[], options: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen();
    checkTimeLeft(this.name, options);
    const endUs = this.#clock.nowUs() + options.timeoutMs * 1000;
    const nowMs = this.#clock.wallMs();
    const rows: (Uint8Array | undefined)[] = Array.from({ length: keys.length });
    for (let i = 0; i < keys.length; i++) {
      if (i > 0 && i % READS_PER_TURN === 0) {
        await turn();
        this.#checkOpen();
        if (this.#clock.nowUs() > endUs) throw this.#tooSlow(options, i, keys.length);
      }
      rows[i] = this.#read(keys[i]!, nowMs);
    }
    return rows;
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    this.#checkOpen();
    const writes = entries.map(({ row, expireMs, ...key }) => ({
      key: keyBytes(key),
      value: valueBytes(row, expireMs),
    }));
    await this.#commit(() => writes.map(({ key, value }) => this.#database.put(key, value)));
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    this.#checkOpen();
    const removed = keys.map(keyBytes);
    await this.#commit(() => removed.map((key) => this.#database.remove(key)));
  }

  /** Takes expired rows away, a piece at a time; answers how many. Runs by itself every `sweepIntervalMs`. */
  async sweep(): Promise<number> {
    this.#checkOpen();
    const nowMs = this.#clock.wallMs();
    let swept = 0;
    let after: Uint8Array | undefined;
    do {
      const { expired, last } = this.#expiredAfter(after, nowMs);
      after = last;
      swept += await this.#removeExpired(expired, nowMs);
      await turn();
    } while (after !== undefined && this.#closing === undefined);
    return swept;
  }

  async check(): Promise<void> {
    this.#checkOpen();
    try {
      this.#database.getBinary(keyBytes({ view: '', entityId: '' }));
    } catch (thrown) {
      throw unavailable('the lmdb row store does not answer', thrown);
    }
  }

  async close(): Promise<void> {
    this.#cancelSweep();
    this.#closing ??= this.#database.flushed.then(() => this.#database.close());
    await this.#closing;
  }

  #read(key: RowKey, nowMs: number): Uint8Array | undefined {
    let stored: Uint8Array | undefined;
    try {
      stored = this.#database.getBinary(keyBytes(key));
    } catch (thrown) {
      throw unavailable('the lmdb row store cannot read', thrown);
    }
    if (stored === undefined || isExpired(stored, nowMs)) return undefined;
    return stored.subarray(EXPIRY_BYTES);
  }

  async #commit(write: () => readonly Promise<boolean>[]): Promise<void> {
    try {
      const done = Promise.all(write());
      await done;
      if (this.#waitForDisk) await this.#database.flushed;
    } catch (thrown) {
      throw unavailable('the lmdb row store cannot write', thrown);
    }
  }

  #expiredAfter(after: Uint8Array | undefined, nowMs: number): { expired: Uint8Array[]; last: Uint8Array | undefined } {
    const expired: Uint8Array[] = [];
    let last: Uint8Array | undefined;
    let seen = 0;
    const range = after === undefined ? {} : { start: after, exclusiveStart: true };
    for (const { key, value } of this.#database.getRange({ ...range, limit: SWEPT_PER_TURN })) {
      last = Uint8Array.from(key);
      if (isExpired(value, nowMs)) expired.push(last);
      seen++;
    }
    return { expired, last: seen === SWEPT_PER_TURN ? last : undefined };
  }

  /** Looks again inside the transaction: a row may have been renewed in between. */
  #removeExpired(keys: readonly Uint8Array[], nowMs: number): Promise<number> {
    return this.#database.transaction(() => {
      const expired = keys.filter((key) => isExpired(this.#database.getBinary(key), nowMs));
      for (const key of expired) void this.#database.remove(key);
      return expired.length;
    });
  }

  #scheduleSweep(): void {
    if (this.#sweepIntervalMs === 0) return;
    const timer = this.#clock.schedule(this.#sweepIntervalMs * 1000, () => {
      // What went wrong shows at the next read or write; a sweep only saves room.
      this.sweep().catch(() => undefined);
      if (this.#closing === undefined) this.#scheduleSweep();
    });
    this.#cancelSweep = () => timer.cancel();
  }

  #tooSlow({ timeoutMs }: ReadOptions, done: number, asked: number): RangefinderError {
    return new RangefinderError('DEADLINE_EXCEEDED', `lmdb had read ${done} of ${asked} rows after ${timeoutMs} ms`);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw storeClosed(this.name);
  }
}

/** View and id behind the length of the view in bytes: no two keys run into each other. */
function keyBytes({ view, entityId }: RowKey): Uint8Array {
  const viewBytes = Buffer.byteLength(view);
  const length = 2 + viewBytes + Buffer.byteLength(entityId);
  if (length > KEY_MAX_BYTES) {
    throw new RangefinderError('PAYLOAD_TOO_LARGE', `lmdb keys have at most ${KEY_MAX_BYTES} bytes, got ${length}`);
  }
  const key = Buffer.allocUnsafe(length);
  key.writeUInt16BE(viewBytes);
  key.write(view, 2);
  key.write(entityId, 2 + viewBytes);
  return key;
}

function valueBytes(row: Uint8Array, expireMs: number): Uint8Array {
  const value = Buffer.allocUnsafe(EXPIRY_BYTES + row.length);
  value.writeDoubleLE(expireMs);
  value.set(row, EXPIRY_BYTES);
  return value;
}

function isExpired(value: Uint8Array | undefined, nowMs: number): boolean {
  if (value === undefined || value.length < EXPIRY_BYTES) return value !== undefined;
  const expireMs = Buffer.from(value.buffer, value.byteOffset, EXPIRY_BYTES).readDoubleLE();
  return expireMs !== 0 && expireMs <= nowMs;
}

function unavailable(what: string, thrown: unknown): RangefinderError {
  if (thrown instanceof RangefinderError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new RangefinderError('UNAVAILABLE', `${what}: ${why}`, { cause: thrown });
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
