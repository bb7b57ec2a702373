/** What a server answers for the users of MovieLens, over HTTP. */
import { RangefinderClient } from '@rangefinder/client';
import type { Tensor } from '@rangefinder/tensor';
import { float32Of, float32Tensor, int64Tensor } from '../support/tensors.ts';
import { PAGE, RETRIEVED, type OfflineUser, type ServedUser } from './evaluation.ts';
import { RANKER, type ExportedData, type FilmRow, type ViewerRow } from './exported-data.ts';

/** As many as the funnel's source gives: the page then shows all candidates. */
const CANDIDATES = 200;
/** Nothing here is about time, and the machine may be busy. */
const DEADLINE_MS = 60_000;
const USERS_IN_FLIGHT = 4;

/** Asks for every user. Rejects with what a server refused, or degraded, for which user. */
export async function askServer(url: string, data: ExportedData): Promise<readonly ServedUser[]> {
  const client = new RangefinderClient({ url });
  const served: ServedUser[] = [];
  const waiting = data.users.entries();
  const askNext = async (): Promise<void> => {
    for (const [i, user] of waiting) {
      const [lists, liking] = await Promise.all([rank(url, user), scoreHeldOut(client, data, user)]);
      served[i] = { ...lists, liking };
    }
  };
  try {
    await Promise.all(Array.from({ length: USERS_IN_FLIGHT }, askNext));
  } finally {
    client.close();
  }
  return served;
}

interface RankAnswer {
  readonly items: readonly { readonly id: string; readonly explanation: { readonly source_score: number } }[];
  readonly degradations: readonly { readonly kind: string; readonly reason: string }[];
}

/** One request shows both: the page is its beginning, and the scores of the source say in which order retrieval had it. */
async function rank(url: string, { user }: OfflineUser): Promise<Pick<ServedUser, 'retrieved' | 'page'>> {
  const answer = await fetch(`${url}/v1/rankers/movielens/rank`, {
    method: 'POST',
    body: JSON.stringify({
      user: String(user),
      page: { size: CANDIDATES },
      explain: true,
      deadline_ms: DEADLINE_MS,
    }),
  });
  if (!answer.ok) throw new Error(`user ${user}: ${answer.status} ${await answer.text()}`);
  const { items, degradations } = (await answer.json()) as RankAnswer;
  if (degradations.length > 0) throw new Error(`user ${user}: degraded: ${JSON.stringify(degradations)}`);
  const films = items.map(({ id, explanation }) => ({ film: Number(id), score: explanation.source_score }));
  const bySource = films.toSorted((a, b) => b.score - a.score || a.film - b.film);
  const numbers = (some: typeof films): number[] => some.map(({ film }) => film);
  return { retrieved: numbers(bySource.slice(0, RETRIEVED)), page: numbers(films.slice(0, PAGE)) };
}

async function scoreHeldOut(client: RangefinderClient, data: ExportedData, user: OfflineUser): Promise<number[]> {
  const viewer = data.viewers.get(user.user);
  const films = user.heldOut.map((film) => data.films.get(film));
  if (viewer === undefined || !films.every((film) => film !== undefined))
    throw new Error(`user ${user.user}: has no features, or one of the films has none`);
  const outputs = [{ name: 'liked', binaryData: true, classificationCount: 0 }];
  const result = await client.infer(RANKER, rankerInputs(viewer, films), { outputs });
  return [...float32Of(result.output('liked'))];
}

function rankerInputs(viewer: ViewerRow, films: readonly FilmRow[]): Tensor[] {
  const rows = films.length;
  const integers = (name: string, of: (film: FilmRow) => readonly number[]): Tensor => {
    const values = films.flatMap(of);
    return int64Tensor(name, [rows, values.length / rows], values);
  };
  const floats = (name: string, of: (film: FilmRow) => readonly number[]): Tensor => {
    const values = Float32Array.from(films.flatMap(of));
    return float32Tensor(name, [rows, values.length / rows], values);
  };
  return [
    integers('history', () => viewer.history),
    integers('history_stars', () => viewer.history_stars),
    floats('genres', () => viewer.genres),
    floats('liked_genres', () => viewer.liked_genres),
    floats('profile', () => viewer.profile),
    integers('occupation', () => [viewer.occupation]),
    integers('film', ({ id }) => [id]),
    floats('film_genres', ({ film_genres }) => film_genres),
    floats('film_numbers', ({ film_numbers }) => film_numbers),
  ];
}
