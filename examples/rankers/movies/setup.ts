/** The `movies` ranker with all that it is made of: features, item catalogue, vector index, in memory and made at the start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFeatureService, MemoryRowStore, type FeatureService } from '@rangefinder/features';
import { BoundSources, createRanker, ItemCatalog, readRankerYaml, ServiceFeatures } from '@rangefinder/ranking';
import {
  createExactIndex,
  invertedListSource,
  popularSource,
  vectorSource,
  type CandidateList,
  type VectorIndex,
} from '@rangefinder/retrieval';
import type { Rankers, RankerSurroundings } from '@rangefinder/server';
import { UNLISTED } from '../../movies/catalogue.ts';
import { readDemoData } from '../../movies/demo-data.ts';
import type { DemoData } from '../../movies/demo-data.ts';
import { DECADE_FIRST } from '../../movies/item-features.ts';
import { userFeaturesOf } from '../../movies/user-features.ts';
import { FILM_CARD, filmCards, presentation, RECOMMEND_PAGE } from './card-views.ts';
import { EMBEDDING, FAVOURITES_MAX, featureViews, FILM_ATTRIBUTES } from './feature-views.ts';

/** When the data were cleaned; all rows have this event time. */
const EVENT_MS = Date.UTC(2026, 0, 1);

/** What a server is started with besides its options. */
export interface MovieParts {
  /** The page's titles and histories come from here. */
  readonly features: FeatureService;
  readonly rankers: (surroundings: RankerSurroundings) => Rankers;
}

/** Prepares everything that does not need a server, in some tenths of a second. */
export async function prepareMovies(data: DemoData = readDemoData()): Promise<MovieParts> {
  const store = new MemoryRowStore();
  const views = [...featureViews(data), FILM_CARD, RECOMMEND_PAGE];
  const entities = [...new Set(views.map(({ entity }) => entity))].map((name) => ({ name, joinKey: name }));
  const service = createFeatureService({ store, declarations: { entities, views, aggregates: [], defaults: {} } });
  await writeFeatures(service, data);
  const items = filmCatalog(data);
  const index = await filmIndex(data);
  const fame = fameList(data, items);
  const config = readRankerYaml('ranker.yaml', readFileSync(join(import.meta.dirname, 'ranker.yaml'), 'utf8'));
  const rankers = ({ models, clock, observer }: RankerSurroundings): Rankers => {
    const binders = {
      ann: ({ name }: { readonly name: string }) => vectorSource(name, index),
      popular: ({ name }: { readonly name: string }) => popularSource(name, fame),
      attribute: ({ name, parameters }: SourceDeclaration) =>
        invertedListSource(name, items.attributes, String(parameters['attribute']), { orderBy: 'rating' }),
    };
    const candidates = new BoundSources(binders, clock);
    const features = new ServiceFeatures(service);
    const ranker = createRanker(config, { models, features, items, candidates, clock, observer });
    return new Map([[ranker.name, ranker]]);
  };
  return { features: service, rankers };
}

interface SourceDeclaration {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
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
  await service.push({ view: FILM_CARD.name, rows: filmCards(data, EVENT_MS) });
  await service.push({
    view: RECOMMEND_PAGE.name,
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

function filmCatalog({ films, features, embeddings }: DemoData): ItemCatalog {
  const items = new ItemCatalog({
    attributes: FILM_ATTRIBUTES,
    embeddings: { [EMBEDDING.name]: EMBEDDING.dimensions },
  });
  const listed = (value: string): string | null => (value === UNLISTED ? null : value);
  films.forEach((film, i) => {
    const id = String(film.id);
    items.set(id, {
      genre: listed(film.genre),
      director: listed(film.director),
      decade: DECADE_FIRST + 10 * features.decade[i]!,
      rating: film.rating ?? null,
      certificate: listed(film.certificate),
    });
    items.setEmbedding(EMBEDDING.name, id, vectorOf(embeddings, i));
  });
  items.setPopular(byFame(films));
  return items;
}

/** A few thousand vectors are compared one by one faster than a graph of them is walked. */
async function filmIndex({ films, embeddings }: DemoData): Promise<VectorIndex> {
  const index = createExactIndex({ name: EMBEDDING.name, dimensions: EMBEDDING.dimensions, metric: 'inner_product' });
  // Films are numbered by the catalogue in the same order.
  await index.upsert(films.map((_, id) => ({ id, vector: vectorOf(embeddings, id) })));
  return index;
}

function vectorOf(embeddings: Float32Array, film: number): Float32Array {
  return embeddings.subarray(film * EMBEDDING.dimensions, (film + 1) * EMBEDDING.dimensions);
}

function byFame(films: DemoData['films']): string[] {
  return films.toSorted((a, b) => b.votes - a.votes).map(({ id }) => String(id));
}

function fameList({ films }: DemoData, items: ItemCatalog): CandidateList {
  const ids = items.popular(films.length);
  return { ids, scores: Float32Array.from(ids, (number) => films[number]!.votes) };
}
