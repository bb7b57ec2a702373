import { after, before, describe } from 'node:test';
import { openRedisIndex } from '@rangefinder/retrieval';
import {
  describeVectorIndexContract,
  REDIS_SEARCH_MISSING,
  startRedisSearch,
  type VectorServer,
} from '@rangefinder/testing';

describe("Redis's query engine, other storage", { skip: REDIS_SEARCH_MISSING }, () => {
  let server: VectorServer;
  let opened = 0;
  before(async () => (server = await startRedisSearch()));
  after(() => server.stop());

  for (const { scoreTolerance, ...options } of [
    { storage: 'float16', algorithm: 'hnsw', scoreTolerance: 0.01 },
    { storage: 'float32', algorithm: 'flat', scoreTolerance: 1e-5 },
  ] as const) {
    describeVectorIndexContract({
      name: `redis, ${options.storage}, ${options.algorithm}`,
      create: (shape) => {
        const index = `other:${process.pid}:${opened++}`;
        return openRedisIndex({ ...shape, ...options, name: 'items', url: server.url, index, create: true });
      },
      scoreTolerance,
    });
  }
});
