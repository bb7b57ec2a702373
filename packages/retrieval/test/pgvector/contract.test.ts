import { after, before, describe } from 'node:test';
import { openPgvectorIndex } from '@rangefinder/retrieval';
import { describeVectorIndexContract } from '@rangefinder/testing';
import { PGVECTOR_MISSING, startPostgres, type VectorServer } from '../vector-servers.ts';

const TOLERANCES = { float32: 1e-5, float16: 0.01 };

describe('Postgres with pgvector', { skip: PGVECTOR_MISSING }, () => {
  let server: VectorServer;
  let opened = 0;
  before(async () => (server = await startPostgres()));
  after(() => server.stop());

  for (const storage of ['float32', 'float16'] as const) {
    describeVectorIndexContract({
      name: `pgvector, ${storage}`,
      create: (shape) =>
        openPgvectorIndex({
          ...shape,
          name: 'items',
          url: server.url,
          table: `contract ${process.pid} ${opened++}`,
          create: true,
          storage,
        }),
      scoreTolerance: TOLERANCES[storage],
    });
  }
});
