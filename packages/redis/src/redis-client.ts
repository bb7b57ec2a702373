import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from './redis-target.ts';

/** One node: its connection reports its own readiness. */
export type RedisClient = Redis | Cluster;

const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/**
 * A client that connects when it is first used, comes back by itself, and never queues: while there is no connection a
 * command fails at once, and what was under way when one broke is not sent twice behind the caller's back.
 */
export function redisClient(target: RedisTarget): RedisClient {
  const common = {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls === undefined ? {} : { tls: target.tls }),
    connectTimeout: target.connectMs,
    socketTimeout: target.silenceMs,
    connectionName: 'rangefinder',
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // What we need is the same in both; servers before 6 and many proxies know only this one.
    protocol: 2 as const,
  };
  if (target.cluster) {
    return new Cluster(
      target.nodes.map((node) => ({ ...node })),
      {
        lazyConnect: true,
        enableOfflineQueue: false,
        clusterRetryStrategy: backoffMs,
        slotsRefreshTimeout: target.connectMs,
        redisOptions: common,
        // Answers of managed clusters name hosts that certificates must match, not addresses.
        ...(target.tls === undefined ? {} : { dnsLookup: (address, done) => done(null, address) }),
      },
    );
  }
  const [node] = target.nodes;
  return new Redis({
    ...common,
    ...node,
    db: target.database,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: backoffMs,
  });
}

/** Doubled from 50 ms to 2 s, half of it by chance, so that many servers do not come back in step. */
function backoffMs(attempt: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}
