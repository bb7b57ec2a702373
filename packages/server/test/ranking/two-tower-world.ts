import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS, seededRandom, silentLogger, systemClock } from '@rangefinder/base';
import { OnnxEngine } from '@rangefinder/engines';
import { createFeatureService, MemoryRowStore, type FeatureViewSpec } from '@rangefinder/features';
import {
  BoundSources,
  createRanker,
  defineRanker,
  ItemCatalog,
  ServiceFeatures,
  type RankRequest,
  type Ranker,
} from '@rangefinder/ranking';
import { FolderRepository, splitModel, writeSplitFolders } from '@rangefinder/repository';
import { DEFAULT_SERVING_OPTIONS, ManagedModelServer } from '@rangefinder/serving';
import { twoTowerModel } from '@rangefinder/testing';

export const ITEMS = 200;
export const USERS = 20;
const WIDTHS = { user: 8, item: 6 } as const;

/** The same weights for the same seed. */
export function modelOf(seed: number): Uint8Array {
  const towers = { userTower: [32, 16], itemTower: [16], top: [16] };
  return twoTowerModel({ user: WIDTHS.user, item: WIDTHS.item, context: 1, ...towers }, seed);
}

/** ONNX Runtime, a model repository in a folder of its own, and rankers over given candidates. */
export class TwoTowerWorld {
  readonly models: ManagedModelServer;
  readonly #root: string;
  readonly #features: ServiceFeatures;
  readonly #items = new ItemCatalog({ attributes: {}, embeddings: {} });

  private constructor(root: string, features: ServiceFeatures) {
    this.#root = root;
    this.#features = features;
    for (let i = 0; i < ITEMS; i++) this.#items.set(`i${i}`, {});
    this.models = new ManagedModelServer({
      repository: new FolderRepository({ root, limits: DEFAULT_LIMITS, logger: silentLogger, clock: systemClock }),
      engines: new Map([['onnx', new OnnxEngine({ logger: silentLogger })]]),
      clock: systemClock,
      logger: silentLogger,
      options: { ...DEFAULT_SERVING_OPTIONS, modelControlMode: 'explicit', loadModels: ['*'] },
    });
  }

  static async start(): Promise<TwoTowerWorld> {
    const root = await mkdtemp(join(tmpdir(), 'rangefinder-two-tower-'));
    const world = new TwoTowerWorld(root, await storedFeatures());
    await world.models.start();
    return world;
  }

  async close(): Promise<void> {
    await this.models.shutdown(0);
    await rm(this.#root, { recursive: true, force: true });
  }

  async writeWhole(name: string, seed: number): Promise<void> {
    await mkdir(join(this.#root, name, '1'), { recursive: true });
    await writeFile(join(this.#root, name, '1', 'model.onnx'), modelOf(seed));
  }

  /** As `rangefinder split` does; `configuration` replaces what it writes for the items' part. */
  async writeCut(name: string, seed: number, configuration?: string): Promise<void> {
    const split = splitModel(modelOf(seed), ['USER', 'CONTEXT']);
    await writeSplitFolders({ root: this.#root, modelName: name, replace: false }, split);
    if (configuration !== undefined) await writeFile(join(this.#root, name, 'model.yaml'), configuration);
  }

  ranker(model: string): Ranker {
    const inputs = { USER: 'user:taste', CONTEXT: 'context.hour', ITEM: 'item:numbers' };
    const config = defineRanker({
      name: model,
      deadline_ms: 60_000,
      heavy: { models: [{ name: 'ctr', model, inputs }], chunk: 64 },
      page: { size: ITEMS, size_max: ITEMS },
      rerank: { depth: ITEMS },
    });
    return createRanker(config, {
      models: this.models,
      features: this.#features,
      items: this.#items,
      candidates: new BoundSources({}, systemClock),
      clock: systemClock,
    });
  }

  runsOf(model: string): number {
    return this.models.statistics(model).reduce((sum, { inferenceCount }) => sum + inferenceCount, 0);
  }
}

async function storedFeatures(): Promise<ServiceFeatures> {
  const view = (name: string, feature: string, maxLength: number): FeatureViewSpec => ({
    name,
    entity: name,
    maxAgeMs: 0,
    features: [{ name: feature, dataType: 'FP32', container: { kind: 'vector', maxLength } }],
  });
  const service = createFeatureService({
    store: new MemoryRowStore(),
    declarations: {
      entities: ['user', 'item'].map((name) => ({ name, joinKey: name })),
      views: [view('user', 'taste', WIDTHS.user), view('item', 'numbers', WIDTHS.item)],
      aggregates: [],
      defaults: {},
    },
  });
  const random = seededRandom(7);
  const vector = (length: number): number[] => Array.from({ length }, () => 4 * random.next() - 2);
  const rows = (count: number, letter: string, values: () => Record<string, number[]>) =>
    Array.from({ length: count }, (_, i) => ({ entityId: `${letter}${i}`, eventMs: Date.now(), values: values() }));
  await service.push({ view: 'user', rows: rows(USERS, 'u', () => ({ taste: vector(WIDTHS.user) })) });
  await service.push({ view: 'item', rows: rows(ITEMS, 'i', () => ({ numbers: vector(WIDTHS.item) })) });
  return new ServiceFeatures(service);
}

/** Scores by item id; throws where anything was degraded. */
export async function scoresOf(ranker: Ranker, request: RankRequest): Promise<ReadonlyMap<string, number>> {
  const { items, degradations } = await ranker.rank(request);
  if (degradations.length > 0) throw new Error(JSON.stringify(degradations));
  return new Map(items.map(({ id, score }) => [id, score!]));
}
