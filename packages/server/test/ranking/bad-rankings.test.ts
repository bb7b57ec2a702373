import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { FeatureReader } from '@rangefinder/features';
import type { FeaturePort } from '@rangefinder/ranking';
import { serverOptions } from '../../src/options/option-sources.ts';
import { startServer, type RunningServer } from '../../src/server.ts';
import { BAD_RANKINGS } from '../support/bad-rankings.ts';
import { ask, errorOf } from '../support/http-client.ts';
import { RecordingLogger } from '../support/test-server.ts';
import { filmRankers, rankerModelFolder } from './film-rankers.ts';

const MOODS_YAML = `
name: moods
deadline_ms: 30000
sources: [{ name: popular, kind: popular, quota: 50 }]
heavy:
  models: [{ name: ctr, model: ranker, inputs: { X: [user_taste:vector, item_stats:clicks, context.mood] } }]
page: { size: 10 }
`;

const scored = (name: string, score: string): string => `
name: ${name}
deadline_ms: 30000
sources:
  - { name: near, kind: ann, quota: 50, query: { feature: "user_taste:vector" } }
  - { name: popular, kind: popular, quota: 50 }
heavy: { score: "${score}" }
page: { size: 200 }
`;

const OTHERS = [
  MOODS_YAML,
  scored('holes', '1 / (item_stats:clicks - 3)'),
  scored('nothing', 'log(0 - 1 - item_stats:clicks)'),
  scored('plain', 'item_stats:clicks'),
];

test('bad rankings are refused with the right status and a message that names the field, and harm nobody else', async (t) => {
  const server = await filmServer(t);
  const bystander = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => bystander.destroy());
  assert.equal(new Set(BAD_RANKINGS.map(({ name }) => name)).size, BAD_RANKINGS.length);
  const neighbour = JSON.stringify({ user: 'ada', context: { evening: true } });
  const rankings = `${server.httpUrl}/v1/rankers/films/rank`;
  const page = itemsOf(await ask(rankings, { body: neighbour, agent: bystander }));
  for (const bad of BAD_RANKINGS) {
    await t.test(bad.name, async () => {
      const answer = await ask(`${server.httpUrl}${bad.path}`, {
        body: bad.body,
        ...(bad.method === undefined ? {} : { method: bad.method }),
        ...(bad.headers === undefined ? {} : { headers: bad.headers }),
      });
      assert.equal(answer.status, bad.status, answer.text.slice(0, 300));
      assert.match(errorOf(answer), bad.message);
      assert.equal(answer.headers['rangefinder-error-code'], bad.code);
      assert.deepEqual(itemsOf(await ask(rankings, { body: neighbour, agent: bystander })), page);
    });
  }
  await t.test('nothing is left behind', async () => {
    const overview = JSON.parse((await ask(`${server.httpUrl}/api/v1/overview`)).text) as {
      process: { bodyBytesInFlight: number };
    };
    assert.equal(overview.process.bodyBytesInFlight, 0);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    const metrics = (await ask(server.metricsUrl)).text;
    assert.match(metrics, /rangefinder_rank_latency_seconds_count\{ranker="films",outcome="rejected"\} \d\d/);
    assert.doesNotMatch(metrics, /ranker="films",outcome="failed"\} [1-9]\d/);
  });
});

interface Page {
  readonly items: readonly { readonly id: string; readonly score: number | null }[];
  readonly degradations: readonly { readonly kind: string; readonly reason: string }[];
  readonly counts: Readonly<Record<string, unknown>>;
}

test('what is odd but no mistake is answered, and said', async (t) => {
  const server = await filmServer(t);
  const rank = async (ranker: string, body: object): Promise<Page> => {
    const answer = await ask(`${server.httpUrl}/v1/rankers/${ranker}/rank`, { body: JSON.stringify(body) });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as Page;
  };
  const evening = { evening: true };

  await t.test('an unknown user', async () => {
    const { items, counts } = await rank('films', { user: 'nobody', context: evening });
    assert.equal(items.length, 10);
    assert.equal(counts['user_found'], false);
  });
  await t.test('a candidate twice, and one that nobody knows', async () => {
    const { items, counts } = await rank('plain', { user: 'ada', candidates: ['f3', 'f4', 'f3', 'zzz'] });
    assert.deepEqual(
      items.map(({ id }) => id),
      ['f4', 'f3', 'zzz'],
    );
    assert.deepEqual([counts['duplicates'], counts['unknown_items']], [1, 1]);
  });
  await t.test('a filter that nothing passes, and everything excluded', async () => {
    for (const change of [
      { filter: { in: { genre: [] } } },
      { exclude: Array.from({ length: 200 }, (_, i) => `f${i}`) },
    ])
      assert.deepEqual((await rank('films', { user: 'ada', context: evening, ...change })).items, []);
  });
  await t.test('scores that are infinite come last', async () => {
    const { items, counts, degradations } = await rank('holes', { user: 'ada' });
    assert.deepEqual(degradations, []);
    const broken = items.filter(({ score }) => score === null).map(({ id }) => Number(id.slice(1)) % 50);
    assert.ok(broken.length > 0 && broken.every((clicks) => clicks === 3));
    assert.equal(counts['non_finite_scores'], broken.length);
    assert.ok(items.slice(-broken.length).every(({ score }) => score === null));
  });
  await t.test('scores that are NaN throughout', async () => {
    const { items, degradations } = await rank('nothing', { user: 'ada' });
    assert.ok(items.length > 50);
    assert.deepEqual(
      degradations.map(({ kind, reason }) => [kind, reason]),
      [['light_only', '0 of ' + items.length + ' scored: every score is NaN or infinite']],
    );
  });
  await t.test('a stored vector with NaN in it', async () => {
    const { items, degradations } = await rank('plain', { user: 'bob' });
    assert.ok(items.length >= 50);
    assert.deepEqual(
      degradations.map(({ kind, reason }) => [kind, reason]),
      [['source_failed', 'source near: the user has no query vector']],
    );
    const whole = await rank('films', { user: 'bob', context: evening });
    assert.equal(whole.items.length, 10);
    assert.ok(whole.items.every(({ score }) => score !== null));
    assert.ok(whole.degradations.some(({ kind, reason }) => kind === 'light_only' && reason.includes('NaN')));
  });
});

async function filmServer(t: TestContext): Promise<RunningServer> {
  const modelRepository = [await rankerModelFolder(t)];
  const options = serverOptions({ modelRepository, httpPort: 0, metricsPort: 0 });
  const rankers = await filmRankers({ others: OTHERS, around: poisoned });
  const server = await startServer(options, { logger: new RecordingLogger(), rankers });
  t.after(() => server.close(0));
  return server;
}

/** As from a store that others write to without looking: bob's vector begins with NaN. */
function poisoned(features: FeaturePort): FeaturePort {
  return {
    describe: (feature) => features.describe(feature),
    names: () => features.names(),
    reader: (entity, names): FeatureReader => {
      const reader = features.reader(entity, names);
      return {
        features: reader.features,
        read: async (ids, options) => {
          const result = await reader.read(ids, options);
          const vector = result.columns.find(({ name }) => name === 'user_taste:vector');
          if (ids[0] === 'bob' && vector !== undefined)
            new DataView(vector.bytes.buffer, vector.bytes.byteOffset).setFloat32(0, Number.NaN, true);
          return result;
        },
      };
    },
  };
}

function itemsOf(answer: { readonly text: string }): unknown {
  return (JSON.parse(answer.text) as Page).items;
}
