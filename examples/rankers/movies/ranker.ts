/** The part of the `movies` ranker that is no declaration: the films lie in an npm package, what the models read is computed. */
import type { FeatureService } from '@rangefinder/features';
import type { RankerRow, RankerSetup } from '@rangefinder/server';
import { UNLISTED } from '../../movies/catalogue.ts';
import type { Film } from '../../movies/catalogue.ts';
import { readDemoData } from '../../movies/demo-data.ts';
import type { DemoData } from '../../movies/demo-data.ts';
import { DECADE_FIRST, decadeOf } from '../../movies/item-features.ts';
import { userFeaturesOf } from '../../movies/user-features.ts';
import { filmCards, presentation } from './recommend-page.ts';

/** When the data were cleaned; all rows have this event time. */
const EVENT_MS = Date.UTC(2026, 0, 1);
/** Genres that a viewer has chosen most often. */
const FAVOURITES_MAX = 3;

export const setup: RankerSetup = async ({ features }) => {
  if (features === undefined) throw new Error('expected the features of features.yaml');
  const data = readDemoData();
  await writeFeatures(features, data);
  return { rows: data.films.map(filmRow) };
};

/** The columns that `items` in ranker.yaml names. */
function filmRow({ id, genre, director, year, rating, certificate, votes }: Film): RankerRow {
  const listed = (value: string): string | null => (value === UNLISTED ? null : value);
  return {
    id,
    genre: listed(genre),
    director: listed(director),
    decade: DECADE_FIRST + 10 * decadeOf(year),
    rating: rating ?? null,
    certificate: listed(certificate),
    votes,
  };
}

async function writeFeatures(service: FeatureService, data: DemoData): Promise<void> {
  const { films, features, users, vocabularies } = data;
  const ofFilms = films.map(({ id }, i) => ({
    entityId: id,
    eventMs: EVENT_MS,
    values: {
      genre: features.genre[i]!,
      type: features.type[i]!,
      director: features.director[i]!,
      decade: features.decade[i]!,
      certificate: features.certificate[i]!,
      numbers: features.numbers[i]!,
    },
  }));
  const ofViewers = users.map((user, i) => {
    const { history, genres, profile } = userFeaturesOf(user.history, features, vocabularies.genre.length);
    const favourites = favouriteGenres(genres, vocabularies.genre);
    return { entityId: i + 1, eventMs: EVENT_MS, values: { history, genres, profile, favourites } };
  });
  const document = JSON.stringify(presentation(data));
  await service.push({ view: 'film_features', rows: ofFilms });
  await service.push({ view: 'viewer_features', rows: ofViewers });
  await service.push({ view: 'film_card', rows: filmCards(data, EVENT_MS) });
  await service.push({
    view: 'recommend_page',
    rows: [{ entityId: 'movies', eventMs: EVENT_MS, values: { document } }],
  });
}

function favouriteGenres(shares: Float32Array, words: readonly string[]): string[] {
  return words
    .map((word, i) => ({ word, share: shares[i] ?? 0 }))
    .filter(({ word, share }) => share > 0 && word !== UNLISTED)
    .sort((a, b) => b.share - a.share)
    .slice(0, FAVOURITES_MAX)
    .map(({ word }) => word);
}
