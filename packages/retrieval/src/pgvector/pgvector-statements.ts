import type { VectorMetric } from '../index-options.ts';
import type { CompiledPgvectorOptions } from './pgvector-options.ts';

/** What differs between servers and tables: where the extension lives, and what it can do. */
export interface PgvectorDialect {
  /** Schema of the extension: operators and types are named with it, so that no search_path matters. */
  readonly extensionSchema: string;
  /** From 0.8 on: a walk that goes on until it has as many rows as it was asked for. */
  readonly hasIterativeScan: boolean;
}

const OPERATORS: Readonly<Record<VectorMetric, string>> = { cosine: '<=>', inner_product: '<#>', l2: '<->' };
const CLASSES: Readonly<Record<VectorMetric, string>> = { cosine: 'cosine_ops', inner_product: 'ip_ops', l2: 'l2_ops' };

/** Every statement of an index. Names are quoted, values are parameters. */
export function pgvectorStatements(
  options: CompiledPgvectorOptions,
  { extensionSchema, hasIterativeScan }: PgvectorDialect,
) {
  const { metric, dimensions, hnsw } = options;
  const table = `${quoted(options.schema)}.${quoted(options.table)}`;
  const id = quoted(options.idColumn);
  const vector = quoted(options.vectorColumn);
  const extension = quoted(extensionSchema);
  const type = vectorType(options);
  const distance = `${vector} OPERATOR(${extension}.${OPERATORS[metric]}) $1::${extension}.vector::${extension}.${type}`;
  // OFFSET 0 keeps the planner from the index, whose walk would end before it met what passes.
  const scan = (where: string): string =>
    `SELECT id, distance FROM (SELECT ${id} AS id, ${distance} AS distance FROM ${table} AS t${where} OFFSET 0) AS passing` +
    ' ORDER BY distance, id LIMIT $2';
  const iterative = hasIterativeScan ? `, set_config('hnsw.iterative_scan', 'relaxed_order', true)` : '';
  return {
    /** $1 query, $2 limit, $3 effort. The settings hold for this statement, behind a pooler too. */
    walk:
      `WITH setting AS MATERIALIZED (SELECT concat(set_config('hnsw.ef_search', $3, true)${iterative}) AS done)` +
      ` SELECT near.id, near.distance FROM setting, LATERAL (SELECT ${id} AS id, ${distance} AS distance FROM ${table}` +
      ` WHERE setting.done IS NOT NULL ORDER BY ${distance} LIMIT $2) AS near`,
    /** $1 query, $2 limit. */
    scanAll: scan(''),
    /** $3 bigint[] of ids that are left out. */
    scanAllBut: scan(
      ` WHERE NOT EXISTS (SELECT FROM unnest($3::bigint[]) AS left_out(id) WHERE left_out.id = t.${id})`,
    ),
    /** $3 bigint[] of ids that pass. */
    scanIds: scan(` WHERE t.${id} = ANY($3::bigint[])`),
    /** $3 bytea with a bit for each id that passes, $4 number of bits. */
    scanBits: scan(
      ` WHERE CASE WHEN t.${id} BETWEEN 0 AND $4::bigint - 1 THEN get_bit($3::bytea, t.${id}::int) = 1 END`,
    ),
    /** $1 bigint[] without repetitions, $2 vector[]. */
    upsert:
      `WITH written AS (INSERT INTO ${table} (${id}, ${vector})` +
      ` SELECT id, vector FROM unnest($1::bigint[], $2::${extension}.vector[]) AS new(id, vector)` +
      // A row that was there before is locked by this transaction, which its xmax says.
      ` ON CONFLICT (${id}) DO UPDATE SET ${vector} = excluded.${vector} RETURNING xmax = 0 AS added)` +
      ' SELECT count(*) FILTER (WHERE added) FROM written',
    /** $1 bigint[]. */
    remove: `WITH gone AS (DELETE FROM ${table} WHERE ${id} = ANY($1::bigint[]) RETURNING 1) SELECT count(*) FROM gone`,
    count: `SELECT count(${vector}) FROM ${table}`,
    createTable:
      `CREATE TABLE IF NOT EXISTS ${table} (${id} bigint PRIMARY KEY CHECK (${id} BETWEEN 0 AND 4294967294),` +
      ` ${vector} ${extension}.${type}(${dimensions}) NOT NULL)`,
    createIndex:
      `CREATE INDEX ON ${table} USING hnsw (${vector} ${extension}.${operatorClass(options)})` +
      (hnsw === false ? '' : ` WITH (m = ${hnsw.m}, ef_construction = ${hnsw.efConstruction})`),
  } as const;
}

export type PgvectorStatements = ReturnType<typeof pgvectorStatements>;

export function vectorType({ storage }: Pick<CompiledPgvectorOptions, 'storage'>): 'vector' | 'halfvec' {
  return storage === 'float16' ? 'halfvec' : 'vector';
}

export function operatorClass(options: Pick<CompiledPgvectorOptions, 'storage' | 'metric'>): string {
  return `${vectorType(options)}_${CLASSES[options.metric]}`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
