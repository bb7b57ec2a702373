import type { VectorSearch } from '../vector-index.ts';
import type { Arena } from './arena.ts';
import { FilterResidence } from './filter-residence.ts';
import { REQUEST, roundUp } from './layout.ts';
import type { MemoryPool, Piece } from './memory-pool.ts';
import type { SearchPlan } from './search-planner.ts';

const PLAN_CODES = { graph: 0, filter_first: 1, exact: 2 } as const;
const PLAN_NAMES = ['graph', 'filter_first', 'exact'] as const;

/** A search as the kernel reads it, in one piece of the shared memory: fields, query, excluded ids, room for results. */
export interface PlacedRequest {
  readonly at: number;
  readonly piece: Piece;
  readonly outAt: number;
  readonly search: VectorSearch;
}

export interface ReadResult {
  readonly ids: Uint32Array;
  readonly scores: Float32Array;
  readonly plan: 'exact' | 'filter_first' | 'graph';
  readonly widenings: number;
}

export class SearchRequests {
  readonly #arena: Arena;
  readonly #pool: MemoryPool;
  readonly #filters: FilterResidence;
  readonly #queryBytes: number;

  constructor(arena: Arena, pool: MemoryPool, dimensions: number) {
    this.#arena = arena;
    this.#pool = pool;
    this.#filters = new FilterResidence(arena);
    this.#queryBytes = roundUp(dimensions, 8) * 4;
  }

  place(search: VectorSearch, plan: SearchPlan): PlacedRequest {
    const excluded = search.exclude?.size ?? 0;
    const resident = search.filter === undefined ? undefined : this.#filters.enter(search.filter);
    // When a widened walk ends in a scan, the scan's reranking needs its room.
    const rerank = plan.rerank;
    const outBytes = 8 * (rerank + 1);
    const queryAt = roundUp(REQUEST.bytes, 16);
    const outAt = queryAt + this.#queryBytes;
    const excludedAt = outAt + outBytes;
    let piece: Piece;
    try {
      piece = this.#pool.take(excludedAt + excluded * 4);
    } catch (error) {
      if (search.filter !== undefined) this.#filters.leave(search.filter);
      throw error;
    }
    const { u32, f32 } = this.#arena.views;
    const { at } = piece;
    const set = (field: keyof typeof REQUEST, value: number): void => {
      u32[(at + REQUEST[field]) >>> 2] = value;
    };
    set('cancel', 0);
    set('k', search.k);
    set('width', plan.width);
    set('widthMax', plan.widthMax);
    set('plan', PLAN_CODES[plan.plan]);
    set('filter', resident?.at ?? 0);
    set('filterWords', resident?.words ?? 0);
    set('excluded', at + excludedAt);
    set('excludedCount', excluded);
    set('rerank', rerank);
    set('target', plan.target);
    set('query', at + queryAt);
    set('out', at + outAt);
    set('found', 0);
    f32.fill(0, (at + queryAt) >>> 2, (at + queryAt + this.#queryBytes) >>> 2);
    f32.set(search.query, (at + queryAt) >>> 2);
    let next = (at + excludedAt) >>> 2;
    for (const id of search.exclude ?? []) u32[next++] = id;
    return { at, piece, outAt: at + outAt, search };
  }

  /** The thread that has it stops at its next step. */
  cancel({ at }: PlacedRequest): void {
    Atomics.store(this.#arena.views.u32, (at + REQUEST.cancel) >>> 2, 1);
  }

  read({ at, outAt, search }: PlacedRequest): ReadResult {
    const { u32, f32 } = this.#arena.views;
    const get = (field: keyof typeof REQUEST): number => u32[(at + REQUEST[field]) >>> 2]!;
    const found = get('found');
    const ids = new Uint32Array(found);
    const scores = new Float32Array(found);
    let count = 0;
    for (let i = 0, word = outAt >>> 2; i < found; i++, word += 2) {
      // An excluded item that was replaced during the search lies in a slot that the thread had not marked.
      if (search.exclude?.has(u32[word]!) === true) continue;
      ids[count] = u32[word]!;
      scores[count] = f32[word + 1]!;
      count++;
    }
    const plan = PLAN_NAMES[get('usedPlan')]!;
    const widenings = get('widenings');
    if (count === found) return { ids, scores, plan, widenings };
    return { ids: ids.subarray(0, count), scores: scores.subarray(0, count), plan, widenings };
  }

  /** Only when no thread has the request any more. */
  giveBack({ piece, search }: PlacedRequest): void {
    this.#pool.giveBack(piece);
    if (search.filter !== undefined) this.#filters.leave(search.filter);
  }
}
