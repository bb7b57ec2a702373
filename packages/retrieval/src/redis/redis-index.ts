import { setTimeout as delay } from 'node:timers/promises';
import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { RedisConnection } from '@rangefinder/redis';
import { withinLimit } from '../remote/call-limit.ts';
import { RemoteIndex, type RemoteVectorIndex } from '../remote/remote-index.ts';
import { RedisBackend } from './redis-backend.ts';
import { DISTANCE_METRICS, RedisCommands } from './redis-commands.ts';
import { compileRedisOptions, type CompiledRedisOptions, type RedisIndexOptions } from './redis-index-options.ts';
import type { RedisIndexInfo } from './redis-replies.ts';

const INDEXING_POLL_MS = 50;

/**
 * An index of Redis's query engine (Redis 8, or Redis Stack) as a vector index. Rejects with INVALID_ARGUMENT for
 * options that make no sense or that the index does not fit, NOT_FOUND for a missing index, UNSUPPORTED where the server has no
 * query engine or not all of it, UNAVAILABLE when it does not let us in.
 */
export async function openRedisIndex(options: RedisIndexOptions): Promise<RemoteVectorIndex> {
  const compiled = compileRedisOptions(options);
  const connection = new RedisConnection(compiled.target);
  const backend = new RedisBackend(compiled, connection, new RedisCommands(compiled));
  try {
    const limit = { name: compiled.name, limitMs: compiled.searchMs };
    await withinLimit(limit, (signal) => checkIndex(compiled, backend, signal));
    return new RemoteIndex(compiled, backend, await whenIndexed(compiled, backend));
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function checkIndex(options: CompiledRedisOptions, backend: RedisBackend, signal: AbortSignal): Promise<void> {
  let info = await described(options, backend, signal);
  if (info === undefined && options.create) {
    await backend.create(signal).catch(async (thrown: unknown) => {
      // Another process may have been first.
      if (!/index already exists/i.test(messageOf(thrown))) throw thrown;
    });
    info = await described(options, backend, signal);
  }
  if (info === undefined) {
    throw new RangefinderError(
      'NOT_FOUND',
      `${options.name}: Redis has no index ${options.index}: open with create: true, or name another with index`,
    );
  }
  checkFields(options, info);
  // Valkey's search takes no policy: then nothing would promise that a scan looks at each item.
  const probe = Float32Array.from({ length: options.dimensions }, () => 1);
  await backend.scan(probe, { limit: 1, filter: undefined, exclude: new Set() }, signal).catch((thrown: unknown) => {
    throw new RangefinderError(
      'UNSUPPORTED',
      `${options.name}: this server does not take HYBRID_POLICY ADHOC_BF, which exact searches need; Redis 8 and Redis Stack do: ` +
        messageOf(thrown),
      { cause: thrown },
    );
  });
}

async function described(
  options: CompiledRedisOptions,
  backend: RedisBackend,
  signal: AbortSignal,
): Promise<RedisIndexInfo | undefined> {
  try {
    return await backend.describe(signal);
  } catch (thrown) {
    const message = messageOf(thrown);
    if (/unknown index name|no such index|not found/i.test(message)) return undefined;
    if (/unknown command/i.test(message)) {
      throw new RangefinderError(
        'UNSUPPORTED',
        `${options.name}: this server has no query engine: Redis 8 or Redis Stack is needed`,
        { cause: thrown },
      );
    }
    throw thrown;
  }
}

function checkFields(options: CompiledRedisOptions, { fields, prefixes }: RedisIndexInfo): void {
  const { index, vectorField, metric, dimensions, storage, prefix } = options;
  const vector = fields.get(vectorField);
  if (vector === undefined || vector.get('type') !== 'VECTOR') {
    throw invalidArgument('vectorField', `the index ${index} has no vector field ${vectorField}`);
  }
  if (fields.get('id')?.get('type') !== 'TAG') {
    throw invalidArgument('index', `${index} has no field id of type TAG, which filters need`);
  }
  if (!prefixes.includes(prefix)) {
    throw invalidArgument('prefix', `the index ${index} is over ${prefixes.join(', ')}, the options say ${prefix}`);
  }
  const expected = {
    dimensions: ['dim', String(dimensions)],
    metric: ['distance_metric', DISTANCE_METRICS[metric]],
    storage: ['data_type', storage === 'float16' ? 'FLOAT16' : 'FLOAT32'],
    algorithm: ['algorithm', options.algorithm.toUpperCase()],
  } as const;
  for (const [field, [name, value]] of Object.entries(expected)) {
    const there = vector.get(name);
    if (there === value) continue;
    throw invalidArgument(
      field,
      `the index ${index} has ${there}, the options say ${value}: name another index, or drop it with FT.DROPINDEX`,
    );
  }
}

/** How many items there are, once all that were there before the index are in it. */
async function whenIndexed(options: CompiledRedisOptions, backend: RedisBackend): Promise<number> {
  for (;;) {
    const limit = { name: options.name, limitMs: options.searchMs };
    const info = await withinLimit(limit, (signal) => backend.describe(signal));
    if (!info.isIndexing) return info.items;
    await delay(INDEXING_POLL_MS);
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
