/** The films of the recommender, and its two models through a server: the stated metrics are measured again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RangefinderClient } from '@rangefinder/client';
import { UNLISTED } from '../movies/catalogue.ts';
import { readDemoData } from '../movies/demo-data.ts';
import { evaluate } from '../movies/evaluation.ts';
import type { MoviesMetrics, MoviesModels } from '../movies/evaluation.ts';
import { contextTensors, filmTensors, userTensors } from '../movies/model-inputs.ts';
import { cleanTitle } from '../movies/titles.ts';
import { userFeaturesOf } from '../movies/user-features.ts';
import { auc, ndcg } from '../support/ranking-metrics.ts';
import { float32Of } from '../support/tensors.ts';
import { serveDemoModels } from './support/demo-server.ts';

const MOVIES = join(import.meta.dirname, '..', 'movies');
const stated = JSON.parse(readFileSync(join(MOVIES, 'metrics.json'), 'utf8')) as MoviesMetrics;
const data = readDemoData();
const { films, features, vocabularies, users } = data;

test('3,201 films, each once, with a title, a year and a place in every vocabulary', () => {
  assert.equal(films.length, 3201);
  assert.equal(new Set(films.map(({ title, year }) => `${title.toLowerCase()} ${year}`)).size, films.length);
  films.forEach(({ id, title, year }, index) => {
    assert.equal(id, index + 1);
    assert.ok(title === title.trim() && title !== '', `${id}`);
    assert.ok(year >= 1915 && year <= 2011, `${title} of ${year}`);
    for (const value of features.numbers[index] ?? [Number.NaN]) assert.ok(Math.abs(value) < 7, title);
  });
  for (const name of ['genre', 'type', 'certificate'] as const) {
    assert.ok(features[name].every((index, i) => vocabularies[name][index] === films[i]?.[name]));
  }
  assert.equal(vocabularies.director[0], UNLISTED);
});

test('titles: numbers, articles, letters of another alphabet of bytes, and none', () => {
  assert.equal(cleanTitle(1941, 1979), '1941');
  assert.equal(cleanTitle('Charge of the Light Brigade, The', 1936), 'The Charge of the Light Brigade');
  assert.equal(cleanTitle('LÈon', 1994), 'Léon');
  assert.equal(cleanTitle("De battre mon coeur s'est arrÍtÈ", 2005), "De battre mon coeur s'est arrêté");
  assert.equal(cleanTitle('Halloween:  The Curse', 1995), 'Halloween: The Curse');
  assert.equal(cleanTitle('Alien³', 1992), 'Alien³');
  assert.equal(cleanTitle(null, 2006), 'Untitled (2006)');
});

test('what a user feature is, on a history of two', () => {
  const { history, genres, profile } = userFeaturesOf([1, 2], features, vocabularies.genre.length);
  assert.deepEqual(history, [1, 2]);
  assert.ok(Math.abs(genres.reduce((total, share) => total + share, 0) - 1) < 1e-6);
  const means = [0, 1, 5].map((n) => (features.numbers[0]![n]! + features.numbers[1]![n]!) / 2);
  [...means, 0.1].forEach((value, i) => assert.ok(Math.abs(profile[i]! - value) < 1e-6));
  assert.deepEqual(userFeaturesOf([], features, 13).profile, new Float32Array(4));
  assert.throws(() => userFeaturesOf([9999], features, 13), /there is no film 9999/);
});

test('the measures themselves, against lists that can be judged by eye', () => {
  const judged = (text: string) => Array.from(text, (mark, i) => ({ score: -i, relevant: mark === '+' }));
  assert.equal(auc(judged('++--')), 1);
  assert.equal(auc(judged('--++')), 0);
  assert.equal(auc([true, false].map((relevant) => ({ score: 1, relevant }))), 0.5);
  assert.equal(ndcg(judged('+---'), 10), 1);
  assert.equal(ndcg(judged('-+--'), 10), 1 / Math.log2(3));
  assert.equal(ndcg(judged('--+'), 2), 0);
});

test('the README states what was measured', () => {
  const readme = readFileSync(join(MOVIES, 'README.md'), 'utf8');
  for (const name of ['aucOfRanker', 'ndcgAt10OfRanker', 'recallAt50OfTowers', 'recallAt50OfFame'] as const)
    assert.ok(readme.includes(stated[name].toFixed(3)), name);
});

test('the stated metrics, measured again through a server', async (t) => {
  const client = await serveDemoModels(t, ['movies-user-tower', 'movies-ranker']);
  const found = await evaluate(data, throughClient(client));
  assert.equal(found.users, stated.users);
  for (const name of ['aucOfRanker', 'ndcgAt10OfRanker', 'recallAt50OfTowers', 'recallAt50OfFame'] as const) {
    assert.ok(Math.abs(found[name] - stated[name]) <= 5e-4, `${name}: ${found[name]}, stated ${stated[name]}`);
  }
});

function throughClient(client: RangefinderClient): MoviesModels {
  const known = users.map(({ history }) => userFeaturesOf(history, features, vocabularies.genre.length));
  return {
    async embedUsers(numbers) {
      const result = await client.infer('movies-user-tower', userTensors(numbers.map((user) => known[user]!)));
      return float32Of(result.output('user_embedding'));
    },
    async score(user, hour, family, candidates) {
      const inputs = [
        ...userTensors(candidates.map(() => known[user]!)),
        ...contextTensors(hour, family, candidates.length),
        ...filmTensors(candidates, features),
      ];
      return float32Of((await client.infer('movies-ranker', inputs)).output('probability'));
    },
  };
}
