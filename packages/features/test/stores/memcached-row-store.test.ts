import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { describeRowStoreContract, eventually, freePort, type RealServer } from '@rangefinder/testing';
import { MemcachedRowStore } from '../../src/index.ts';
import { missing, startMemcached } from './real-servers.ts';
import { describeStoreFaults } from './store-fault-cases.ts';

describe('memcached', { skip: missing('memcached') }, () => {
  let servers: RealServer[];
  let opened = 0;
  before(async () => (servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])));
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  describeRowStoreContract({
    name: 'memcached',
    open: async () =>
      new MemcachedRowStore({
        url: `memcached://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
        prefix: `t${opened++}:`,
      }),
    // Its clock ticks in seconds.
    untilPast: async (_store, expireMs) => eventually(async () => Date.now() > expireMs + 2_000),
    openUnreachable: async () => new MemcachedRowStore({ url: `memcached://127.0.0.1:${await freePort()}` }),
  });

  describeStoreFaults({
    name: 'memcached',
    serverPort: () => servers[0]!.port,
    open: (port) => new MemcachedRowStore({ url: `memcached://127.0.0.1:${port}`, silenceMs: 100 }),
  });

  test('a row that is too large is refused, and the connection goes on', async () => {
    const store = new MemcachedRowStore({ url: `memcached://127.0.0.1:${servers[0]!.port}`, prefix: 'large:' });
    const small = { view: 'v', entityId: 'small', row: Uint8Array.of(1), expireMs: 0 };
    const large = { view: 'v', entityId: 'large', row: new Uint8Array(2 * 1024 * 1024), expireMs: 0 };
    await assert.rejects(store.writeMany([small, large]), { code: 'PAYLOAD_TOO_LARGE' });
    const [row] = await store.readMany([small], { timeoutMs: 5_000 });
    assert.deepEqual([...(row ?? [])], [1]);
    await store.close();
  });

  test('a user signs in; without a name the server does not answer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rangefinder-memcached-'));
    const file = join(folder, 'users');
    await writeFile(file, 'ranger:s3cret\n', { mode: 0o644 });
    const locked = await startMemcached('-u', 'root', '-Y', file);
    try {
      const store = new MemcachedRowStore({ url: `memcached://ranger:s3cret@127.0.0.1:${locked.port}` });
      await store.check();
      await store.close();
      const wrong = new MemcachedRowStore({ url: `memcached://ranger:wrong@127.0.0.1:${locked.port}` });
      await assert.rejects(wrong.check(), { code: 'UNAVAILABLE' });
      await wrong.close();
      const stranger = new MemcachedRowStore({ url: `memcached://127.0.0.1:${locked.port}` });
      await assert.rejects(stranger.check(), { code: 'UNAVAILABLE' });
      await stranger.close();
    } finally {
      await locked.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
