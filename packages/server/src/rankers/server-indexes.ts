import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { openPgvectorIndex, openRedisIndex, type RemoteVectorIndex, type VectorIndex } from '@rangefinder/retrieval';
import type { IndexBuilding } from './ranker-indexes.ts';
import { snapshotKey } from './snapshot-cache.ts';
import type { EmbeddingConfig, VectorRows } from './vector-rows.ts';

const ITEMS_PER_CHANGE = 5_000;

/**
 * The rows in an index of Postgres or Redis that is named after what is in it: processes that serve the same items share it,
 * the first of them fills it, and other vectors get another one. An index that was filled in part is filled again.
 */
export async function openServerIndex(
  name: string,
  embedding: EmbeddingConfig,
  rows: VectorRows,
  building: Pick<IndexBuilding, 'onProgress' | 'signal'>,
): Promise<VectorIndex> {
  const { dimensions, metric, links_max: linksMax, build_effort: buildEffort, search_effort: searchEffort } = embedding;
  const storage = embedding.storage === 'float16' ? 'float16' : 'float32';
  const key = snapshotKey(rows, { name, dimensions, metric, storage, linksMax, buildEffort, searchEffort });
  const there = `${embedding.server?.name ?? `rangefinder_${name.toLowerCase()}`.slice(0, NAME_MAX)}_${key.slice(0, KEY_MAX)}`;
  const common = { name, dimensions, metric, storage, searchEffort, url: urlOf(embedding), create: true } as const;
  const [m, efConstruction] = [linksMax / 2, Math.min(buildEffort, EF_CONSTRUCTION_MAX)];
  if (embedding.index === 'redis') {
    return filled(await openRedisIndex({ ...common, index: there, m, efConstruction }), rows, building);
  }
  // The graph is built over all items at once, which is faster than one by one.
  await (await filled(await openPgvectorIndex({ ...common, table: there, hnsw: false }), rows, building)).close();
  return openPgvectorIndex({
    ...common,
    table: there,
    hnsw: { m, efConstruction: Math.max(efConstruction, linksMax) },
  });
}

/** Postgres takes 63 bytes for a name. */
const NAME_MAX = 40;
const KEY_MAX = 16;
/** pgvector takes no more. */
const EF_CONSTRUCTION_MAX = 1_000;

async function filled(
  index: RemoteVectorIndex,
  { ids, vectors }: VectorRows,
  { onProgress, signal }: Pick<IndexBuilding, 'onProgress' | 'signal'>,
): Promise<RemoteVectorIndex> {
  const { dimensions } = index;
  try {
    for (let start = 0; index.size !== ids.length && start < ids.length; start += ITEMS_PER_CHANGE) {
      if (signal.aborted) throw new RangefinderError('CANCELLED', `${index.name}: given up while it was filled`);
      const part = Array.from(ids.subarray(start, start + ITEMS_PER_CHANGE), (id, i) => ({
        id,
        vector: vectors.subarray((start + i) * dimensions, (start + i + 1) * dimensions),
      }));
      await index.upsert(part);
      onProgress(start + part.length);
    }
    return index;
  } catch (thrown) {
    await index.close();
    throw thrown;
  }
}

function urlOf({ index, server }: EmbeddingConfig): string {
  const variable = server?.url_env ?? '';
  const url = process.env[variable];
  if (url !== undefined && url !== '') return url;
  const example = index === 'redis' ? 'redis://:password@host:6379' : 'postgres://user:password@host:5432/database';
  throw invalidArgument('server.url_env', `the environment has no ${variable}: expected a URL like ${example}`);
}
