import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '@rangefinder/base';
import { createFeatureService, MemoryRowStore, type FeatureViewSpec } from '@rangefinder/features';
import {
  type FeaturePort,
  BoundSources,
  createRanker,
  ItemCatalog,
  readRankerYaml,
  ServiceFeatures,
} from '@rangefinder/ranking';
import { createExactIndex, popularSource, vectorSource } from '@rangefinder/retrieval';
import { mlpModel } from '@rangefinder/testing';
import type { RankerSurroundings } from '../../src/server.ts';

export const FILMS = 200;
const DIMENSIONS = 4;

const RANKER_YAML = `
name: films
deadline_ms: 30000
sources:
  - name: near
    kind: ann
    quota: 100
    query: { feature: "user_taste:vector" }
  - name: popular
    kind: popular
    quota: 20
filters:
  where:
    - eq: { available: true }
  exclude_seen: user_taste:seen
light:
  score: item_stats:clicks * if(context.evening, 2, 1)
  keep: 60
heavy:
  models:
    - name: ctr
      model: ranker
      inputs:
        X: [user_taste:vector, item_stats:clicks, item.embedding.plot]
      outputs: { ctr: Y }
  score: sigmoid(ctr)
  chunk: 16
rerank:
  max_per_value:
    - { attribute: genre, max: 3 }
  mmr: { embedding: plot, lambda: 0.8 }
page: { size: 10 }
`;

export const VIEWS: readonly FeatureViewSpec[] = [
  {
    name: 'user_taste',
    entity: 'user',
    maxAgeMs: 0,
    features: [
      { name: 'vector', dataType: 'FP32', container: { kind: 'vector', maxLength: DIMENSIONS } },
      { name: 'seen', dataType: 'BYTES', container: { kind: 'list', maxLength: 10 } },
    ],
  },
  {
    name: 'item_stats',
    entity: 'item',
    maxAgeMs: 0,
    features: [{ name: 'clicks', dataType: 'INT64', container: undefined }],
  },
];

export interface FilmOptions {
  /** Rankers besides `films`. */
  readonly others?: readonly string[];
  /** Stands between the rankers and their features. */
  readonly around?: (features: FeaturePort) => FeaturePort;
}

/** Films with vectors and clicks made up from their numbers, and two users: `ada`, who has seen f1 and f2, and `bob`. */
export async function filmRankers({ others = [], around = (features) => features }: FilmOptions = {}): Promise<
  (surroundings: RankerSurroundings) => ReadonlyMap<string, ReturnType<typeof createRanker>>
> {
  const items = new ItemCatalog({
    attributes: { genre: 'keyword', available: 'bool' },
    embeddings: { plot: DIMENSIONS },
  });
  const index = createExactIndex({ name: 'plots', dimensions: DIMENSIONS, metric: 'cosine' });
  for (let i = 0; i < FILMS; i++) {
    const number = items.set(`f${i}`, { genre: `g${i % 7}`, available: i % 10 !== 0 });
    items.setEmbedding('plot', `f${i}`, filmVector(i));
    await index.upsert([{ id: number, vector: filmVector(i) }]);
  }
  items.setPopular(Array.from({ length: FILMS }, (_, i) => `f${FILMS - 1 - i}`));
  const entities = VIEWS.map(({ entity }) => ({ name: entity, joinKey: entity }));
  const service = createFeatureService({
    store: new MemoryRowStore(),
    declarations: { entities, views: VIEWS, aggregates: [], defaults: {} },
  });
  const eventMs = Date.UTC(2026, 0, 1);
  await service.push({
    view: 'user_taste',
    rows: [
      { entityId: 'ada', eventMs, values: { vector: [1, 0, 0.5, 0], seen: ['f1', 'f2'] } },
      { entityId: 'bob', eventMs, values: { vector: [0, 1, 0, 0.5] } },
    ],
  });
  await service.push({
    view: 'item_stats',
    rows: Array.from({ length: FILMS }, (_, i) => ({ entityId: `f${i}`, eventMs, values: { clicks: i % 50 } })),
  });
  return ({ models, observer }) => {
    const popular = items.popular(FILMS);
    const candidates = new BoundSources(
      {
        ann: ({ name }) => vectorSource(name, index),
        popular: ({ name }) => popularSource(name, { ids: popular, scores: Float32Array.from(popular, (_, i) => -i) }),
      },
      systemClock,
    );
    const features = around(new ServiceFeatures(service));
    const parts = { models, features, items, candidates, clock: systemClock, observer };
    const rankers = [RANKER_YAML, ...others].map((text) => createRanker(readRankerYaml('ranker.yaml', text), parts));
    return new Map(rankers.map((ranker) => [ranker.name, ranker]));
  };
}

export function filmVector(film: number): Float32Array {
  return Float32Array.of(Math.sin(film), Math.cos(film), Math.sin(film * 0.7), Math.cos(film * 1.3));
}

/** A repository with the ONNX model that the ranker asks for, removed after the test. */
export async function rankerModelFolder(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-ranking-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'ranker', '1'), { recursive: true });
  await writeFile(join(root, 'ranker', '1', 'model.onnx'), mlpModel([DIMENSIONS * 2 + 1, 8, 1], 7));
  return root;
}
