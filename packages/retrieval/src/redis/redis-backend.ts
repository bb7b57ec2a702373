import { RangefinderError } from '@rangefinder/base';
import type { RedisConnection } from '@rangefinder/redis';
import { throwIfAborted } from '../abort-error.ts';
import { passingIds } from '../remote/passing-ids.ts';
import type { Neighbours, RemoteBackend, ScanNeed, WalkNeed } from '../remote/remote-backend.ts';
import type { VectorItem } from '../vector-index.ts';
import type { Command, RedisCommands } from './redis-commands.ts';
import { redisFailure } from './redis-failure.ts';
import type { CompiledRedisOptions } from './redis-index-options.ts';
import { foundItems, indexInfo, type RedisIndexInfo } from './redis-replies.ts';
import { vectorBytes } from './redis-values.ts';

/** Redis does one thing at a time: what a single command may take from everybody else is bounded by these. */
const WALK_MAX = 4_000;
const IDS_PER_COMMAND = 2_000;
const PIPELINE_COMMANDS = 200;

export class RedisBackend implements RemoteBackend {
  readonly walkMax: number;
  readonly scannedPerReturned = 4;
  readonly #options: CompiledRedisOptions;
  readonly #connection: RedisConnection;
  readonly #commands: RedisCommands;

  constructor(options: CompiledRedisOptions, connection: RedisConnection, commands: RedisCommands) {
    this.walkMax = options.algorithm === 'flat' ? 0 : WALK_MAX;
    this.#options = options;
    this.#connection = connection;
    this.#commands = commands;
  }

  async walk(query: Float32Array, { limit, effort }: WalkNeed, signal: AbortSignal): Promise<Neighbours> {
    return this.#search(this.#commands.walk(this.#bytes(query), limit, effort), signal);
  }

  async scan(query: Float32Array, { limit, filter, exclude }: ScanNeed, signal: AbortSignal): Promise<Neighbours> {
    const bytes = this.#bytes(query);
    if (filter === undefined) {
      // Without the excluded there are still `limit`, where there are so many.
      const near = await this.#search(this.#commands.scanAll(bytes, limit + exclude.size), signal);
      return without(near, exclude);
    }
    const ids = passingIds(filter, exclude);
    let best: Neighbours = { ids: [], scores: [] };
    for (let start = 0; start < ids.length; start += IDS_PER_COMMAND) {
      const part = ids.slice(start, start + IDS_PER_COMMAND);
      best = merged(best, await this.#search(this.#commands.scanIds(bytes, limit, part), signal), limit);
    }
    return best;
  }

  async upsert(items: readonly VectorItem[], signal: AbortSignal): Promise<number> {
    let added = 0;
    for (let start = 0; start < items.length; start += PIPELINE_COMMANDS) {
      const part = items.slice(start, start + PIPELINE_COMMANDS);
      const commands = part.map(({ id, vector }) => this.#commands.write(id, this.#bytes(vector)));
      const replies = await this.#run(commands, signal);
      // The number of fields that were not there before.
      for (const reply of replies) if (Number(reply) > 0) added++;
    }
    return added;
  }

  async remove(ids: readonly number[], signal: AbortSignal): Promise<number> {
    const [gone] = await this.#run([this.#commands.remove(ids)], signal);
    return Number(gone);
  }

  async count(signal: AbortSignal): Promise<number> {
    return (await this.describe(signal)).items;
  }

  async describe(signal: AbortSignal): Promise<RedisIndexInfo> {
    const [reply] = await this.#run([this.#commands.describeIndex()], signal);
    return indexInfo(reply);
  }

  async create(signal: AbortSignal): Promise<void> {
    await this.#run([this.#commands.createIndex()], signal);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #search(command: Command, signal: AbortSignal): Promise<Neighbours> {
    const [reply] = await this.#run([command], signal);
    const { keys, distances } = foundItems(reply);
    return { ids: keys.map((key) => this.#idOf(key)), scores: distances.map((distance) => this.#scoreOf(distance)) };
  }

  /** Sent together; rejects with the first that failed. A late answer is read and dropped by the client. */
  async #run(commands: readonly Command[], signal: AbortSignal): Promise<readonly unknown[]> {
    throwIfAborted(signal);
    try {
      await this.#connection.ready();
      throwIfAborted(signal);
      const { client } = this.#connection;
      return await Promise.all(commands.map(([name, ...parts]) => client.call(name, ...parts)));
    } catch (thrown) {
      const isOurs = thrown instanceof RangefinderError || (thrown instanceof Error && thrown.name === 'ReplyError');
      throw redisFailure(this.#options, isOurs ? thrown : (this.#connection.lastError ?? thrown));
    }
  }

  #bytes(vector: Float32Array): Buffer {
    return vectorBytes(vector, this.#options.storage);
  }

  #scoreOf(distance: number): number {
    // Redis's distances: 1 - cosine, 1 - product, the square of the distance. 0 - x, since a score of -0 looks wrong.
    return this.#options.metric === 'l2' ? 0 - distance : 1 - distance;
  }

  #idOf(key: string): number {
    const { name, prefix } = this.#options;
    const id = key.startsWith(prefix) ? Number(key.slice(prefix.length) || Number.NaN) : Number.NaN;
    if (Number.isInteger(id) && id >= 0 && id <= 0xffff_fffe) return id;
    throw new RangefinderError('UNAVAILABLE', `${name}: the index holds ${key}, expected ${prefix} and a number`);
  }
}

function without(near: Neighbours, exclude: ReadonlySet<number>): Neighbours {
  if (exclude.size === 0) return near;
  const kept = Array.from(near.ids.keys()).filter((i) => !exclude.has(near.ids[i]!));
  return { ids: kept.map((i) => near.ids[i]!), scores: kept.map((i) => near.scores[i]!) };
}

function merged(a: Neighbours, b: Neighbours, limit: number): Neighbours {
  const ids = [...a.ids, ...b.ids];
  const scores = [...a.scores, ...b.scores];
  const order = Array.from(ids.keys()).sort((x, y) => scores[y]! - scores[x]! || ids[x]! - ids[y]!);
  const best = order.slice(0, limit);
  return { ids: best.map((i) => ids[i]!), scores: best.map((i) => scores[i]!) };
}
