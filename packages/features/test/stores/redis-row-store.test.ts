import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { describeRowStoreContract, eventually, freePort, type RealServer } from '@rangefinder/testing';
import { RedisRowStore } from '../../src/index.ts';
import { missing, startRedis, startRedisCluster } from './real-servers.ts';
import { describeStoreFaults } from './store-fault-cases.ts';

describe('Redis', { skip: missing('redis-server') }, () => {
  let server: RealServer;
  let opened = 0;
  before(async () => (server = await startRedis()));
  after(() => server.stop());

  describeRowStoreContract({
    name: 'redis',
    open: async () => new RedisRowStore({ url: `redis://127.0.0.1:${server.port}`, prefix: `t${opened++}:` }),
    untilPast: async (_store, expireMs) => eventually(async () => Date.now() > expireMs),
    openUnreachable: async () => new RedisRowStore({ url: `redis://127.0.0.1:${await freePort()}` }),
  });

  describeStoreFaults({
    name: 'redis',
    serverPort: () => server.port,
    open: (port) => new RedisRowStore({ url: `redis://127.0.0.1:${port}`, silenceMs: 100 }),
  });

  test('a wrong password is UNAVAILABLE and says so; the right one opens', async () => {
    const locked = await startRedis('--requirepass', 'secret word');
    try {
      const refused = new RedisRowStore({ url: `redis://:wrong@127.0.0.1:${locked.port}` });
      await assert.rejects(refused.check(), { code: 'UNAVAILABLE', message: /WRONGPASS|NOAUTH|AUTH/ });
      await refused.close();
      const store = new RedisRowStore({ url: `valkey://:secret%20word@127.0.0.1:${locked.port}/2` });
      await store.check();
      await store.close();
    } finally {
      await locked.stop();
    }
  });
});

describe('Redis Cluster', { skip: missing('redis-server') || missing('redis-cli') }, () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  let opened = 0;
  const url = (): string => `redis+cluster://${cluster.ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
  before(async () => (cluster = await startRedisCluster()));
  after(() => cluster.stop());

  describeRowStoreContract({
    name: 'redis cluster',
    open: async () => new RedisRowStore({ url: url(), prefix: `t${opened++}:` }),
    untilPast: async (_store, expireMs) => eventually(async () => Date.now() > expireMs),
  });

  test('rows of 500 entities in two views come from all nodes', async () => {
    const store = new RedisRowStore({ url: url(), prefix: 'all:' });
    const keys = Array.from({ length: 1_000 }, (_, i) => ({ view: i % 2 === 0 ? 'a' : 'b', entityId: `e${i >> 1}` }));
    await store.writeMany(keys.map((key, i) => ({ ...key, row: Uint8Array.of(i & 255), expireMs: 0 })));
    const rows = await store.readMany(keys, { timeoutMs: 10_000 });
    assert.deepEqual(
      rows.map((row) => row?.[0]),
      keys.map((_, i) => i & 255),
    );
    await store.close();
  });
});
