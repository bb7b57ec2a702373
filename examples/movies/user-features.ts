/** What the models read of a user: made from the films that the user chose last. The same as in train.py. */
import { NUMBER_COUNT } from './item-features.ts';
import type { ItemFeatures } from './item-features.ts';

export const HISTORY_MAX = 20;
export const PROFILE_WIDTH = 4;
/** Of a film's numbers, those whose means describe a user: rating, votes, year. */
const PROFILE_NUMBERS = [0, 1, 5];

export interface UserFeatures {
  /** Film ids, the oldest first, at most HISTORY_MAX. */
  readonly history: readonly number[];
  /** Share of each genre of the vocabulary in the history. */
  readonly genres: Float32Array;
  /** Mean rating, log votes and year, and how full the history is. */
  readonly profile: Float32Array;
}

export function userFeaturesOf(history: readonly number[], items: ItemFeatures, genreCount: number): UserFeatures {
  const recent = history.slice(-HISTORY_MAX);
  const genres = new Float32Array(genreCount);
  const profile = new Float32Array(PROFILE_WIDTH);
  const count = Math.max(1, recent.length);
  for (const film of recent) {
    const genre = items.genre[film - 1];
    const numbers = items.numbers[film - 1];
    if (genre === undefined || numbers?.length !== NUMBER_COUNT) throw new Error(`history: there is no film ${film}`);
    genres[genre] = genres[genre]! + 1 / count;
    PROFILE_NUMBERS.forEach((number, i) => {
      profile[i] = profile[i]! + numbers[number]! / count;
    });
  }
  profile[PROFILE_NUMBERS.length] = recent.length / HISTORY_MAX;
  return { history: recent, genres, profile };
}
