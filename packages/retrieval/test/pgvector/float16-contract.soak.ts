import { after, before, describe } from 'node:test';
import { openPgvectorIndex } from '@rangefinder/retrieval';
import { describeVectorIndexContract, PGVECTOR_MISSING, startPostgres, type VectorServer } from '@rangefinder/testing';

describe('Postgres with pgvector, half precision', { skip: PGVECTOR_MISSING }, () => {
  let server: VectorServer;
  let opened = 0;
  before(async () => (server = await startPostgres()));
  after(() => server.stop());

  describeVectorIndexContract({
    name: 'pgvector, float16',
    create: (shape) => {
      const table = `float16 ${process.pid} ${opened++}`;
      return openPgvectorIndex({ ...shape, name: 'items', url: server.url, table, create: true, storage: 'float16' });
    },
    scoreTolerance: 0.01,
  });
});
