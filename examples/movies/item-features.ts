/** What the models read of a film, made the same way for training (as JSON, by the command below) and for serving. */
import { readFilms, UNLISTED } from './catalogue.ts';
import type { Film } from './catalogue.ts';

/** Indices into the vocabularies, and numbers scaled to about -1…2. Columns are in the order of the films. */
export interface ItemFeatures {
  readonly genre: readonly number[];
  readonly type: readonly number[];
  readonly director: readonly number[];
  readonly decade: readonly number[];
  readonly certificate: readonly number[];
  /** NUMBER_COUNT a film: rating, log votes, critics, log budget, log gross, year. */
  readonly numbers: readonly (readonly number[])[];
}

export interface Vocabularies {
  readonly genre: readonly string[];
  readonly type: readonly string[];
  /** Entry 0 is everybody with fewer films than DIRECTOR_FILMS_MIN. */
  readonly director: readonly string[];
  readonly certificate: readonly string[];
}

export const NUMBER_COUNT = 6;
export const DECADE_FIRST = 1950;
/** Up to 1959, 1960s, … 2010s. */
export const DECADE_COUNT = 7;
const DIRECTOR_FILMS_MIN = 3;
const RATING_UNKNOWN = 6;
const CRITICS_UNKNOWN = 50;

export function decadeOf(year: number): number {
  return Math.max(0, Math.min(DECADE_COUNT - 1, Math.floor((year - DECADE_FIRST) / 10)));
}

export function vocabulariesOf(films: readonly Film[]): Vocabularies {
  const words = (of: (film: Film) => string): string[] => [...new Set(films.map(of))].sort(byCodePoint);
  const filmsOf = new Map<string, number>();
  for (const { director } of films) filmsOf.set(director, (filmsOf.get(director) ?? 0) + 1);
  const known = [...filmsOf].filter(([name, count]) => name !== UNLISTED && count >= DIRECTOR_FILMS_MIN);
  return {
    genre: words((film) => film.genre),
    type: words((film) => film.type),
    director: [UNLISTED, ...known.map(([name]) => name).sort(byCodePoint)],
    certificate: words((film) => film.certificate),
  };
}

export function itemFeaturesOf(films: readonly Film[], vocabularies: Vocabularies): ItemFeatures {
  const indexIn = (words: readonly string[], of: (film: Film) => string): number[] => {
    const places = new Map(words.map((word, index) => [word, index]));
    return films.map((film) => places.get(of(film)) ?? 0);
  };
  return {
    genre: indexIn(vocabularies.genre, (film) => film.genre),
    type: indexIn(vocabularies.type, (film) => film.type),
    director: indexIn(vocabularies.director, (film) => film.director),
    decade: films.map((film) => decadeOf(film.year)),
    certificate: indexIn(vocabularies.certificate, (film) => film.certificate),
    numbers: films.map(numbersOf),
  };
}

function numbersOf(film: Film): readonly number[] {
  return [
    (film.rating ?? RATING_UNKNOWN) - RATING_UNKNOWN,
    Math.log10(1 + film.votes) - 4,
    ((film.critics ?? CRITICS_UNKNOWN) - CRITICS_UNKNOWN) / 50,
    Math.log10(film.budgetDollars ?? 1e7) - 7,
    Math.log10(film.grossDollars ?? 1e7) - 7,
    (film.year - 1995) / 15,
  ].map(Math.fround);
}

/** Not by locale: the order decides the indices that the models were trained with. */
function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : 1;
}

if (import.meta.main) {
  const films = readFilms();
  const vocabularies = vocabulariesOf(films);
  console.log(JSON.stringify({ films, vocabularies, features: itemFeaturesOf(films, vocabularies) }));
}
