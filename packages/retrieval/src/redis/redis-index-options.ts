import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';
import { redisTarget, type RedisTarget } from '@rangefinder/redis';
import { expectOneOf, expectWhole } from '../option-checks.ts';
import {
  compileRemoteOptions,
  type CompiledRemoteOptions,
  type RemoteIndexOptions,
} from '../remote/remote-index-options.ts';

export interface RedisIndexOptions extends RemoteIndexOptions {
  /** `redis://user:password@host:6379`, `rediss://` for TLS with `?ca=/path/ca.pem`. */
  readonly url: string;
  /** Name of the index in Redis. Default `rf:` and the name. */
  readonly index?: string;
  /** Items are the hashes at this prefix and their id. Default the index's name and `:`. */
  readonly prefix?: string;
  /** Field that holds the vector, as bytes. Default `embedding`. The id is in the field `id` too, for filters. */
  readonly vectorField?: string;
  /** Creates the index where it is missing. Default false: then it must be there. */
  readonly create?: boolean;
  /** `flat` has no graph: every search is a scan. Default `hnsw`. */
  readonly algorithm?: 'hnsw' | 'flat';
  /** Redis's M, links of an item, 2 to 512. Default 16. */
  readonly m?: number;
  /** Redis's EF_CONSTRUCTION, 4 to 4,096. Default 200. */
  readonly efConstruction?: number;
  /** A connection that was asked and says nothing for so long is given up and made anew. Default 5,000. */
  readonly silenceMs?: number;
  /** Over what the URL's scheme asks for. */
  readonly tls?: ConnectionOptions;
}

export interface CompiledRedisOptions extends CompiledRemoteOptions {
  readonly target: RedisTarget;
  readonly index: string;
  readonly prefix: string;
  readonly vectorField: string;
  readonly create: boolean;
  readonly algorithm: 'hnsw' | 'flat';
  readonly m: number;
  readonly efConstruction: number;
}

const DIMENSIONS_MAX = 32_768;

/** With defaults, checked and frozen. Throws INVALID_ARGUMENT naming the option. */
export function compileRedisOptions(options: RedisIndexOptions): CompiledRedisOptions {
  const remote = compileRemoteOptions(options, DIMENSIONS_MAX);
  const { url, tls, silenceMs = 5_000 } = options;
  const { connectMs } = remote;
  const target = redisTarget({ url, connectMs, silenceMs, ...(tls === undefined ? {} : { tls }) }, 'url');
  if (target.cluster) {
    throw invalidArgument('url', 'vector indexes in a cluster are not supported: expected redis:// or rediss://');
  }
  const index = options.index ?? `rf:${options.name}`;
  const compiled: CompiledRedisOptions = {
    ...remote,
    target,
    index,
    prefix: options.prefix ?? `${index}:`,
    vectorField: options.vectorField ?? 'embedding',
    create: options.create ?? false,
    algorithm: options.algorithm ?? 'hnsw',
    m: options.m ?? 16,
    efConstruction: options.efConstruction ?? 200,
  };
  expectWhole('silenceMs', silenceMs, 1, 86_400_000);
  for (const field of ['index', 'prefix'] as const) {
    if (!/^[\w.:/-]{1,128}$/.test(compiled[field])) {
      throw invalidArgument(field, 'expected 1 to 128 letters, digits and _ . : / -');
    }
  }
  // It stands inside queries, which give many signs a meaning.
  if (!/^[a-z_]\w{0,63}$/i.test(compiled.vectorField) || compiled.vectorField === 'id') {
    throw invalidArgument('vectorField', 'expected 1 to 64 letters, digits and _, and not id');
  }
  expectOneOf('algorithm', compiled.algorithm, ['hnsw', 'flat']);
  expectWhole('m', compiled.m, 2, 512);
  expectWhole('efConstruction', compiled.efConstruction, 4, 4_096);
  return Object.freeze(compiled);
}
