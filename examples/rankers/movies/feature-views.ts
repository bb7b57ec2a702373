import type { FeatureViewSpec } from '@rangefinder/features';
import { EMBEDDING_WIDTH } from '../../movies/demo-data.ts';
import type { DemoData } from '../../movies/demo-data.ts';
import { NUMBER_COUNT } from '../../movies/item-features.ts';
import { HISTORY_MAX, PROFILE_WIDTH } from '../../movies/user-features.ts';

/** Genres that a viewer has chosen most often. */
export const FAVOURITES_MAX = 3;
export const EMBEDDING = { name: 'taste', dimensions: EMBEDDING_WIDTH } as const;

export const FILM_ATTRIBUTES = {
  genre: 'keyword',
  director: 'keyword',
  decade: 'int',
  rating: 'float',
  certificate: 'keyword',
} as const;

/** What the ranker reads of viewers and films. Rows never grow old: the films are of long ago. */
export function featureViews({ vocabularies }: DemoData): readonly FeatureViewSpec[] {
  const list = (maxLength: number) => ({ kind: 'list' as const, maxLength });
  const vector = (maxLength: number) => ({ kind: 'vector' as const, maxLength });
  const index = (name: string) => ({ name, dataType: 'INT64' as const, container: undefined });
  return [
    {
      name: 'viewer_features',
      entity: 'viewer',
      maxAgeMs: 0,
      features: [
        { name: 'history', dataType: 'INT64', container: list(HISTORY_MAX) },
        { name: 'genres', dataType: 'FP32', container: vector(vocabularies.genre.length) },
        { name: 'profile', dataType: 'FP32', container: vector(PROFILE_WIDTH) },
        { name: 'favourites', dataType: 'BYTES', container: list(FAVOURITES_MAX) },
      ],
    },
    {
      name: 'film_features',
      entity: 'film',
      maxAgeMs: 0,
      features: [
        ...['genre', 'type', 'director', 'decade', 'certificate'].map(index),
        { name: 'numbers', dataType: 'FP32', container: vector(NUMBER_COUNT) },
      ],
    },
  ];
}
