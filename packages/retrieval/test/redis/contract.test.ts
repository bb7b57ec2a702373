import { after, before, describe } from 'node:test';
import { openRedisIndex } from '@rangefinder/retrieval';
import {
  describeVectorIndexContract,
  REDIS_SEARCH_MISSING,
  startRedisSearch,
  type VectorServer,
} from '@rangefinder/testing';

describe("Redis's query engine", { skip: REDIS_SEARCH_MISSING }, () => {
  let server: VectorServer;
  let opened = 0;
  before(async () => (server = await startRedisSearch()));
  after(() => server.stop());

  describeVectorIndexContract({
    name: 'redis',
    create: (shape) => {
      const index = `contract:${process.pid}:${opened++}`;
      return openRedisIndex({ ...shape, name: 'items', url: server.url, index, create: true });
    },
    scoreTolerance: 1e-5,
  });
});
