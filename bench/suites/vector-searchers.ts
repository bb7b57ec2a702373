import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EmbeddedIndex, ItemFilter } from '@rangefinder/retrieval';
import type { VectorSet } from './vector-files.ts';

export const K = 10;
const IN_FLIGHT = 8;

/** Answers all queries of a set and keeps the ids. */
export type Searcher = () => Promise<readonly ArrayLike<number>[]>;

export interface SearchCost {
  readonly queriesPerSecond: number;
  /** CPU time of a query on the calling thread, and on all others: of use on a machine that others use too. */
  readonly mainUs: number;
  readonly otherUs: number;
}

export async function measureSearcher(searcher: Searcher, queries: number): Promise<SearchCost> {
  const start = performance.now();
  const processBefore = process.cpuUsage();
  const threadBefore = process.threadCpuUsage();
  await searcher();
  const thread = process.threadCpuUsage(threadBefore);
  const whole = process.cpuUsage(processBefore);
  const mainUs = (thread.user + thread.system) / queries;
  return {
    queriesPerSecond: queries / ((performance.now() - start) / 1000),
    mainUs,
    otherUs: (whole.user + whole.system) / queries - mainUs,
  };
}

export function recallOf(found: readonly ArrayLike<number>[], truth: readonly (readonly number[])[]): number {
  let hits = 0;
  let wanted = 0;
  truth.forEach((ids, i) => {
    const got = new Set(Array.from(found[i]!));
    hits += ids.filter((id) => got.has(id)).length;
    wanted += ids.length;
  });
  return hits / wanted;
}

/** The graph called directly on this thread. */
export function rawSearcher(index: EmbeddedIndex, queries: readonly Float32Array[]): Searcher {
  const searcher = index.blockingSearcher();
  return async () => queries.map((query) => searcher.search({ query, k: K, filter: undefined }).ids);
}

/** The index as the ranking funnel calls it, so many searches in flight. */
export function serviceSearcher(
  index: EmbeddedIndex,
  queries: readonly Float32Array[],
  filter: ItemFilter | undefined,
): Searcher {
  return async () => {
    const found: Uint32Array[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < queries.length) {
        const i = next++;
        found[i] = (await index.search({ query: queries[i]!, k: K, filter })).ids;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    return found;
  };
}

interface Hnswlib {
  readonly HierarchicalNSW: new (
    space: 'ip',
    dimensions: number,
  ) => {
    initIndex(items: number, links: number, effort: number, seed: number): void;
    addPoint(vector: number[], id: number): void;
    readIndexSync(path: string): void;
    writeIndexSync(path: string): void;
    setEf(ef: number): void;
    searchKnn(query: number[], k: number): { readonly neighbors: number[] };
  };
}

/**
 * hnswlib-node, which node-gyp compiles, so that it is no dependency: HNSWLIB_NODE is a folder where it is installed, and
 * HNSWLIB_INDEX a file in which its graph is kept between runs.
 */
export function hnswlibSearcher(set: VectorSet, ef: number): Searcher | undefined {
  const folder = process.env['HNSWLIB_NODE'];
  if (folder === undefined) return undefined;
  const { HierarchicalNSW } = createRequire(join(folder, 'package.json'))('hnswlib-node') as Hnswlib;
  const { items, dimensions } = set;
  const index = new HierarchicalNSW('ip', dimensions);
  const kept = process.env['HNSWLIB_INDEX'];
  if (kept !== undefined && existsSync(kept)) {
    index.readIndexSync(kept);
  } else {
    const count = items.length / dimensions;
    index.initIndex(count, 16, 200, 100);
    for (let id = 0; id < count; id++) {
      index.addPoint(Array.from(items.subarray(id * dimensions, (id + 1) * dimensions)), id);
    }
    if (kept !== undefined) index.writeIndexSync(kept);
  }
  index.setEf(ef);
  const queries = set.queries.map((query) => Array.from(query));
  return async () => queries.map((query) => index.searchKnn(query, K).neighbors);
}
