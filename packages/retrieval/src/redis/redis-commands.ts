import type { CompiledRedisOptions } from './redis-index-options.ts';

export type Argument = string | number | Buffer;
export type Command = readonly [name: string, ...parts: Argument[]];

/** All commands of an index. In queries stand checked names, and ids as digits; all else is a parameter. */
export class RedisCommands {
  readonly #options: CompiledRedisOptions;

  constructor(options: CompiledRedisOptions) {
    this.#options = options;
  }

  createIndex(): Command {
    const { index, prefix, vectorField, algorithm, storage, dimensions, metric, m, efConstruction } = this.#options;
    const type = storage === 'float16' ? 'FLOAT16' : 'FLOAT32';
    const graph = algorithm === 'flat' ? [] : ['M', m, 'EF_CONSTRUCTION', efConstruction];
    const attributes = ['TYPE', type, 'DIM', dimensions, 'DISTANCE_METRIC', DISTANCE_METRICS[metric], ...graph];
    const hashes = ['ON', 'HASH', 'PREFIX', 1, prefix];
    const vector = [vectorField, 'VECTOR', algorithm.toUpperCase(), attributes.length, ...attributes];
    return ['FT.CREATE', index, ...hashes, 'SCHEMA', 'id', 'TAG', ...vector];
  }

  describeIndex(): Command {
    return ['FT.INFO', this.#options.index];
  }

  /** Nearest by the graph; by looking at each where there is none. */
  walk(query: Buffer, limit: number, effort: number): Command {
    const isGraph = this.#options.algorithm === 'hnsw';
    const effortText = isGraph ? ' EF_RUNTIME $effort' : '';
    return this.#search('*', effortText, query, limit, isGraph ? ['effort', effort] : []);
  }

  /** Nearest of all, by looking at each: what has not the id that nothing has. */
  scanAll(query: Buffer, limit: number): Command {
    return this.#search('-@id:{none}', EXACT, query, limit);
  }

  /** Nearest of these, by looking at each. */
  scanIds(query: Buffer, limit: number, ids: readonly number[]): Command {
    return this.#search(`@id:{${ids.join('|')}}`, EXACT, query, limit);
  }

  write(id: number, vector: Buffer): Command {
    return ['HSET', this.#options.prefix + id, 'id', id, this.#options.vectorField, vector];
  }

  remove(ids: readonly number[]): Command {
    return ['UNLINK', ...ids.map((id) => this.#options.prefix + id)];
  }

  /** TIMEOUT is past our own limit: an answer that Redis cut short by itself always comes too late to be taken. */
  #search(filter: string, how: string, query: Buffer, limit: number, more: readonly Argument[] = []): Command {
    const { index, vectorField, searchMs } = this.#options;
    const text = `(${filter})=>[KNN $k @${vectorField} $query${how} AS distance]`;
    const parameters = ['query', query, 'k', limit, ...more];
    const answer = ['RETURN', 1, 'distance', 'SORTBY', 'distance', 'ASC', 'LIMIT', 0, limit];
    const manner = ['TIMEOUT', searchMs + TIMEOUT_SLACK_MS, 'DIALECT', 2];
    return ['FT.SEARCH', index, text, 'PARAMS', parameters.length, ...parameters, ...answer, ...manner];
  }
}

export const DISTANCE_METRICS = { cosine: 'COSINE', inner_product: 'IP', l2: 'L2' } as const;

/** Brute force over what the filter lets pass, whatever Redis thinks would be faster. */
const EXACT = ' HYBRID_POLICY ADHOC_BF';
const TIMEOUT_SLACK_MS = 1_000;
