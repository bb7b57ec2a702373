/** What train.py wrote, as far as the evaluation reads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metrics, OfflineUser } from './evaluation.ts';

export const TOWER = 'movielens-user-tower';
export const RANKER = 'movielens-ranker';

export interface ViewerRow {
  readonly id: number;
  readonly history: readonly number[];
  readonly history_stars: readonly number[];
  readonly genres: readonly number[];
  readonly liked_genres: readonly number[];
  readonly profile: readonly number[];
  readonly occupation: number;
}

export interface FilmRow {
  readonly id: number;
  readonly film_genres: readonly number[];
  readonly film_numbers: readonly number[];
}

export interface ExportedData {
  readonly folder: string;
  /** Computed by train.py from the same files, without a server. */
  readonly offline: Metrics;
  readonly users: readonly OfflineUser[];
  /** By id. */
  readonly viewers: ReadonlyMap<number, ViewerRow>;
  readonly films: ReadonlyMap<number, FilmRow>;
}

/** Throws where the folder is not one that train.py wrote. */
export function readExportedData(folder: string): ExportedData {
  const rankerFile = (name: string): string => join(folder, 'rankers', 'movielens', name);
  try {
    return {
      folder,
      offline: JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as Metrics,
      users: rowsOf(join(folder, 'evaluation.jsonl')) as readonly OfflineUser[],
      viewers: byId(rowsOf(rankerFile('viewers.jsonl')) as readonly ViewerRow[]),
      films: byId(rowsOf(rankerFile('film-features.jsonl')) as readonly FilmRow[]),
    };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`${folder}: expected what examples/movielens/train.py --out writes: ${why}`, { cause: thrown });
  }
}

function rowsOf(file: string): readonly unknown[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}

function byId<T extends { readonly id: number }>(rows: readonly T[]): ReadonlyMap<number, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
