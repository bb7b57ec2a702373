import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { PgvectorConnections, Row } from './pgvector-connections.ts';
import type { CompiledPgvectorOptions } from './pgvector-options.ts';
import {
  operatorClass,
  pgvectorStatements,
  quoted,
  vectorType,
  type PgvectorStatements,
} from './pgvector-statements.ts';

/** What an index needs to know of its table before the first search. */
export interface PgvectorSchema {
  readonly statements: PgvectorStatements;
  readonly hasIterativeScan: boolean;
  /** Of the type `vector`. */
  readonly vectorOid: number;
}

const EXTENSION = {
  text:
    'SELECT e.extversion, n.nspname, t.oid FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace' +
    " JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = 'vector' WHERE e.extname = 'vector'",
};

/** One row for each column that is asked for: name, type, dimensions (-1 for any), whether it alone makes a unique index. */
const COLUMNS =
  'SELECT a.attname, t.typname, a.atttypmod, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique' +
  ' AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)' +
  ' FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid' +
  ' WHERE a.attrelid = to_regclass($1) AND a.attname IN ($2, $3) AND NOT a.attisdropped';

const HNSW_INDEX =
  'SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam' +
  ' JOIN pg_opclass o ON o.oid = i.indclass[0] JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]' +
  " WHERE i.indrelid = to_regclass($1) AND m.amname = 'hnsw' AND o.opcname = $2 AND a.attname = $3 AND i.indpred IS NULL" +
  ' ORDER BY i.indisvalid DESC LIMIT 1';

/** Checks that extension, table and index are what the options say; makes those that are missing where `create` says so. */
export async function preparedSchema(
  options: CompiledPgvectorOptions,
  connections: PgvectorConnections,
): Promise<PgvectorSchema> {
  const extension = await extensionOf(options, connections);
  const statements = pgvectorStatements(options, extension);
  if (options.create) await create(options, connections, statements);
  await checkColumns(options, connections, statements);
  if (options.hnsw !== false && !(await hasHnswIndex(options, connections))) {
    throw invalidArgument(
      'hnsw',
      `${nameOf(options)} has no valid HNSW index for ${options.metric}: open with create: true, or run` +
        ` "${statements.createIndex}"; hnsw: false scans without an index`,
    );
  }
  return { statements, hasIterativeScan: extension.hasIterativeScan, vectorOid: extension.vectorOid };
}

async function extensionOf(
  options: CompiledPgvectorOptions,
  connections: PgvectorConnections,
): Promise<{ extensionSchema: string; hasIterativeScan: boolean; vectorOid: number }> {
  let [row] = await connections.run(EXTENSION);
  if (row === undefined && options.create) {
    await connections.run({ text: 'CREATE EXTENSION IF NOT EXISTS vector' }).catch((thrown: unknown) => {
      throw extensionMissing(options, thrown);
    });
    [row] = await connections.run(EXTENSION);
  }
  if (row === undefined) throw extensionMissing(options);
  const [version, schema, oid] = row.map(String) as [string, string, string];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 0 && minor < 5) {
    throw new RangefinderError(
      'UNSUPPORTED',
      `${options.name}: pgvector ${version} has no HNSW index: 0.5 or later is needed`,
    );
  }
  if (options.storage === 'float16' && major === 0 && minor < 7) {
    throw invalidArgument('storage', `pgvector ${version} has no halfvec: float16 needs 0.7 or later`);
  }
  return { extensionSchema: schema, hasIterativeScan: major > 0 || minor >= 8, vectorOid: Number(oid) };
}

function extensionMissing({ name }: CompiledPgvectorOptions, cause?: unknown): RangefinderError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new RangefinderError(
    'UNSUPPORTED',
    `${name}: the database has no extension vector${reason}; install pgvector on the server and run CREATE EXTENSION` +
      ' vector as a user who may',
    { cause },
  );
}

/** In one transaction under a lock, so that processes that start together do not create things twice. */
async function create(
  options: CompiledPgvectorOptions,
  connections: PgvectorConnections,
  statements: PgvectorStatements,
): Promise<void> {
  if ((await columnsOf(options, connections)).length > 0 && (await indexIsThere(options, connections))) return;
  await connections.transaction(async (run) => {
    // Building an index over items that are there takes as long as it takes.
    await run({ text: 'SET LOCAL statement_timeout = 0' });
    await run({ text: 'SELECT pg_advisory_xact_lock(hashtext($1))::text', values: [`rangefinder ${nameOf(options)}`] });
    if ((await columnsOf(options, { run })).length === 0) await run({ text: statements.createTable });
    if (!(await indexIsThere(options, { run }))) await run({ text: statements.createIndex });
  });
}

interface Runner {
  run(statement: { text: string; values?: readonly unknown[] }): Promise<readonly Row[]>;
}

async function indexIsThere(options: CompiledPgvectorOptions, runner: Runner): Promise<boolean> {
  return options.hnsw === false || (await hasHnswIndex(options, runner));
}

async function hasHnswIndex(options: CompiledPgvectorOptions, runner: Runner): Promise<boolean> {
  const values = [nameOf(options), operatorClass(options), options.vectorColumn];
  const [row] = await runner.run({ text: HNSW_INDEX, values });
  return row?.[0] === 't';
}

function columnsOf(options: CompiledPgvectorOptions, runner: Runner): Promise<readonly Row[]> {
  return runner.run({ text: COLUMNS, values: [nameOf(options), options.idColumn, options.vectorColumn] });
}

async function checkColumns(
  options: CompiledPgvectorOptions,
  connections: PgvectorConnections,
  { createTable }: PgvectorStatements,
): Promise<void> {
  const rows = await columnsOf(options, connections);
  const [id, vector] = [options.idColumn, options.vectorColumn].map((name) => rows.find((row) => row[0] === name));
  const table = nameOf(options);
  if (id === undefined && vector === undefined) {
    throw new RangefinderError(
      'NOT_FOUND',
      `${options.name}: there is no table ${table} with the columns ${options.idColumn} and ${options.vectorColumn}: open with` +
        ` create: true, or run "${createTable}"`,
    );
  }
  if (id === undefined) throw invalidArgument('idColumn', `the table ${table} has no column ${options.idColumn}`);
  if (vector === undefined) {
    throw invalidArgument('vectorColumn', `the table ${table} has no column ${options.vectorColumn}`);
  }
  if (!['int8', 'int4'].includes(String(id[1]))) {
    throw invalidArgument('idColumn', `${table}.${options.idColumn} is ${id[1]}, expected bigint or integer`);
  }
  if (id[3] !== 't') {
    throw invalidArgument('idColumn', `${table}.${options.idColumn} needs a primary key or a unique index of its own`);
  }
  const type = vectorType(options);
  if (vector[1] !== type) {
    throw invalidArgument(
      'storage',
      `${table}.${options.vectorColumn} is ${vector[1]}, ${options.storage} is kept as ${type}`,
    );
  }
  if (Number(vector[2]) !== options.dimensions) {
    const there = vector[2] === '-1' ? 'any number of' : vector[2];
    throw invalidArgument(
      'dimensions',
      `${table}.${options.vectorColumn} has ${there} dimensions, the options say ${options.dimensions}: name another table,` +
        ' or change the column',
    );
  }
}

function nameOf({ schema, table }: CompiledPgvectorOptions): string {
  return `${quoted(schema)}.${quoted(table)}`;
}
