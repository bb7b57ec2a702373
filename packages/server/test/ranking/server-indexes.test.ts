import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { PGVECTOR_MISSING, REDIS_SEARCH_MISSING, startPostgres, startRedisSearch } from '@rangefinder/testing';
import type { VectorServer } from '@rangefinder/testing';
import type { RankerProgress } from '../../src/index.ts';
import { rankerFolder, rankerServer, rankerYaml, SOUND, writeFiles } from './ranker-folders.ts';

const KINDS = [
  { index: 'pgvector', missing: PGVECTOR_MISSING, start: startPostgres },
  { index: 'redis', missing: REDIS_SEARCH_MISSING, start: startRedisSearch },
] as const;

for (const { index, missing, start } of KINDS) {
  describe(`a ranker folder with index: ${index}`, { skip: missing }, () => {
    const variable = `RANGEFINDER_TEST_${index.toUpperCase()}`;
    let server: VectorServer;
    before(async () => {
      server = await start();
      process.env[variable] = server.url;
    });
    after(async () => {
      delete process.env[variable];
      await server.stop();
    });

    test('ranks as one with an index of its own; the next start fills nothing, other vectors get another index', async (t) => {
      const yaml = rankerYaml('dimensions: 2', `dimensions: 2, index: ${index}, server: { url_env: ${variable} }`);
      const root = await rankerFolder(t, { 'films/ranker.yaml': yaml });
      const own = await near(t, await rankerFolder(t));
      assert.deepEqual(await near(t, root), { ...own, filled: true });
      assert.deepEqual(await near(t, root), { ...own, filled: false });
      const rows = String(SOUND['films/items.jsonl']).replace('"plot":[1,0]', '"plot":[-1,0.1]');
      await writeFiles(root, { 'films/items.jsonl': rows });
      const changed = await near(t, root);
      assert.equal(changed.filled, true);
      assert.notDeepEqual(changed.ids, own.ids);
    });

    test('a server that is not there fails the start with the place and the reason', async (t) => {
      process.env['RANGEFINDER_TEST_NOWHERE'] = server.url.replace(String(server.port), '1');
      t.after(() => delete process.env['RANGEFINDER_TEST_NOWHERE']);
      const nowhere = `dimensions: 2, index: ${index}, server: { url_env: RANGEFINDER_TEST_NOWHERE }`;
      const root = await rankerFolder(t, { 'films/ranker.yaml': rankerYaml('dimensions: 2', nowhere) });
      await assert.rejects(rankerServer(t, root), /films\/ranker\.yaml: items\.embeddings\.plot: .*ECONNREFUSED/);
    });
  });
}

/** What the source `near` gives for the direction of the first item, and whether an index was filled for it. */
async function near(t: TestContext, root: string): Promise<{ readonly ids: string[]; readonly filled: boolean }> {
  const heard: RankerProgress[] = [];
  const rankerProgress = { onProgress: (one: RankerProgress) => void heard.push(one), onOpened: () => {} };
  const { server, post } = await rankerServer(t, root, {}, { rankerProgress });
  const row = { user: ['ada'], event_timestamp: ['2026-01-01T00:00:00Z'], vector: [[1, 0]], picks: [[]] };
  assert.equal((await post('push', { push_source_name: 'taste', df: row })).status, 200);
  const request = { user: 'ada', context: { genres: 'g1' }, explain: true, deadline_ms: 30_000, page: { size: 20 } };
  const { status, body } = await post('v1/rankers/films/rank', request);
  assert.equal(status, 200, JSON.stringify(body));
  const { items } = body as { items: { id: string; explanation: { sources: string[] } }[] };
  await server.close(0);
  return {
    ids: items.filter(({ explanation }) => explanation.sources.includes('near')).map(({ id }) => id),
    filled: heard.some(({ doing }) => doing === 'index plot'),
  };
}
