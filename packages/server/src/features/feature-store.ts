import { join } from 'node:path';
import { invalidArgument, type BreakerState, type Clock } from '@rangefinder/base';
import {
  DynamoDbRowStore,
  GuardedRowStore,
  LmdbRowStore,
  MemcachedRowStore,
  MemoryRowStore,
  RedisRowStore,
  TieredRowStore,
  type RowStore,
  type TieredRowStoreStatistics,
} from '@rangefinder/features';
import type { ServerOptions } from '../options/server-options.ts';

/** What a process has of a store: the port, and what its tiers can tell for the metrics. */
export interface FeatureStore {
  readonly store: RowStore;
  /** undefined for a store without a cache in front. */
  readonly cache: (() => TieredRowStoreStatistics) | undefined;
  /** undefined for a store in this process. */
  readonly breakerState: (() => BreakerState) | undefined;
}

export interface FeatureStoreObserver {
  /** A read that reached an external store. */
  storeRead(store: string, elapsedMs: number, answered: boolean): void;
}

/** Where the embedded store keeps its rows, in the feature repository unless said otherwise. */
const EMBEDDED_FILE = 'online-features.mdb';

/**
 * The store that `--feature-store` names: `embedded`, `memory`, or the URL of an external one, which gets a circuit breaker
 * and, unless it is turned off, a cache. Throws INVALID_ARGUMENT for a URL that no store understands.
 */
export async function openFeatureStore(
  options: ServerOptions,
  clock: Clock,
  observer: FeatureStoreObserver,
): Promise<FeatureStore> {
  const { featureStore } = options;
  if (featureStore === 'memory') return inProcess(new MemoryRowStore({ clock }));
  if (featureStore === 'embedded') {
    const folder = options.featureStoreDir === '' ? options.featureRepository : options.featureStoreDir;
    return inProcess(await LmdbRowStore.open({ file: join(folder, EMBEDDED_FILE), clock }));
  }
  const external = externalStore(featureStore);
  const guarded = new GuardedRowStore(external, {
    clock,
    onRead: (elapsedMs, answered) => observer.storeRead(external.name, elapsedMs, answered),
  });
  const breakerState = (): BreakerState => guarded.breakerState;
  if (options.featureCacheBytes === 0) return { store: guarded, cache: undefined, breakerState };
  const tiered = new TieredRowStore(guarded, {
    clock,
    cacheBytesMax: options.featureCacheBytes,
    freshMs: options.featureCacheFreshMs,
    negativeMs: options.featureCacheFreshMs,
    staleMs: options.featureCacheStaleSeconds * 1000,
    loadTimeoutMs: options.featureTimeoutMs,
  });
  return { store: tiered, cache: () => tiered.statistics, breakerState };
}

function inProcess(store: RowStore): FeatureStore {
  return { store, cache: undefined, breakerState: undefined };
}

function externalStore(url: string): RowStore {
  const scheme = /^([a-z]+)(\+cluster)?:\/\//.exec(url)?.[1];
  switch (scheme) {
    case 'redis':
    case 'rediss':
    case 'valkey':
    case 'valkeys':
      return new RedisRowStore({ url });
    case 'memcached':
    case 'memcacheds':
      return new MemcachedRowStore({ url });
    case 'dynamodb':
      return new DynamoDbRowStore({ url });
    default:
      throw invalidArgument(
        'featureStore',
        'expected embedded, memory, or a URL that starts with redis, rediss, redis+cluster, memcached or dynamodb',
      );
  }
}
