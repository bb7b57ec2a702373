import { setTimeout as delay } from 'node:timers/promises';
import { RangefinderError } from '@rangefinder/base';
import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { DynamoDbClient, PassingFailure } from './dynamodb-client.ts';
import { dynamoDbTarget, type DynamoDbRowStoreOptions } from './dynamodb-options.ts';
import { plainKey } from './row-key-text.ts';
import { answering, storeTooSlow, storeUnavailable, withinDeadline } from './store-failure.ts';

/** Limits of BatchGetItem and BatchWriteItem. */
const GET_KEYS = 100;
const WRITE_ITEMS = 25;
/** Requests of one call under way together. */
const PARALLEL = 16;
const BACKOFF_MIN_MS = 25;
const BACKOFF_MAX_MS = 2_000;
const READ_MAX_MS = 30_000;
const WRITE_MS = 60_000;
const CHECK_MS = 5_000;
/** A partition key is at most this many bytes. */
const KEY_BYTES_MAX = 2_048;

/**
 * Rows as items `{k: key, r: row, x: seconds of the epoch}` of one table with the string partition key `k`; its time-to-live
 * attribute is `x`. Reads are batches of 100 sent together; what the service leaves unprocessed is asked for again with
 * backoff until the deadline.
 */
export class DynamoDbRowStore implements RowStore {
  readonly name = 'dynamodb';
  readonly #client: DynamoDbClient;
  readonly #table: string;
  readonly #prefix: string;
  readonly #closing = new AbortController();

  /** Throws INVALID_ARGUMENT for a URL it cannot read. */
  constructor(options: DynamoDbRowStoreOptions) {
    const target = dynamoDbTarget(options);
    this.#client = new DynamoDbClient(target);
    this.#table = target.table;
    this.#prefix = target.prefix;
  }

  async readMany(keys: readonly RowKey[], { timeoutMs }: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => this.#keyOf(key));
    return this.#call(Math.min(timeoutMs, READ_MAX_MS), async (signal) => {
      const found = new Map<string, Uint8Array>();
      await inParallel(parts([...new Set(names)], GET_KEYS), (part) => this.#get(part, found, signal));
      return names.map((name) => found.get(name));
    });
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    const latest = new Map(entries.map((entry) => [this.#keyOf(entry), entry]));
    await this.#write(
      [...latest].map(([k, { row, expireMs }]) => {
        const item = { k: { S: k }, r: { B: Buffer.from(row).toString('base64') } };
        const expiry = expireMs > 0 ? { x: { N: String(Math.ceil(expireMs / 1000)) } } : {};
        return { PutRequest: { Item: { ...item, ...expiry } } };
      }),
    );
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    const names = new Set(keys.map((key) => this.#keyOf(key)));
    await this.#write([...names].map((k) => ({ DeleteRequest: { Key: { k: { S: k } } } })));
  }

  /** The table must exist and be active. */
  async check(): Promise<void> {
    await answering(
      this.#call(CHECK_MS, async (signal) => {
        const answer = await this.#client.call('DescribeTable', { TableName: this.#table }, signal);
        const status = (answer['Table'] as { TableStatus?: unknown } | undefined)?.TableStatus;
        if (status !== 'ACTIVE' && status !== 'UPDATING') throw new Error(`the table is ${String(status)}`);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the store is closed'));
  }

  async #get(names: readonly string[], found: Map<string, Uint8Array>, signal: AbortSignal): Promise<void> {
    let left: unknown[] = names.map((k) => ({ k: { S: k } }));
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt > 0) await backoff(attempt, signal);
      const request = { RequestItems: { [this.#table]: { Keys: left, ProjectionExpression: 'k, r, x' } } };
      const answer = await passing(() => this.#client.call('BatchGetItem', request, signal));
      if (answer === undefined) continue;
      for (const item of listAt(answer['Responses'], this.#table)) keep(item, found);
      const unprocessed = (answer['UnprocessedKeys'] as Record<string, { Keys?: unknown[] }> | undefined)?.[
        this.#table
      ];
      left = unprocessed?.Keys ?? [];
    }
  }

  async #write(requests: readonly unknown[]): Promise<void> {
    if (requests.length === 0) return;
    await this.#call(WRITE_MS, async (signal) => {
      await inParallel(parts(requests, WRITE_ITEMS), async (part) => {
        let left: unknown[] = [...part];
        for (let attempt = 0; left.length > 0; attempt++) {
          if (attempt > 0) await backoff(attempt, signal);
          const request = { RequestItems: { [this.#table]: left } };
          const answer = await passing(() => this.#client.call('BatchWriteItem', request, signal));
          if (answer !== undefined) left = listAt(answer['UnprocessedItems'], this.#table);
        }
      });
    });
  }

  async #call<T>(timeoutMs: number, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    try {
      return await withinDeadline(timeoutMs, this.name, async () => {
        signal.throwIfAborted();
        return send(signal);
      });
    } catch (thrown) {
      throw storeUnavailable(this.name, networkError(thrown));
    } finally {
      // What is still under way serves nobody any more.
      late.abort(storeTooSlow(this.name, timeoutMs));
    }
  }

  #keyOf(key: RowKey): string {
    const name = plainKey(this.#prefix, key);
    if (Buffer.byteLength(name) <= KEY_BYTES_MAX) return name;
    throw new RangefinderError('INVALID_ARGUMENT', `entity id: expected at most ${KEY_BYTES_MAX} bytes with its view`);
  }
}

/** undefined for a failure that passes: the next attempt asks for the same again. */
async function passing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof PassingFailure) return undefined;
    throw thrown;
  }
}

/** The service forgets rows some time after their expiry; here they are over at once. */
function keep(item: unknown, found: Map<string, Uint8Array>): void {
  const { k, r, x } = item as { k?: { S?: string }; r?: { B?: string }; x?: { N?: string } };
  if (k?.S === undefined || r?.B === undefined) throw new Error('an item of the table is no row: it lacks k or r');
  if (x?.N !== undefined && Number(x.N) * 1000 <= Date.now()) return;
  found.set(k.S, Buffer.from(r.B, 'base64'));
}

async function backoff(attempt: number, signal: AbortSignal): Promise<void> {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10));
  await delay(ceiling / 2 + Math.random() * (ceiling / 2), undefined, { signal });
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
}

function parts<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function listAt(value: unknown, key: string): unknown[] {
  const list = (value as Record<string, unknown> | undefined)?.[key];
  return Array.isArray(list) ? list : [];
}

/** fetch says `fetch failed` and keeps why not as its cause. */
function networkError(thrown: unknown): unknown {
  return thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown;
}
