import calculateSlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { RangefinderError } from '@rangefinder/base';
import { RedisConnection, redisTarget, type RedisClient, type RedisConnectionOptions } from '@rangefinder/redis';
import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';
import { checkedPrefix, hashTaggedKey } from './row-key-text.ts';
import { answering, storeUnavailable, withinDeadline } from './store-failure.ts';

export interface RedisRowStoreOptions extends RedisConnectionOptions {
  /** Before every key; the default is `rf:`. */
  readonly prefix?: string;
}

/** Limit for a write: the port gives it no deadline of its own. */
const WRITE_MS = 10_000;
const CHECK_MS = 2_000;
/** Bounds the bytes that wait in one socket; a million entries go in parts. */
const PIPELINE_COMMANDS = 2_000;

type Rows = (Uint8Array | undefined)[];

/**
 * Rows in Redis or Valkey, single or cluster, as plain values under `rf:{entityId}view`. A read is one MGET, in a cluster one
 * pipeline per node with an MGET per slot, all sent together: one round trip either way.
 */
export class RedisRowStore implements RowStore {
  readonly name = 'redis';
  readonly #prefix: string;
  readonly #connection: RedisConnection;
  readonly #client: RedisClient;

  /** Throws INVALID_ARGUMENT for a URL it cannot read; connects at the first call. */
  constructor(options: RedisRowStoreOptions) {
    this.#prefix = checkedPrefix(options.prefix ?? 'rf:');
    this.#connection = new RedisConnection(redisTarget(options, 'feature store'));
    this.#client = this.#connection.client;
  }

  async readMany(keys: readonly RowKey[], { timeoutMs }: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => hashTaggedKey(this.#prefix, key));
    return this.#call(timeoutMs, async () => {
      if (this.#client instanceof Cluster) return readFromCluster(this.#client, names);
      return (await this.#client.mgetBuffer(names)).map((row) => row ?? undefined);
    });
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    // The last entry of a key wins; a pipeline keeps order, but parts of a cluster do not wait for each other.
    const latest = new Map(entries.map((entry) => [hashTaggedKey(this.#prefix, entry), entry]));
    const nowMs = Date.now();
    const commands = [...latest].map(([name, { row, expireMs }]): Command => {
      // A copy: the caller may reuse its buffer while the socket still has it.
      const value = Buffer.from(row);
      if (expireMs <= 0) return ['set', name, value];
      // PX, not PXAT, which servers before 6.2 do not know.
      return expireMs > nowMs ? ['set', name, value, 'PX', Math.ceil(expireMs - nowMs)] : ['unlink', name];
    });
    await this.#run(commands);
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    const names = new Set(keys.map((key) => hashTaggedKey(this.#prefix, key)));
    await this.#run([...names].map((name): Command => ['unlink', name]));
  }

  async check(): Promise<void> {
    await answering(this.#call(CHECK_MS, () => this.#client.ping()));
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #run(commands: readonly Command[]): Promise<void> {
    for (let start = 0; start < commands.length; start += PIPELINE_COMMANDS) {
      const part = commands.slice(start, start + PIPELINE_COMMANDS);
      await this.#call(WRITE_MS, async () => {
        await Promise.all(byNode(this.#client, part).map((group) => runPipeline(this.#client, group)));
      });
    }
  }

  async #call<T>(timeoutMs: number, send: () => Promise<T>): Promise<T> {
    try {
      return await withinDeadline(timeoutMs, this.name, () => this.#connection.ready().then(send));
    } catch (thrown) {
      const why = thrown instanceof RangefinderError ? thrown : (this.#connection.lastError ?? thrown);
      throw storeUnavailable(this.name, why);
    }
  }
}

type Command = [name: string, ...parts: (string | number | Buffer)[]];

async function readFromCluster(cluster: Cluster, names: readonly string[]): Promise<Rows> {
  const rows: Rows = Array.from({ length: names.length });
  const placesBySlot = new Map<number, number[]>();
  for (const [place, name] of names.entries()) {
    const slot = calculateSlot(name);
    const places = placesBySlot.get(slot);
    if (places === undefined) placesBySlot.set(slot, [place]);
    else places.push(place);
  }
  const gets = [...placesBySlot.values()].map((places) => ({
    places,
    command: ['mgetBuffer', ...places.map((place) => names[place]!)] as Command,
  }));
  const groups = byNode(cluster, gets, ({ command }) => command);
  await Promise.all(
    groups.map(async (group) => {
      const replies = await runPipeline(
        cluster,
        group.map(({ command }) => command),
      );
      for (const [i, { places }] of group.entries()) {
        const found = replies[i] as (Buffer | null)[];
        for (const [j, place] of places.entries()) rows[place] = found[j] ?? undefined;
      }
    }),
  );
  return rows;
}

/** Commands that go to the same node of a cluster, in their order; all in one group for a single server. */
function byNode<T>(
  client: RedisClient,
  items: readonly T[],
  commandOf: (item: T) => Command = (item) => item as Command,
): T[][] {
  if (!(client instanceof Cluster)) return [[...items]];
  const groups = new Map<string, T[]>();
  for (const item of items) {
    // The owner and its replicas: a pipeline must stay within slots that the very same nodes serve.
    const nodes = client.slots[calculateSlot(String(commandOf(item)[1]))]?.join(' ') ?? '';
    const group = groups.get(nodes);
    if (group === undefined) groups.set(nodes, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Rejects with the first error of any command: there are no partial results. */
async function runPipeline(client: RedisClient, commands: readonly Command[]): Promise<unknown[]> {
  const replies = await client.pipeline([...commands]).exec();
  if (replies === null) throw new Error('the pipeline was discarded');
  return replies.map(([error, reply]) => {
    if (error !== null && error !== undefined) throw error;
    return reply;
  });
}
