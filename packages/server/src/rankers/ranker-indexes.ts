import {
  createExactIndex,
  openEmbeddedIndex,
  type EmbeddedIndex,
  type EmbeddedIndexOptions,
  type VectorIndex,
} from '@rangefinder/retrieval';
import { openServerIndex } from './server-indexes.ts';
import { snapshotKey, type SnapshotCache } from './snapshot-cache.ts';
import type { EmbeddingConfig, VectorRows } from './vector-rows.ts';

/** Up to so many items, comparing with each of them is as fast as walking a graph, and needs none to be built. */
const EXACT_ITEMS_MAX = 5_000;

export interface IndexBuilding {
  readonly cache: SnapshotCache;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/** An index over the rows, from a snapshot, or in a server, where there is one of them. */
export async function openIndex(
  name: string,
  embedding: EmbeddingConfig,
  rows: VectorRows,
  building: IndexBuilding,
): Promise<VectorIndex> {
  const { dimensions, metric, storage } = embedding;
  if (embedding.index === 'pgvector' || embedding.index === 'redis') {
    return openServerIndex(name, embedding, rows, building);
  }
  const isExact = embedding.index === 'auto' ? rows.ids.length <= EXACT_ITEMS_MAX : embedding.index === 'exact';
  if (isExact) {
    const index = createExactIndex({ name, dimensions, metric, limits: { dimensions } });
    const vectorAt = (i: number): Float32Array => rows.vectors.subarray(i * dimensions, (i + 1) * dimensions);
    await index.upsert(Array.from(rows.ids, (id, i) => ({ id, vector: vectorAt(i) })));
    return index;
  }
  const options: EmbeddedIndexOptions = {
    name,
    dimensions,
    metric,
    storage,
    linksMax: embedding.links_max,
    buildEffort: embedding.build_effort,
    searchEffort: embedding.search_effort,
    limits: { dimensions },
  };
  return openEmbedded(options, rows, building);
}

async function openEmbedded(
  options: EmbeddedIndexOptions,
  rows: VectorRows,
  { cache, onProgress, signal }: IndexBuilding,
): Promise<EmbeddedIndex> {
  const key = snapshotKey(rows, options);
  const kept = await cache.open(key, options);
  if (kept !== undefined) return kept;
  const index = await openEmbeddedIndex(options);
  try {
    await index.load({ ...rows, onProgress, signal });
    await cache.keep(key, index);
    return index;
  } catch (thrown) {
    await index.close();
    throw thrown;
  }
}
