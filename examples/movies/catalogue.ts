/** The films of the npm package `vega-datasets`, cleaned. */
import { readFileSync } from 'node:fs';
import { cleanTitle } from './titles.ts';

export interface Film {
  /** Row of the data file, from 1: the same for the same version of the package. 0 stands for "no film" in histories. */
  readonly id: number;
  readonly title: string;
  readonly year: number;
  /** `Unlisted` where the data have none; the same for type, director and certificate. */
  readonly genre: string;
  readonly type: string;
  readonly director: string;
  /** The American film board's rating for children: G, PG, PG-13, R, NC-17. */
  readonly certificate: string;
  /** Points of ten from the viewers of IMDb, and how many they were. */
  readonly rating: number | undefined;
  readonly votes: number;
  /** Percent of critics in favour. */
  readonly critics: number | undefined;
  readonly budgetDollars: number | undefined;
  readonly grossDollars: number | undefined;
  readonly minutes: number | undefined;
}

/** The row as the package has it. */
interface RawFilm {
  readonly Title: string | number | null;
  readonly 'Release Date': string;
  readonly 'Major Genre': string | null;
  readonly 'Creative Type': string | null;
  readonly Director: string | null;
  readonly 'MPAA Rating': string | null;
  readonly 'IMDB Rating': number | null;
  readonly 'IMDB Votes': number | null;
  readonly 'Rotten Tomatoes Rating': number | null;
  readonly 'Production Budget': number | null;
  readonly 'Worldwide Gross': number | null;
  readonly 'Running Time min': number | null;
}

export const UNLISTED = 'Unlisted';
/** The data end in 2011; later years are those of a century before, whose first two digits a spreadsheet guessed. */
const NEWEST_YEAR = 2011;

export function readFilms(): readonly Film[] {
  const data = new URL('../data/movies.json', import.meta.resolve('vega-datasets'));
  const rows = JSON.parse(readFileSync(data, 'utf8')) as readonly RawFilm[];
  return rows.map(cleanFilm);
}

function cleanFilm(row: RawFilm, index: number): Film {
  const year = yearOf(row['Release Date']);
  return {
    id: index + 1,
    title: cleanTitle(row.Title, year),
    year,
    genre: row['Major Genre'] ?? UNLISTED,
    type: row['Creative Type'] ?? UNLISTED,
    director: row.Director ?? UNLISTED,
    certificate: certificateOf(row['MPAA Rating']),
    rating: row['IMDB Rating'] ?? undefined,
    votes: row['IMDB Votes'] ?? 0,
    critics: row['Rotten Tomatoes Rating'] ?? undefined,
    budgetDollars: positive(row['Production Budget']),
    grossDollars: positive(row['Worldwide Gross']),
    minutes: positive(row['Running Time min']),
  };
}

function yearOf(date: string): number {
  const year = Number(/(\d{4})$/.exec(date)?.[1]);
  if (!Number.isInteger(year)) throw new Error(`movies.json: release date "${date}" has no year`);
  return year > NEWEST_YEAR ? year - 100 : year;
}

function certificateOf(rating: string | null): string {
  return rating === null || rating === 'Not Rated' || rating === 'Open' ? UNLISTED : rating;
}

/** Zero stands for "not known" in the data's sums of money. */
function positive(value: number | null): number | undefined {
  return value === null || value <= 0 ? undefined : value;
}
