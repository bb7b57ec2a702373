import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { openRedisIndex, type RedisIndexOptions, type RemoteVectorIndex } from '@rangefinder/retrieval';
import {
  REDIS_SEARCH_MISSING,
  startRedisSearch,
  startRedisWithoutSearch,
  type VectorServer,
} from '@rangefinder/testing';
import { describeRemoteFaults } from '../remote-fault-cases.ts';
import { describeRemoteIndex, DIMENSIONS } from '../remote-index-cases.ts';

const VECTOR = Float32Array.of(1, 2, 3);

describe("an index of Redis's query engine", { skip: REDIS_SEARCH_MISSING }, () => {
  let server: VectorServer;
  let faultIndexes = 0;
  before(async () => (server = await startRedisSearch()));
  after(() => server.stop());

  function open(options: Partial<RedisIndexOptions> = {}): Promise<RemoteVectorIndex> {
    return openRedisIndex({ name: 'films', url: server.url, dimensions: 3, metric: 'l2', create: true, ...options });
  }

  async function command(...parts: [string, ...(string | number | Buffer)[]]): Promise<unknown> {
    const client = new Redis(server.url, { protocol: 2 });
    try {
      const [name, ...rest] = parts;
      return await client.call(name, ...rest);
    } finally {
      client.disconnect();
    }
  }

  describeRemoteIndex({
    name: 'redis',
    open: ({ place, ...options }) => open({ index: `case:${place}`, dimensions: DIMENSIONS, ...options }),
    openScanning: ({ place }) => open({ index: `case:${place}`, dimensions: DIMENSIONS, algorithm: 'flat' }),
  });

  describeRemoteFaults({
    name: 'redis',
    serverPort: () => server.port,
    open: (port) => {
      const times = { searchMs: 300, changeMs: 300, silenceMs: 300, breaker: { openMinMs: 50, openMaxMs: 50 } };
      return open({ url: `redis://127.0.0.1:${port}`, index: `fault:${faultIndexes++}`, ...times });
    },
  });

  it('says which option does not fit the index that is there', async () => {
    await (await open({ index: 'there' })).close();
    await (await open({ index: 'there', create: false })).close();
    const refusals: [Partial<RedisIndexOptions>, RegExp][] = [
      [{ dimensions: 4 }, /^dimensions: the index there has 3, the options say 4/],
      [{ metric: 'cosine' }, /^metric: the index there has L2, the options say COSINE/],
      [{ storage: 'float16' }, /^storage: the index there has FLOAT32/],
      [{ algorithm: 'flat' }, /^algorithm: the index there has HNSW/],
      [{ vectorField: 'other' }, /^vectorField: the index there has no vector field other/],
      [{ prefix: 'elsewhere:' }, /^prefix: the index there is over there:, the options say elsewhere:/],
    ];
    for (const [options, message] of refusals) {
      await assert.rejects(open({ index: 'there', ...options }), { code: 'INVALID_ARGUMENT', message });
    }
    await assert.rejects(open({ index: 'absent', create: false }), { code: 'NOT_FOUND', message: /create: true/ });
    await command('FT.CREATE', 'plain', 'PREFIX', 1, 'plain:', 'SCHEMA', ...vectorSchema());
    await assert.rejects(open({ index: 'plain' }), { code: 'INVALID_ARGUMENT', message: /no field id of type TAG/ });
  });

  it('refuses names that mean something in a query, databases without indexes, and clusters', async () => {
    const refused: Partial<RedisIndexOptions>[] = [
      { vectorField: 'v] => {' },
      { vectorField: 'id' },
      { index: 'a b' },
      { prefix: '' },
      { url: 'redis+cluster://127.0.0.1:1' },
      { url: 'http://127.0.0.1' },
      { m: 1 },
      { dimensions: 0 },
    ];
    for (const options of refused) await assert.rejects(open(options), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(open({ url: `${server.url}/1`, index: 'second' }), {
      code: 'UNAVAILABLE',
      message: /indexes are in database 0 only/,
    });
  });

  it('a user without rights and a wrong password are UNAVAILABLE and say what to do', async () => {
    await (await open({ index: 'guarded' })).close();
    await command('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-hset');
    const url = (password: string): string => `redis://reader:${password}@127.0.0.1:${server.port}`;
    const index = await open({ index: 'guarded', url: url('secret') });
    const writing = index.upsert([{ id: 1, vector: VECTOR }]);
    await assert.rejects(writing, { code: 'UNAVAILABLE', message: /NOPERM.*ACL SETUSER/ });
    await index.close();
    await assert.rejects(open({ url: url('wrong') }), {
      code: 'UNAVAILABLE',
      message: /WRONGPASS.*password in the URL/,
    });
  });

  it('a server without the query engine is UNSUPPORTED', async () => {
    const plain = await startRedisWithoutSearch();
    await assert.rejects(open({ url: plain.url }), { code: 'UNSUPPORTED', message: /no query engine.*Redis 8/ });
    await plain.stop();
  });

  it('an index that was dropped is UNAVAILABLE, not empty', async () => {
    const index = await open({ index: 'dropped' });
    await command('FT.DROPINDEX', 'dropped');
    const searching = index.search({ query: VECTOR, k: 1, filter: undefined });
    await assert.rejects(searching, { code: 'UNAVAILABLE', message: /index is missing/ });
    await index.close();
  });

  it('waits at its opening for items that were there before the index', async () => {
    for (let id = 0; id < 50; id++) await command('HSET', `old:${id}`, 'id', id, 'embedding', bytes(VECTOR));
    const index = await open({ index: 'old', prefix: 'old:' });
    assert.equal(index.size, 50);
    await index.close();
  });

  it('a full server refuses changes and goes on searching', async () => {
    const full = await startRedisSearch();
    const index = await open({ url: full.url, index: 'full' });
    await index.upsert([{ id: 1, vector: VECTOR }]);
    const client = new Redis(full.url);
    await client.config('SET', 'maxmemory', '1');
    client.disconnect();
    await assert.rejects(index.upsert([{ id: 2, vector: VECTOR }]), { code: 'RESOURCE_EXHAUSTED', message: /OOM/ });
    assert.deepEqual([...(await index.search({ query: VECTOR, k: 2, filter: undefined })).ids], [1]);
    await index.close();
    await full.stop();
  });
});

function vectorSchema(): (string | number)[] {
  return ['embedding', 'VECTOR', 'HNSW', 6, 'TYPE', 'FLOAT32', 'DIM', 3, 'DISTANCE_METRIC', 'L2'];
}

function bytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
