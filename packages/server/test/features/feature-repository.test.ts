import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { testServer } from '../support/test-server.ts';

const VIEWS = `
entities:
  - { name: driver, joinKey: driver_id }
views:
  - name: driver_stats
    entity: driver
    maxAgeMs: 3600000
    features:
      - { name: rate, dataType: FP32 }
      - { name: trips, dataType: INT64 }
      - { name: city, dataType: BYTES }
      - { name: embedding, dataType: FP32, vector: 2 }
      - { name: last_ids, dataType: INT64, list: 4 }
`;

describe('a server with a feature repository', () => {
  for (const featureStore of ['memory', 'embedded']) {
    test(`${featureStore}: what is pushed is served, with its age and its nulls`, async (t) => {
      const featureRepository = await repository(t, VIEWS);
      const { url } = await testServer(t, { featureRepository, featureStore });
      const now = new Date().toISOString();
      const pushed = await post(`${url}/push`, {
        push_source_name: 'driver_stats',
        df: {
          driver_id: [1, 2],
          event_timestamp: [now, '2020-01-01T00:00:00Z'],
          rate: [0.1, 0.2],
          trips: [7, 8],
          city: [null, 'Rome'],
          embedding: [
            [1, 2.5],
            [3, 4],
          ],
          last_ids: [[5, 6], []],
        },
      });
      assert.deepEqual(pushed, { applied: 2, late: 0 });
      const names = ['rate', 'trips', 'city', 'embedding', 'last_ids'];
      const answer = (await post(`${url}/get-online-features`, {
        features: names.map((name) => `driver_stats:${name}`),
        entities: { driver_id: [1, 2, 3] },
      })) as { results: { values: unknown[]; statuses: string[]; event_timestamps: string[] }[] };
      const [ids, ...results] = answer.results;
      assert.deepEqual(ids?.values, [1, 2, 3]);
      assert.deepEqual(
        results.map(({ values }) => values[0]),
        [0.10000000149011612, 7, null, [1, 2.5], [5, 6]],
      );
      for (const [i, { statuses, event_timestamps: times }] of results.entries()) {
        const first = names[i] === 'city' ? 'NULL_VALUE' : 'PRESENT';
        assert.deepEqual(statuses, [first, 'OUTSIDE_MAX_AGE', 'NOT_FOUND']);
        assert.equal(Date.parse(times[0] ?? ''), Date.parse(now));
      }
      assert.equal((await fetch(`${url}/health`)).status, 200);
    });
  }

  test('a store that is away is 503 and not the end of the start', async (t) => {
    const featureRepository = await repository(t, VIEWS);
    const { url } = await testServer(t, { featureRepository, featureStore: 'redis://127.0.0.1:1' });
    assert.equal((await fetch(`${url}/health`)).status, 503);
    const body = JSON.stringify({ features: ['driver_stats:rate'], entities: { driver_id: [1] } });
    assert.equal((await fetch(`${url}/get-online-features`, { method: 'POST', body })).status, 503);
  });

  const wrong: [string, string, Record<string, unknown>, RegExp][] = [
    ['a file that declares nonsense', 'views: 1', {}, /features\.yaml: views/],
    ['an unknown store', VIEWS, { featureStore: 'postgres://u:hunter2@h' }, /expected embedded, memory/],
    ['a store without views', VIEWS, { featureRepository: '', featureStore: 'memory' }, /featureRepository/],
    ['a folder without the file', VIEWS, { featureRepository: '/nowhere' }, /featureRepository: .*features\.yaml/],
  ];
  for (const [name, text, options, message] of wrong) {
    test(`${name} ends the start`, async (t) => {
      const featureRepository = await repository(t, text);
      const start = testServer(t, { featureRepository, ...options });
      await assert.rejects(start, (error: Error) => message.test(error.message) && !error.message.includes('hunter2'));
    });
  }
});

async function repository(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-features-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'features.yaml'), text);
  return folder;
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as unknown;
}
