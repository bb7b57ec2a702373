/** The recommender of films through `POST /v1/rankers/movies/rank`, as `npm start` serves it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { RankResponse } from '@rangefinder/ranking';
import { serverOptions, startServer } from '@rangefinder/server';
import type { RunningServer } from '@rangefinder/server';
import { assembleDemoRepository } from '../../scripts/demo-repository.ts';
import { readDemoData } from '../movies/demo-data.ts';
import type { MoviesMetrics } from '../movies/evaluation.ts';
import { ndcg } from '../support/ranking-metrics.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const METRICS = new URL('../movies/metrics.json', import.meta.url);
const data = readDemoData();
let server: RunningServer;

before(async () => {
  const options = serverOptions({
    modelRepository: [await assembleDemoRepository(ROOT)],
    modelControlMode: 'explicit',
    loadModels: ['movies-user-tower', 'movies-ranker'],
    rankerRepository: `${ROOT}examples/rankers`,
    featureStore: 'memory',
    exitOnError: true,
    httpPort: 0,
    grpc: false,
    metrics: false,
    logLevel: 'error',
  });
  server = await startServer(options);
});
after(() => server.close(1000));

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${server.httpUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as T;
}

const EVENING = { hour: 20, family: 0 };

/** Nothing here is about time, and the machine may be busy. */
function rank(request: object): Promise<RankResponse> {
  return post('v1/rankers/movies/rank', { user: '1', context: EVENING, deadline_ms: 600_000, ...request });
}

const filmOf = (id: string) => data.films[Number(id) - 1]!;

test('a whole page, nothing degraded, nothing seen before, at most two films of a director', async () => {
  for (const user of ['1', '50', '200']) {
    const { items, degradations } = await rank({ user });
    assert.deepEqual(degradations, []);
    assert.equal(new Set(items.map(({ id }) => id)).size, 20);
    const seen = new Set(data.users[Number(user) - 1]!.history.map(String));
    assert.ok(items.every(({ id }) => !seen.has(id)));
    const directors = Map.groupBy(items, ({ id }) => filmOf(id).director);
    for (const [director, films] of directors) assert.ok(films.length <= 2 || director === 'Unlisted', director);
  }
});

test('the context counts: with children along, films for children', async () => {
  const forChildren = async (family: number): Promise<number> => {
    const { items } = await rank({ context: { hour: 20, family } });
    return items.filter(({ id }) => ['G', 'PG'].includes(filmOf(id).certificate)).length;
  };
  assert.ok((await forChildren(1)) > 3 * (await forChildren(0)) + 5);
});

test('diversity counts: the more of it, the less alike the films are', async () => {
  const alike = async (mmr_lambda: number): Promise<number> => {
    const { items } = await rank({ rerank: { mmr_lambda } });
    const vectors = items.map(({ id }) => data.embeddings.subarray((Number(id) - 1) * 32, Number(id) * 32));
    const pairs = vectors.flatMap((a, i) =>
      vectors.slice(i + 1).map((b) => a.reduce((sum, x, d) => sum + x * b[d]!, 0)),
    );
    return pairs.reduce((sum, product) => sum + product, 0) / pairs.length;
  };
  const [varied, alone] = [await alike(0), await alike(1)];
  assert.ok(varied < alone - 0.05, `${varied}, by relevance alone ${alone}`);
});

test('an explanation names sources, scores and stages', async () => {
  const answer = await rank({ explain: true });
  const stages = answer.explanation!.stages.map(({ stage }) => stage as string);
  assert.deepEqual(stages, ['user', 'sources', 'filters', 'heavy_features', 'heavy', 'rerank']);
  for (const { explanation, score } of answer.items) {
    assert.ok(explanation!.sources.every((source) => ['taste', 'favourites', 'fame'].includes(source)));
    assert.ok(Math.abs(explanation!.outputs['probability']! - score!) < 1e-6);
  }
});

test('NDCG@10 of the lists that were shown, ranked by the server: as stated', async () => {
  const gains: number[] = [];
  for (const [index, { heldOut, history }] of data.users.entries()) {
    for (const { hour, family, shown, chosen } of heldOut) {
      // What was seen before is never shown again; the stated figure is about lists without any.
      if (chosen.length === 0 || shown.some((film) => history.includes(film))) continue;
      const { items } = await rank({
        user: String(index + 1),
        context: { hour, family },
        candidates: shown.map(String),
        rerank: { mmr_lambda: 1, max_per_value: { director: 20, genre: 20 } },
      });
      const ordered = items.map(({ id }) => ({ relevant: chosen.includes(Number(id)) }));
      assert.equal(ordered.length, shown.length);
      gains.push(ndcg(ordered, 10));
    }
  }
  const stated = (JSON.parse(readFileSync(METRICS, 'utf8')) as MoviesMetrics).ndcgAt10OfRanker;
  const found = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  assert.ok(Math.abs(found - stated) < 5e-4, `${found}, stated ${stated}`);
});

test('the page finds its presentation and the cards of films in the feature store', async () => {
  interface Columns {
    readonly results: readonly { readonly values: readonly unknown[] }[];
  }
  const cards = await post<Columns>('get-online-features', {
    features: ['film_card:title', 'film_card:rating'],
    entities: { film: ['1', '2'] },
  });
  assert.deepEqual(cards.results[1]?.values, ['The Land Girls', 'First Love, Last Rites']);
  const page = await post<Columns>('get-online-features', {
    features: ['recommend_page:document'],
    entities: { ranker: ['movies'] },
  });
  const document = JSON.parse(String(page.results[1]?.values[0])) as { users: unknown[]; context: { name: string }[] };
  assert.equal(document.users.length, 200);
  assert.deepEqual(
    document.context.map(({ name }) => name),
    ['hour', 'family'],
  );
});
