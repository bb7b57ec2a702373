import { after, before, describe } from 'node:test';
import { openPgvectorIndex } from '@rangefinder/retrieval';
import { describeVectorIndexContract, PGVECTOR_MISSING, startPostgres, type VectorServer } from '@rangefinder/testing';

describe('Postgres with pgvector', { skip: PGVECTOR_MISSING }, () => {
  let server: VectorServer;
  let opened = 0;
  before(async () => (server = await startPostgres()));
  after(() => server.stop());

  describeVectorIndexContract({
    name: 'pgvector',
    create: (shape) => {
      // Few links: the time of this suite goes into building.
      const options = { name: 'items', url: server.url, create: true, hnsw: { m: 10, efConstruction: 32 } };
      return openPgvectorIndex({ ...shape, ...options, table: `contract ${process.pid} ${opened++}` });
    },
    scoreTolerance: 1e-5,
  });
});
