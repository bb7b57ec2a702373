import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { throwIfAborted } from '../abort-error.ts';
import { hasBit } from '../attributes/bitmap.ts';
import { TopCandidates } from '../candidates/top-candidates.ts';
import { DEFAULT_VECTOR_INDEX_LIMITS, type VectorIndexLimits, type VectorMetric } from '../index-options.ts';
import { checkId, checkVector } from '../vector-checks.ts';
import type { SnapshotVectorIndex, VectorHits, VectorItem, VectorSearch } from '../vector-index.ts';
import { readExactSnapshot, writeExactSnapshot } from './exact-snapshot.ts';

export interface ExactIndexOptions {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly limits?: Partial<VectorIndexLimits>;
}

/** Numbers that are multiplied between two turns of the event loop: about a millisecond's worth. */
const PRODUCTS_PER_TURN = 1_000_000;

export function createExactIndex(options: ExactIndexOptions): SnapshotVectorIndex {
  return new ExactIndex(options, new Map());
}

/** Rejects with NOT_FOUND, MODEL_INVALID for a broken file, INVALID_ARGUMENT when dimensions or metric differ. */
export async function openExactSnapshot(path: string, options: ExactIndexOptions): Promise<SnapshotVectorIndex> {
  return new ExactIndex(options, await readExactSnapshot(path, options));
}

/**
 * Compares the query with every item, in double precision. The truth that other indexes are measured against, and the right
 * choice for a few thousand items. A search sees the items as they were when it began.
 */
class ExactIndex implements SnapshotVectorIndex {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly #limits: VectorIndexLimits;
  /** Never written in place, so that a search under way can go on reading it. */
  #vectors: ReadonlyMap<number, Float32Array>;
  /** The same side by side, made for the first search after a change. */
  #packed: PackedVectors | undefined = undefined;
  #isClosed = false;

  constructor(options: ExactIndexOptions, vectors: ReadonlyMap<number, Float32Array>) {
    this.#limits = Object.freeze({ ...DEFAULT_VECTOR_INDEX_LIMITS, ...options.limits });
    const { dimensions } = options;
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > this.#limits.dimensions) {
      throw invalidArgument(
        'dimensions',
        `expected a whole number from 1 to ${this.#limits.dimensions}, got ${dimensions}`,
      );
    }
    this.name = options.name;
    this.dimensions = dimensions;
    this.metric = options.metric;
    this.#vectors = vectors;
  }

  get size(): number {
    return this.#vectors.size;
  }

  async search({ query, k, filter, exclude, signal, explain }: VectorSearch): Promise<VectorHits> {
    this.#expectOpen();
    checkVector(query, this.#rules, 'query');
    if (!Number.isInteger(k) || k < 1 || k > this.#limits.k) {
      throw invalidArgument('k', `expected a whole number from 1 to ${this.#limits.k}, got ${k}`);
    }
    throwIfAborted(signal);
    const { ids, values } = (this.#packed ??= this.#pack());
    const unit = this.#stored(query);
    const itemsPerTurn = Math.ceil(PRODUCTS_PER_TURN / this.dimensions);
    const top = new TopCandidates(Math.min(k, ids.length));
    for (let i = 0; i < ids.length; i++) {
      if ((i + 1) % itemsPerTurn === 0) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        throwIfAborted(signal);
        this.#expectOpen();
      }
      const id = ids[i]!;
      if (exclude?.has(id) === true || (filter !== undefined && !hasBit(filter.bits, id))) continue;
      const score = scoreOf(this.metric, unit, values, i * this.dimensions);
      if (top.admits(score)) top.offer(id, score);
    }
    const best = top.best();
    const hits = { ids: best.ids, scores: new Float32Array(best.values) };
    if (explain !== true) return hits;
    const allowed = Math.min(this.size, filter?.count ?? this.size);
    const selectivity = this.size === 0 ? 0 : allowed / this.size;
    return { ...hits, explanation: { plan: 'exact', selectivity, widenings: 0 } };
  }

  async upsert(items: readonly VectorItem[]): Promise<void> {
    this.#expectOpen();
    items.forEach(({ id, vector }, i) => {
      checkId(id, `items[${i}].id`);
      checkVector(vector, this.#rules, `items[${i}].vector`);
    });
    const added = new Set(items.map(({ id }) => id).filter((id) => !this.#vectors.has(id))).size;
    this.#checkRoom(added);
    const vectors = new Map(this.#vectors);
    for (const { id, vector } of items) vectors.set(id, this.#stored(vector));
    this.#replace(vectors);
  }

  async remove(ids: readonly number[]): Promise<void> {
    this.#expectOpen();
    ids.forEach((id, i) => checkId(id, `ids[${i}]`));
    const vectors = new Map(this.#vectors);
    for (const id of ids) vectors.delete(id);
    this.#replace(vectors);
  }

  async save(path: string): Promise<void> {
    this.#expectOpen();
    await writeExactSnapshot(path, { dimensions: this.dimensions, metric: this.metric }, this.#vectors);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#replace(new Map());
  }

  /** Side by side, and the vectors by id become views on that: they lie in memory once. */
  #pack(): PackedVectors {
    const { dimensions } = this;
    const ids = Uint32Array.from(this.#vectors.keys());
    const values = new Float32Array(ids.length * dimensions);
    const views = new Map<number, Float32Array>();
    for (const [id, vector] of this.#vectors) {
      const view = values.subarray(views.size * dimensions, (views.size + 1) * dimensions);
      view.set(vector);
      views.set(id, view);
    }
    this.#vectors = views;
    return { ids, values };
  }

  #replace(vectors: ReadonlyMap<number, Float32Array>): void {
    this.#vectors = vectors;
    this.#packed = undefined;
  }

  get #rules(): { dimensions: number; metric: VectorMetric; storage: 'float32' } {
    return { dimensions: this.dimensions, metric: this.metric, storage: 'float32' };
  }

  #stored(vector: Float32Array): Float32Array {
    if (this.metric !== 'cosine') return Float32Array.from(vector);
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    return Float32Array.from(vector, (x) => x / length);
  }

  #checkRoom(added: number): void {
    const { items, memoryBytes } = this.#limits;
    if (this.size + added > items) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `limits.items: more than ${items} items`, {
        field: 'limits.items',
      });
    }
    if ((this.size + added) * this.dimensions * 4 > memoryBytes) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `limits.memoryBytes: more than ${memoryBytes} bytes`, {
        field: 'limits.memoryBytes',
      });
    }
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new RangefinderError('UNAVAILABLE', `vector index ${this.name} is closed`);
  }
}

interface PackedVectors {
  readonly ids: Uint32Array;
  readonly values: Float32Array;
}

function scoreOf(metric: VectorMetric, query: Float32Array, values: Float32Array, from: number): number {
  let sum = 0;
  if (metric === 'l2') {
    for (let i = 0; i < query.length; i++) sum -= (query[i]! - values[from + i]!) ** 2;
  } else {
    for (let i = 0; i < query.length; i++) sum += query[i]! * values[from + i]!;
  }
  return sum;
}
