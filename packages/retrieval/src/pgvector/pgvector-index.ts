import { RemoteIndex, type RemoteVectorIndex } from '../remote/remote-index.ts';
import { withinLimit } from '../remote/call-limit.ts';
import { PgvectorBackend } from './pgvector-backend.ts';
import { PgvectorConnections } from './pgvector-connections.ts';
import { compilePgvectorOptions, type PgvectorIndexOptions } from './pgvector-options.ts';
import { preparedSchema } from './pgvector-schema.ts';

/**
 * A table of Postgres with pgvector as a vector index. Rejects with INVALID_ARGUMENT for options that make no sense or that the
 * table does not fit, NOT_FOUND for a missing table, UNSUPPORTED without pgvector, UNAVAILABLE when Postgres does not let us in.
 */
export async function openPgvectorIndex(options: PgvectorIndexOptions): Promise<RemoteVectorIndex> {
  const compiled = compilePgvectorOptions(options);
  const connections = await PgvectorConnections.load(compiled);
  try {
    const schema = await preparedSchema(compiled, connections);
    const backend = new PgvectorBackend(compiled, connections, schema);
    const limit = { name: compiled.name, limitMs: compiled.searchMs };
    return new RemoteIndex(compiled, backend, await withinLimit(limit, (signal) => backend.count(signal)));
  } catch (error) {
    await connections.close();
    throw error;
  }
}
