import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, silentLogger, systemClock } from '@rangefinder/base';
import { OnnxEngine } from '@rangefinder/engines';
import { createFeatureService, MemoryRowStore, type FeatureViewSpec } from '@rangefinder/features';
import {
  BoundSources,
  createRanker,
  defineRanker,
  ItemCatalog,
  ServiceFeatures,
  type Ranker,
} from '@rangefinder/ranking';
import { splitModel, writeSplitFolders } from '@rangefinder/repository';
import { twoTowerModel } from '@rangefinder/testing';
import { servedModels } from './served-models.ts';

const USERS = 200;
const INPUTS = { user: 128, context: 2, item: 32 } as const;
/** By how many numbers go from the user's part to the items'. */
const TOWERS = {
  64: { userTower: [1024, 512, 64], itemTower: [128, 64], top: [128] },
  1024: { userTower: [1024, 1024], itemTower: [1024], top: [16] },
} as const;

export type Crossing = keyof typeof TOWERS;

/** `row`: the cut model runs alone, and spreads one row by itself. `rows`: it shares batches, and gets a row for each candidate. */
export type Serving = 'whole' | 'row' | 'rows';

export interface SplitWorld {
  /** Share of the multiplications that the user's part has. */
  readonly userShare: number;
  readonly rankers: Readonly<Record<Serving, Ranker>>;
  close(): Promise<void>;
}

const BATCHED = 'max_batch_size: 256\ndynamic_batching: {}\n';
const ONE_THREAD = 'instances: 1\nparameters: { intra_op_thread_count: 1 }\n';

/** One ranker with a heavy user tower, served whole and cut in two, over items and users with features in memory. */
export async function splitWorld(items: number, crossing: Crossing): Promise<SplitWorld> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-bench-split-'));
  const model = twoTowerModel({ ...INPUTS, ...TOWERS[crossing] });
  const split = splitModel(model, ['USER', 'CONTEXT']);
  for (const name of ['whole', 'row', 'row-user', 'rows', 'rows-user']) {
    await mkdir(join(root, name, '1'), { recursive: true });
    const batching = name === 'row' ? 'max_batch_size: 0\n' : BATCHED;
    await writeFile(join(root, name, 'model.yaml'), `${batching}${ONE_THREAD}`);
  }
  await writeFile(join(root, 'whole', '1', 'model.onnx'), model);
  for (const modelName of ['row', 'rows'])
    await writeSplitFolders({ root, modelName, version: '1', replace: false }, split);
  const engine = new OnnxEngine({ logger: silentLogger });
  const models = await servedModels(root, engine);
  const { catalog, features } = await filled(items);
  const ranker = (name: string): Ranker =>
    createRanker(declared(name), {
      models,
      features,
      items: catalog,
      candidates: new BoundSources({}, systemClock),
      clock: systemClock,
    });
  const { userMultiplications, itemMultiplications } = split.report;
  return {
    userShare: userMultiplications / (userMultiplications + itemMultiplications),
    rankers: { whole: ranker('whole'), row: ranker('row'), rows: ranker('rows') },
    async close() {
      await models.shutdown(0);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function declared(model: string) {
  const inputs = { USER: 'user:taste', CONTEXT: ['context.hour', 'context.weekday'], ITEM: 'item:numbers' };
  return defineRanker({
    name: model,
    deadline_ms: 60_000,
    candidates_max: 10_000,
    heavy: { models: [{ name: 'ctr', model, inputs }], chunk: 256 },
    page: { size: 20 },
  });
}

async function filled(items: number) {
  const random = seededRandom(1);
  const vector = (length: number): number[] => Array.from({ length }, () => random.next() - 0.5);
  const view = (name: string, feature: string, maxLength: number): FeatureViewSpec => ({
    name,
    entity: name,
    maxAgeMs: 0,
    features: [{ name: feature, dataType: 'FP32', container: { kind: 'vector', maxLength } }],
  });
  const views = { user: view('user', 'taste', INPUTS.user), item: view('item', 'numbers', INPUTS.item) };
  const service = createFeatureService({
    store: new MemoryRowStore(),
    declarations: {
      entities: ['user', 'item'].map((name) => ({ name, joinKey: name })),
      views: [views.user, views.item],
      aggregates: [],
      defaults: {},
    },
  });
  const catalog = new ItemCatalog({ attributes: {}, embeddings: {} });
  const eventMs = Date.now();
  const rows = (count: number, letter: string, values: () => Record<string, number[]>) =>
    Array.from({ length: count }, (_, i) => ({ entityId: `${letter}${i}`, eventMs, values: values() }));
  for (let i = 0; i < items; i++) catalog.set(`i${i}`, {});
  await service.push({ view: 'item', rows: rows(items, 'i', () => ({ numbers: vector(INPUTS.item) })) });
  await service.push({ view: 'user', rows: rows(USERS, 'u', () => ({ taste: vector(INPUTS.user) })) });
  return { catalog, features: new ServiceFeatures(service) };
}

export function userOf(request: number): string {
  return `u${request % USERS}`;
}
