/** Tensors of the two models' inputs, for programs that call them one by one. The funnel makes its own from feature rows. */
import type { Tensor } from '@rangefinder/tensor';
import { float32Tensor, int64Tensor } from '../support/tensors.ts';
import type { ItemFeatures } from './item-features.ts';
import { NUMBER_COUNT } from './item-features.ts';
import { HISTORY_MAX, PROFILE_WIDTH } from './user-features.ts';
import type { UserFeatures } from './user-features.ts';

const CATEGORIES = ['genre', 'type', 'director', 'decade', 'certificate'] as const;

/** user_history, user_genres and user_profile of a batch of users. */
export function userTensors(users: readonly UserFeatures[]): Tensor[] {
  const rows = users.length;
  const genreCount = users[0]?.genres.length ?? 0;
  const padded = users.flatMap(({ history }) => [...history, ...Array<number>(HISTORY_MAX - history.length).fill(0)]);
  const side = (of: (user: UserFeatures) => Float32Array): Float32Array =>
    Float32Array.from(users.flatMap((user) => [...of(user)]));
  return [
    int64Tensor('user_history', [rows, HISTORY_MAX], padded),
    float32Tensor(
      'user_genres',
      [rows, genreCount],
      side((user) => user.genres),
    ),
    float32Tensor(
      'user_profile',
      [rows, PROFILE_WIDTH],
      side((user) => user.profile),
    ),
  ];
}

export function contextTensors(hour: number, family: number, rows: number): Tensor[] {
  return [
    float32Tensor('hour', [rows, 1], new Float32Array(rows).fill(hour)),
    float32Tensor('family', [rows, 1], new Float32Array(rows).fill(family)),
  ];
}

export function filmTensors(films: readonly number[], items: ItemFeatures): Tensor[] {
  const rows = films.length;
  const numbers = Float32Array.from(films.flatMap((film) => items.numbers[film - 1] ?? []));
  return [
    int64Tensor('item_id', [rows, 1], films),
    ...CATEGORIES.map((name) =>
      int64Tensor(
        name,
        [rows, 1],
        films.map((film) => items[name][film - 1] ?? 0),
      ),
    ),
    float32Tensor('numbers', [rows, NUMBER_COUNT], numbers),
  ];
}
