/** What evaluation.py measures after training, measured again by whoever can ask the two models. */
import { auc, mean, ndcg, recall } from '../support/ranking-metrics.ts';
import type { Judged } from '../support/ranking-metrics.ts';
import type { DemoData } from './demo-data.ts';
import { EMBEDDING_WIDTH } from './demo-data.ts';

/** The two models behind any door: a client, an engine. */
export interface MoviesModels {
  /** [users, EMBEDDING_WIDTH]. */
  embedUsers(users: readonly number[]): Promise<Float32Array>;
  /** One score a film. */
  score(user: number, hour: number, family: number, films: readonly number[]): Promise<Float32Array>;
}

/** metrics.json. */
export interface MoviesMetrics {
  readonly users: number;
  readonly aucOfRanker: number;
  readonly ndcgAt10OfRanker: number;
  readonly recallAt50OfTowers: number;
  /** For comparison: the films with the most votes, for everybody. */
  readonly recallAt50OfFame: number;
}

export async function evaluate(data: DemoData, models: MoviesModels): Promise<MoviesMetrics> {
  const judged = await judgeVisits(data, models);
  const everybody = data.users.map((_, user) => user);
  const vectors = await models.embedUsers(everybody);
  const byTowers = everybody.map((user) => {
    const vector = vectors.subarray(user * EMBEDDING_WIDTH, (user + 1) * EMBEDDING_WIDTH);
    return data.films.map((_, film) => dotProduct(vector, data.embeddings, film * EMBEDDING_WIDTH));
  });
  const fame = data.films.map(({ votes }) => votes);
  return {
    users: data.users.length,
    ...judged,
    recallAt50OfTowers: meanRecall(data, (user) => byTowers[user]!),
    recallAt50OfFame: meanRecall(data, () => fame),
  };
}

async function judgeVisits(
  data: DemoData,
  models: MoviesModels,
): Promise<Pick<MoviesMetrics, 'aucOfRanker' | 'ndcgAt10OfRanker'>> {
  const all: Judged[] = [];
  const gains: number[] = [];
  for (const [user, { heldOut }] of data.users.entries()) {
    for (const { hour, family, shown, chosen } of heldOut) {
      const scores = await models.score(user, hour, family, shown);
      const judged = shown.map((film, i) => ({ score: scores[i]!, relevant: chosen.includes(film) }));
      all.push(...judged);
      if (chosen.length > 0) gains.push(ndcg(bestFirst(judged), 10));
    }
  }
  return { aucOfRanker: auc(all), ndcgAt10OfRanker: mean(gains) };
}

function bestFirst(judged: readonly Judged[]): Judged[] {
  return judged.toSorted((a, b) => b.score - a.score);
}

/** Films chosen later, and not before: what retrieval should find. */
export function wantedFilms({ history, heldOut }: DemoData['users'][number]): ReadonlySet<number> {
  const seen = new Set(history);
  return new Set(heldOut.flatMap(({ chosen }) => chosen).filter((film) => !seen.has(film)));
}

function meanRecall(data: DemoData, scoresOf: (user: number) => readonly number[]): number {
  return mean(
    data.users.flatMap((user, index) => {
      const wanted = wantedFilms(user);
      if (wanted.size === 0) return [];
      const seen = new Set(user.history);
      const best = scoresOf(index)
        .map((score, film) => ({ score, film: film + 1 }))
        .toSorted((a, b) => b.score - a.score)
        .filter(({ film }) => !seen.has(film))
        .slice(0, 50)
        .map(({ film }) => film);
      return [recall(wanted, best)];
    }),
  );
}

function dotProduct(vector: Float32Array, table: Float32Array, start: number): number {
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i]! * table[start + i]!;
  return product;
}
