import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, silentLogger, systemClock } from '@rangefinder/base';
import { OnnxEngine, type Engine } from '@rangefinder/engines';
import { createFeatureService, MemoryRowStore, type FeatureViewSpec } from '@rangefinder/features';
import {
  BoundSources,
  createRanker,
  defineRanker,
  ItemCatalog,
  ServiceFeatures,
  type Ranker,
} from '@rangefinder/ranking';
import { createExactIndex, vectorSource, type VectorIndex } from '@rangefinder/retrieval';
import { TimedEngine } from './timed-engine.ts';
import { servedModels } from './served-models.ts';

const DIMENSIONS = 32;
const ITEM_FEATURES = 16;
const USERS = 200;
/** Rows of one inference request, in the ranker and for the bare engine alike: as many as the model takes at once. */
export const CHUNK_ROWS = 512;
/** Values of one candidate: the user's vector, the item's features and its embedding. */
export const RANKER_INPUTS = DIMENSIONS + ITEM_FEATURES + DIMENSIONS;

export interface RankWorld {
  readonly modelPath: string;
  /** Serves the model, and may load it once more. */
  readonly engine: Engine;
  /** The model's input for the first items and one user, a row each. */
  readonly rows: Float32Array;
  /** Time spent in the index since the last look, ms. */
  takeSearchMs(): number;
  /** Time that the model computed since the last look, ms. */
  takeComputeMs(): number;
  ranker(candidates: number): Ranker;
  close(): Promise<void>;
}

/** Items with features, embeddings and attributes, users, an exact index over `items`, and `model` served as the heavy ranker. */
export async function rankWorld(items: number, model: Uint8Array): Promise<RankWorld> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-bench-rank-'));
  const modelPath = join(root, 'heavy', '1', 'model.onnx');
  await mkdir(join(root, 'heavy', '1'), { recursive: true });
  await writeFile(modelPath, model);
  await writeFile(
    join(root, 'heavy', 'model.yaml'),
    `max_batch_size: ${CHUNK_ROWS}\ndynamic_batching: {}\ninstances: 1\nparameters: { intra_op_thread_count: { string_value: "1" } }\n`,
  );
  const engine = new TimedEngine(new OnnxEngine({ logger: silentLogger }));
  const models = await servedModels(root, engine);
  const { catalog, index, features, rows } = await filled(items);
  let searchMs = 0;
  const timed: VectorIndex = {
    ...index,
    name: index.name,
    dimensions: index.dimensions,
    metric: index.metric,
    size: index.size,
    async search(request) {
      const startMs = performance.now();
      const hits = await index.search(request);
      searchMs += performance.now() - startMs;
      return hits;
    },
  };
  const candidates = new BoundSources({ ann: ({ name }) => vectorSource(name, timed) }, systemClock);
  return {
    modelPath,
    engine,
    rows,
    takeSearchMs() {
      const taken = searchMs;
      searchMs = 0;
      return taken;
    },
    takeComputeMs: () => engine.takeComputeMs(),
    ranker: (count) =>
      createRanker(declared(count), { models, features, items: catalog, candidates, clock: systemClock }),
    async close() {
      await models.shutdown(0);
      await index.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function declared(candidates: number) {
  const itemFeatures = Array.from({ length: ITEM_FEATURES }, (_, i) => `item:f${i}`);
  return defineRanker({
    name: 'bench',
    deadline_ms: 60_000,
    candidates_max: candidates,
    sources: [{ name: 'near', kind: 'ann', quota: candidates, query: { feature: 'user:vector' } }],
    filters: { where: [{ eq: { available: true } }] },
    heavy: {
      models: [
        { name: 'ctr', model: 'heavy', inputs: { X: ['user:vector', ...itemFeatures, 'item.embedding.vector'] } },
      ],
      chunk: CHUNK_ROWS,
    },
    rerank: { max_per_value: [{ attribute: 'genre', max: 4 }] },
    page: { size: 20 },
  });
}

async function filled(items: number) {
  const random = seededRandom(1);
  const vector = (): Float32Array => Float32Array.from({ length: DIMENSIONS }, () => random.next() - 0.5);
  const userView: FeatureViewSpec = {
    name: 'user',
    entity: 'user',
    maxAgeMs: 0,
    features: [{ name: 'vector', dataType: 'FP32', container: { kind: 'vector', maxLength: DIMENSIONS } }],
  };
  const itemView: FeatureViewSpec = {
    name: 'item',
    entity: 'item',
    maxAgeMs: 0,
    features: Array.from({ length: ITEM_FEATURES }, (_, i) => ({
      name: `f${i}`,
      dataType: 'FP32',
      container: undefined,
    })),
  };
  const service = createFeatureService({
    store: new MemoryRowStore(),
    declarations: {
      entities: [userView, itemView].map(({ entity }) => ({ name: entity, joinKey: entity })),
      views: [userView, itemView],
      aggregates: [],
      defaults: {},
    },
  });
  const catalog = new ItemCatalog({
    attributes: { available: 'bool', genre: 'keyword' },
    embeddings: { vector: DIMENSIONS },
  });
  const index = createExactIndex({ name: 'items', dimensions: DIMENSIONS, metric: 'cosine' });
  const eventMs = Date.now();
  const taste = vector();
  const inputs: number[] = [];
  const rows = [];
  for (let i = 0; i < items; i++) {
    const id = catalog.set(`i${i}`, { available: true, genre: `g${i % 20}` });
    const embedding = vector();
    catalog.setEmbedding('vector', `i${i}`, embedding);
    await index.upsert([{ id, vector: embedding }]);
    const values = Object.fromEntries(itemView.features.map(({ name }) => [name, random.next()]));
    rows.push({ entityId: `i${i}`, eventMs, values });
    inputs.push(...taste, ...Object.values(values), ...embedding);
  }
  await service.push({ view: itemView.name, rows });
  const users = Array.from({ length: USERS }, (_, i) => ({
    entityId: `u${i}`,
    eventMs,
    values: { vector: Array.from(vector()) },
  }));
  await service.push({ view: userView.name, rows: users });
  return { catalog, index, features: new ServiceFeatures(service), rows: Float32Array.from(inputs) };
}

export function userOf(request: number): string {
  return `u${request % USERS}`;
}
