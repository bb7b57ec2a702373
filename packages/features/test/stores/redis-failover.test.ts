import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { eventually } from '@rangefinder/testing';
import { RedisRowStore } from '../../src/index.ts';
import { missing, startRedisCluster } from './real-servers.ts';

const KEYS = Array.from({ length: 50 }, (_, i) => ({ view: 'v', entityId: `k${i}` }));

test(
  'a primary of a cluster that is killed: reads fail with a code, then its replica serves all rows',
  { skip: missing('redis-server') || missing('redis-cli') },
  async (t) => {
    const cluster = await startRedisCluster(1);
    t.after(() => cluster.stop());
    const hosts = cluster.ports.map((port) => `127.0.0.1:${port}`);
    const store = new RedisRowStore({ url: `redis+cluster://${hosts.join(',')}`, silenceMs: 500, connectMs: 500 });
    t.after(() => store.close());
    await store.writeMany(KEYS.map((key, i) => ({ ...key, row: Uint8Array.of(i), expireMs: 0 })));
    for (const port of cluster.ports) await eventually(async () => replicated(port));
    const victim = cluster.ports.findIndex((port) => roleOf(port) === 'master');
    await cluster.nodes[victim]!.stop();
    await eventually(async () => {
      try {
        const rows = await store.readMany(KEYS, { timeoutMs: 1_000 });
        assert.deepEqual(
          rows.map((row) => row?.[0]),
          KEYS.map((_, i) => i),
        );
        return roles(cluster.ports.filter((_, i) => i !== victim)) === 3;
      } catch (thrown) {
        assert.ok(thrown instanceof RangefinderError, String(thrown));
        assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(thrown.code), thrown.message);
        return false;
      }
    });
    await store.writeMany([{ ...KEYS[0]!, row: Uint8Array.of(99), expireMs: 0 }]);
    assert.equal((await store.readMany(KEYS, { timeoutMs: 5_000 }))[0]?.[0], 99);
  },
);

function info(port: number): string {
  return spawnSync('redis-cli', ['-p', String(port), 'info', 'replication'], { encoding: 'utf8' }).stdout;
}

function roleOf(port: number): string | undefined {
  return /role:(\w+)/.exec(info(port))?.[1];
}

function roles(ports: readonly number[]): number {
  return ports.filter((port) => roleOf(port) === 'master').length;
}

/** A replica that has everything, or a master whose replica has. */
function replicated(port: number): boolean {
  const text = info(port);
  const offset = /master_repl_offset:(\d+)/.exec(text)?.[1];
  return text.includes('role:slave')
    ? text.includes('master_link_status:up')
    : text.includes(`state=online,offset=${offset},`);
}
