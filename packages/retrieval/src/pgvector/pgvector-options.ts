import type { ConnectionOptions } from 'node:tls';
import { invalidArgument } from '@rangefinder/base';
import { expectWhole } from '../option-checks.ts';
import {
  compileRemoteOptions,
  type CompiledRemoteOptions,
  type RemoteIndexOptions,
} from '../remote/remote-index-options.ts';
import { pgvectorTarget, type PgvectorTarget } from './pgvector-target.ts';

export interface PgvectorIndexOptions extends RemoteIndexOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly url: string;
  /** Default `public`. */
  readonly schema?: string;
  readonly table: string;
  /** A whole number, unique. Default `id`. */
  readonly idColumn?: string;
  /** `vector` for float32, `halfvec` for float16. Default `embedding`. */
  readonly vectorColumn?: string;
  /** Creates extension, table and index where they are missing. Default false: then they must be there. */
  readonly create?: boolean;
  /** How the index is created; false for none, so that every search is a scan. */
  readonly hnsw?: false | HnswOptions;
  /** Default 8. */
  readonly connectionsMax?: number;
  /** Statements that Postgres itself ends; 0 leaves that out, as poolers like PgBouncer ask for. Default `changeMs`. */
  readonly statementMs?: number;
  /** Over what the URL's sslmode asks for. */
  readonly tls?: ConnectionOptions;
}

export interface HnswOptions {
  /** pgvector's m, links of an item, 2 to 100. Default 16. */
  readonly m?: number;
  /** pgvector's ef_construction, 4 to 1,000 and at least 2 m. Default 64. */
  readonly efConstruction?: number;
}

export interface CompiledPgvectorOptions extends CompiledRemoteOptions {
  readonly target: PgvectorTarget;
  readonly schema: string;
  readonly table: string;
  readonly idColumn: string;
  readonly vectorColumn: string;
  readonly create: boolean;
  readonly hnsw: false | Required<HnswOptions>;
  readonly connectionsMax: number;
  readonly statementMs: number;
}

/** pgvector's limits. */
const DIMENSIONS_MAX = 16_000;
const HNSW_DIMENSIONS_MAX = { float32: 2_000, float16: 4_000 } as const;
/** Postgres cuts longer names off without a word. */
const NAME_BYTES_MAX = 63;

/** With defaults, checked and frozen. Throws INVALID_ARGUMENT naming the option. */
export function compilePgvectorOptions(options: PgvectorIndexOptions): CompiledPgvectorOptions {
  const remote = compileRemoteOptions(options, DIMENSIONS_MAX);
  const hnsw = options.hnsw === false ? false : { m: 16, efConstruction: 64, ...options.hnsw };
  const compiled: CompiledPgvectorOptions = {
    ...remote,
    target: pgvectorTarget(options.url, options.tls),
    schema: options.schema ?? 'public',
    table: options.table,
    idColumn: options.idColumn ?? 'id',
    vectorColumn: options.vectorColumn ?? 'embedding',
    create: options.create ?? false,
    hnsw,
    connectionsMax: options.connectionsMax ?? 8,
    statementMs: options.statementMs ?? remote.changeMs,
  };
  for (const field of ['schema', 'table', 'idColumn', 'vectorColumn'] as const) expectName(field, compiled[field]);
  expectWhole('connectionsMax', compiled.connectionsMax, 1, 1_000);
  expectWhole('statementMs', compiled.statementMs, 0, 86_400_000);
  if (hnsw !== false) checkHnsw(hnsw, compiled);
  return Object.freeze(compiled);
}

function checkHnsw({ m, efConstruction }: Required<HnswOptions>, options: CompiledRemoteOptions): void {
  expectWhole('hnsw.m', m, 2, 100);
  expectWhole('hnsw.efConstruction', efConstruction, Math.max(4, 2 * m), 1_000);
  const dimensionsMax = HNSW_DIMENSIONS_MAX[options.storage];
  if (options.dimensions <= dimensionsMax) return;
  const other = options.storage === 'float32' ? ', 4,000 with storage: float16' : '';
  throw invalidArgument(
    'dimensions',
    `pgvector's HNSW index takes up to ${dimensionsMax}${other}, got ${options.dimensions}; hnsw: false scans without an index`,
  );
}

function expectName(field: string, name: string): void {
  const isName = typeof name === 'string' && name !== '' && !name.includes('\0');
  if (isName && Buffer.byteLength(name) <= NAME_BYTES_MAX) return;
  throw invalidArgument(field, `expected a name of 1 to ${NAME_BYTES_MAX} bytes`);
}
