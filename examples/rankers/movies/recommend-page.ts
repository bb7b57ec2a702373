/** What the recommender page shows: titles and the like, and how the ranker wants to be presented. */
import type { PushRow } from '@rangefinder/features';
import { UNLISTED } from '../../movies/catalogue.ts';
import type { Film } from '../../movies/catalogue.ts';
import type { DemoData } from '../../movies/demo-data.ts';

export function filmCards({ films }: DemoData, eventMs: number): PushRow[] {
  return films.map((film) => ({ entityId: film.id, eventMs, values: cardOf(film) }));
}

function cardOf({ title, year, genre, director, rating }: Film): Record<string, string> {
  const listed = (value: string): string => (value === UNLISTED ? '' : value);
  return {
    title,
    year: String(year),
    genre: listed(genre),
    director: listed(director),
    rating: rating === undefined ? '' : `★ ${rating.toFixed(1)}`,
  };
}

/** JSON of a `Presentation` of packages/dashboard/src/app/recommend/rank-types.ts. */
export function presentation({ users, films }: DemoData): object {
  return {
    title: 'Films for tonight',
    note:
      `${films.length.toLocaleString('en')} real films, ranked for viewers made up by a simulator: ` +
      'two towers find candidates, a model of the visit orders them.',
    users: users.map(({ likes, aroundYear }, i) => ({
      id: String(i + 1),
      label: `Viewer ${i + 1} · ${Math.floor(aroundYear / 10) * 10}s, ${likes.join(', ')}`,
    })),
    userEntity: 'viewer',
    history: 'viewer_features:history',
    item: {
      entity: 'film',
      title: 'film_card:title',
      details: ['film_card:year', 'film_card:genre', 'film_card:director', 'film_card:rating'],
    },
    context: [
      {
        name: 'hour',
        label: 'Hour of the day',
        min: 0,
        max: 23,
        step: 1,
        value: 20,
        words: [
          { from: 0, word: 'night' },
          { from: 6, word: 'morning' },
          { from: 12, word: 'afternoon' },
          { from: 18, word: 'evening' },
          { from: 22, word: 'night' },
        ],
      },
      {
        name: 'family',
        label: 'Children watch along',
        min: 0,
        max: 1,
        step: 0.1,
        value: 0,
        words: [
          { from: 0, word: 'no' },
          { from: 0.1, word: 'a little' },
          { from: 0.7, word: 'it is for them' },
        ],
      },
    ],
    diversity: 0.1,
  };
}
