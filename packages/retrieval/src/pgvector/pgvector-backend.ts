import { RangefinderError } from '@rangefinder/base';
import { clearBit, hasBit } from '../attributes/bitmap.ts';
import { passingIds } from '../remote/passing-ids.ts';
import type { Neighbours, RemoteBackend, ScanNeed, WalkNeed } from '../remote/remote-backend.ts';
import type { ItemFilter, VectorItem } from '../vector-index.ts';
import type { PgvectorConnections, Row, Statement } from './pgvector-connections.ts';
import type { CompiledPgvectorOptions } from './pgvector-options.ts';
import type { PgvectorSchema } from './pgvector-schema.ts';
import { bitmapValue, idArrayValue, vectorArrayValue, vectorValue } from './pgvector-values.ts';

/** hnsw.ef_search goes no further; from 0.8 on a walk may return more rows than that. */
const EF_SEARCH_MAX = 1_000;
const ITERATIVE_WALK_MAX = 4_000;
/** Ids of a filter that are sent as such; of larger ones the bits are, and Postgres looks at each row. */
const IDS_MAX = 20_000;
/** get_bit counts bits with 31. */
const BITS_MAX = 2 ** 31 - 1;

export class PgvectorBackend implements RemoteBackend {
  readonly walkMax: number;
  readonly scannedPerReturned = 10;
  readonly #options: CompiledPgvectorOptions;
  readonly #connections: PgvectorConnections;
  readonly #schema: PgvectorSchema;

  constructor(options: CompiledPgvectorOptions, connections: PgvectorConnections, schema: PgvectorSchema) {
    const walkMax = schema.hasIterativeScan ? ITERATIVE_WALK_MAX : EF_SEARCH_MAX;
    this.walkMax = options.hnsw === false ? 0 : walkMax;
    this.#options = options;
    this.#connections = connections;
    this.#schema = schema;
  }

  async walk(query: Float32Array, { limit, effort }: WalkNeed, signal: AbortSignal): Promise<Neighbours> {
    const values = [vectorValue(query), limit, String(Math.min(effort, EF_SEARCH_MAX))];
    return this.#neighbours({ text: this.#schema.statements.walk, values }, signal);
  }

  async scan(query: Float32Array, need: ScanNeed, signal: AbortSignal): Promise<Neighbours> {
    const base = [vectorValue(query), need.limit];
    const { statements } = this.#schema;
    const { filter, exclude } = need;
    if (filter === undefined) {
      if (exclude.size === 0) return this.#neighbours({ text: statements.scanAll, values: base }, signal);
      return this.#neighbours({ text: statements.scanAllBut, values: [...base, idArrayValue([...exclude])] }, signal);
    }
    if (filter.count <= IDS_MAX) {
      const ids = passingIds(filter, exclude);
      if (ids.length === 0) return { ids: [], scores: [] };
      return this.#neighbours({ text: statements.scanIds, values: [...base, idArrayValue(ids)] }, signal);
    }
    const bits = passingBits(filter, exclude);
    const values = [...base, bitmapValue(bits), bits.length * 32];
    return this.#neighbours({ text: statements.scanBits, values }, signal);
  }

  async upsert(items: readonly VectorItem[], signal: AbortSignal): Promise<number> {
    const ids = idArrayValue(items.map(({ id }) => id));
    const vectors = vectorArrayValue(
      items.map(({ vector }) => vector),
      this.#schema.vectorOid,
    );
    return this.#number({ text: this.#schema.statements.upsert, values: [ids, vectors] }, signal);
  }

  async remove(ids: readonly number[], signal: AbortSignal): Promise<number> {
    return this.#number({ text: this.#schema.statements.remove, values: [idArrayValue(ids)] }, signal);
  }

  count(signal: AbortSignal): Promise<number> {
    return this.#number({ text: this.#schema.statements.count }, signal);
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #number(statement: Statement, signal: AbortSignal): Promise<number> {
    const [row] = await this.#connections.run(statement, signal);
    return Number(row?.[0]);
  }

  async #neighbours(statement: Statement, signal: AbortSignal): Promise<Neighbours> {
    const rows = await this.#connections.run(statement, signal);
    const ids: number[] = [];
    const scores: number[] = [];
    for (const row of rows) {
      const score = this.#scoreOf(row);
      // Null, or NaN for zeros under cosine: others wrote what this index refuses, and it has no place in any order.
      if (score === undefined) continue;
      ids.push(this.#idOf(row));
      scores.push(score);
    }
    return { ids, scores };
  }

  #scoreOf([, text]: Row): number | undefined {
    const distance = text === null || text === undefined ? Number.NaN : Number(text);
    if (!Number.isFinite(distance)) return undefined;
    const { metric } = this.#options;
    if (metric === 'cosine') return 1 - distance;
    // <#> is the negated product already; 0 - x, since a score of -0 looks wrong.
    return metric === 'l2' ? 0 - distance * distance : 0 - distance;
  }

  #idOf([text]: Row): number {
    const id = Number(text);
    if (Number.isInteger(id) && id >= 0 && id <= 0xffff_fffe) return id;
    const { name, idColumn } = this.#options;
    throw new RangefinderError('UNAVAILABLE', `${name}: ${idColumn} ${text} in the table, expected 0 to 4294967294`);
  }
}

function passingBits({ bits }: ItemFilter, exclude: ReadonlySet<number>): Uint32Array {
  if (bits.length * 32 > BITS_MAX) {
    throw new RangefinderError('RESOURCE_EXHAUSTED', `filter: ids beyond ${BITS_MAX} in a filter this wide`);
  }
  const passing = Uint32Array.from(bits);
  for (const id of exclude) if (hasBit(passing, id)) clearBit(passing, id);
  return passing;
}
