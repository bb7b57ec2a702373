import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { abortError, throwIfAborted } from '../abort-error.ts';
import type { VectorMetric } from '../index-options.ts';
import { checkId, checkVector } from '../vector-checks.ts';
import type { SnapshotVectorIndex, VectorHits, VectorItem, VectorSearch } from '../vector-index.ts';
import { BlockingSearcher } from './blocking-searcher.ts';
import {
  compileIndexOptions,
  compileSnapshotReading,
  type CompiledIndexOptions,
  type EmbeddedIndexOptions,
  type SnapshotAccess,
  type SnapshotOptions,
} from './embedded-index-options.ts';
import type { GraphScratch } from './graph-task.ts';
import { GraphMemory } from './graph-memory.ts';
import { GraphThreads } from './graph-threads.ts';
import { GraphWriter, type WriterInput } from './graph-writer.ts';
import { itemBytes, type GraphShape } from './layout.ts';
import { MemoryPool } from './memory-pool.ts';
import { BEAM_WIDTH_MAX, planSearch, scanRerank, type SearchPlan } from './search-planner.ts';
import { SearchRequests, type PlacedRequest } from './search-requests.ts';
import { openSnapshot, writeSnapshot } from './snapshot-file.ts';

/** Many items as columns: ids, and their vectors one after the other. */
export interface VectorColumns {
  readonly ids: Uint32Array;
  /** [ids.length × dimensions]. */
  readonly vectors: Float32Array;
  /** Called with the number of items done, of `ids.length`. */
  readonly onProgress?: (done: number) => void;
  /** Stops between items; those that are done stay. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedIndex extends SnapshotVectorIndex {
  /** Like `upsert`, for bulk loads. A repeated id keeps its last vector. */
  load(columns: VectorColumns): Promise<void>;
  /** Memory taken, including what searches work with. */
  readonly memoryBytes: number;
  /** How the snapshot was opened that it came from, and why it was read if it should have been mapped. */
  readonly snapshotAccess: SnapshotAccess | undefined;
  /** A searcher on the calling thread, good until the index grows: for benchmarks and scripts. */
  blockingSearcher(): { search(search: VectorSearch): VectorHits };
  /** Resolves when removed items are no longer part of the graph, as far as a repair is due. */
  settled(): Promise<void>;
}

export async function openEmbeddedIndex(options: EmbeddedIndexOptions): Promise<EmbeddedIndex> {
  const compiled = compileIndexOptions(options);
  const { dimensions, metric, storage, linksMax, buildEffort, limits, seed } = compiled;
  const shape: GraphShape = { dimensions, metric, storage, linksMax, effort: buildEffort };
  return new GraphIndex(compiled, GraphMemory.create(shape, limits.items, limits.memoryBytes, seed));
}

/**
 * Opens what `save` wrote. Rejects with NOT_FOUND, MODEL_INVALID for a broken file, INVALID_ARGUMENT when it was made with
 * other dimensions, metric or storage, RESOURCE_EXHAUSTED past a limit.
 */
export async function openEmbeddedSnapshot(path: string, options: SnapshotOptions): Promise<EmbeddedIndex> {
  const compiled = compileIndexOptions(options);
  const opened = await openSnapshot(path, compileSnapshotReading(options, compiled.limits.memoryBytes));
  const { memory } = opened;
  for (const field of ['dimensions', 'metric', 'storage'] as const) {
    if (memory.shape[field] !== compiled[field]) {
      throw invalidArgument(field, `the snapshot has ${memory.shape[field]}, the options say ${compiled[field]}`);
    }
  }
  const index = new GraphIndex(compiled, memory, { access: opened.access, reason: opened.reason });
  await index.ready();
  return index;
}

/** Items of a bulk load that are inserted before another change may come in between. */
const ITEMS_PER_TURN = 8192;

/** A graph of links between near items, with 8-bit codes to walk it and the stored vectors for the final scores. */
class GraphIndex implements EmbeddedIndex {
  readonly name: string;
  readonly dimensions: number;
  readonly metric: VectorMetric;
  readonly snapshotAccess: SnapshotAccess | undefined;
  readonly #options: CompiledIndexOptions;
  readonly #memory: GraphMemory;
  readonly #threads: GraphThreads;
  readonly #writer: GraphWriter;
  readonly #requests: SearchRequests;
  /** The last change in the queue; changes run one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #repair: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: CompiledIndexOptions, memory: GraphMemory, snapshotAccess?: SnapshotAccess) {
    this.name = options.name;
    this.dimensions = options.dimensions;
    this.metric = options.metric;
    this.snapshotAccess = snapshotAccess;
    this.#options = options;
    this.#memory = memory;
    const pool = new MemoryPool(memory.arena);
    const takeScratch = (): GraphScratch => this.#takeScratch();
    const board = { threads: options.threads, searchesMax: options.limits.pendingSearches };
    this.#threads = new GraphThreads(memory.arena, memory.headerAt, board, takeScratch);
    this.#writer = new GraphWriter(memory, this.#threads, pool);
    this.#requests = new SearchRequests(memory.arena, pool, options.dimensions);
  }

  get size(): number {
    return this.#memory.size;
  }

  get memoryBytes(): number {
    return this.#memory.arena.end;
  }

  /** Memory that was read from a snapshot can be searched after this. */
  ready(): Promise<void> {
    return this.#writer.coverSlots();
  }

  search(search: VectorSearch): Promise<VectorHits> {
    // One promise and one message at most for many searches: what is spent here is spent on the thread that answers sockets.
    return new Promise((resolve, reject) => {
      this.#checkSearch(search);
      const { signal } = search;
      throwIfAborted(signal);
      const plan = this.#planOf(search);
      const placed = this.#requests.place(search, plan);
      const stop = (): void => {
        this.#requests.cancel(placed);
        reject(abortError(signal!));
      };
      const end = (failure: RangefinderError | undefined): void => {
        signal?.removeEventListener('abort', stop);
        if (failure === undefined) resolve(this.#hitsOf(placed, plan));
        else reject(failure);
        // Not before: the thread works in this memory, even if nobody waits any more.
        this.#requests.giveBack(placed);
      };
      try {
        this.#threads.search(placed.at, plan.plan === 'graph', end);
      } catch (error) {
        this.#requests.giveBack(placed);
        throw error;
      }
      signal?.addEventListener('abort', stop);
    });
  }

  async upsert(items: readonly VectorItem[]): Promise<void> {
    items.forEach(({ id, vector }, i) => {
      checkId(id, `items[${i}].id`);
      checkVector(vector, this.#options, `items[${i}].vector`);
    });
    await this.#insert({
      count: items.length,
      idAt: (i) => items[i]!.id,
      vectorAt: (i) => items[i]!.vector,
    });
  }

  async load({ ids, vectors, onProgress, signal }: VectorColumns): Promise<void> {
    if (vectors.length !== ids.length * this.dimensions) {
      throw invalidArgument('vectors', `expected ${ids.length} × ${this.dimensions} numbers, got ${vectors.length}`);
    }
    const vectorAt = (i: number): Float32Array => vectors.subarray(i * this.dimensions, (i + 1) * this.dimensions);
    for (let i = 0; i < ids.length; i++) {
      checkId(ids[i]!, `ids[${i}]`);
      checkVector(vectorAt(i), this.#options, `vectors[${i}]`);
      // A check of all vectors of a large load takes longer than the event loop may stand still.
      if (i % 4096 === 4095) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#checkItems(Math.max(0, ids.length - this.#memory.size));
    // In pieces, so that other changes come in between and no bookkeeping holds the event loop up.
    for (let start = 0; start < ids.length; start += ITEMS_PER_TURN) {
      throwIfAborted(signal);
      await this.#insert(
        {
          count: Math.min(ITEMS_PER_TURN, ids.length - start),
          idAt: (i) => ids[start + i]!,
          vectorAt: (i) => vectorAt(start + i),
        },
        (done) => onProgress?.(Math.min(ids.length, start + done)),
        signal,
      );
    }
    throwIfAborted(signal);
    onProgress?.(ids.length);
  }

  async remove(ids: readonly number[]): Promise<void> {
    ids.forEach((id, i) => checkId(id, `ids[${i}]`));
    await this.#inTurn(async () => {
      for (const id of ids) this.#memory.remove(id);
    });
    this.#repairWhenDue();
  }

  save(path: string): Promise<void> {
    return this.#inTurn(() => writeSnapshot(path, this.#memory));
  }

  blockingSearcher(): BlockingSearcher {
    return new BlockingSearcher(this.#memory, this.#requests, this.#takeScratch(), (search) => this.#planOf(search));
  }

  async settled(): Promise<void> {
    await this.#lastChange;
    while (this.#repair !== undefined) await this.#repair;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#threads.close();
    await this.#lastChange.catch(() => undefined);
    await this.#repair;
  }

  async #insert(input: WriterInput, onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void> {
    const unique = lastOfEach(input);
    this.#checkRoom(unique);
    await this.#inTurn(() => {
      this.#checkRoom(unique);
      return this.#writer.insert(unique, onProgress, signal);
    });
    this.#repairWhenDue();
  }

  /** Whether what is inserted fits; a replaced item takes a place of its own until the old one is repaired away. */
  #checkRoom(input: WriterInput): void {
    let added = 0;
    for (let i = 0; i < input.count; i++) if (this.#memory.slotOf(input.idAt(i)) === undefined) added++;
    this.#checkItems(added);
    this.#checkMemory(input.count);
  }

  #checkItems(added: number): void {
    const { limits } = this.#options;
    if (this.#memory.size + added > limits.items) {
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        `limits.items: ${this.#memory.size} items and ${added} more would pass the limit of ${limits.items}`,
        { field: 'limits.items' },
      );
    }
    this.#checkMemory(added);
  }

  #checkMemory(slots: number): void {
    const { end, bytesMax } = this.#memory.arena;
    const bytes = Math.max(0, slots - this.#memory.spareSlots) * itemBytes(this.#memory.shape);
    if (end + bytes > bytesMax) {
      throw new RangefinderError(
        'RESOURCE_EXHAUSTED',
        `limits.memoryBytes: ${slots} items do not fit into the limit of ${bytesMax} bytes`,
        { field: 'limits.memoryBytes' },
      );
    }
  }

  #checkSearch({ query, k, exclude }: VectorSearch): void {
    const { limits } = this.#options;
    if (this.#isClosed) throw new RangefinderError('UNAVAILABLE', `vector index ${this.name} is closed`);
    checkVector(query, this.#options, 'query');
    if (!Number.isInteger(k) || k < 1 || k > limits.k) {
      throw invalidArgument('k', `expected a whole number from 1 to ${limits.k}, got ${k}`);
    }
    if ((exclude?.size ?? 0) > limits.excluded) {
      throw invalidArgument('exclude', `${exclude?.size} ids, more than the limit of ${limits.excluded}`);
    }
    if (this.#threads.searches >= limits.pendingSearches) {
      throw new RangefinderError(
        'QUEUE_FULL',
        `vector index ${this.name}: ${limits.pendingSearches} searches wait already`,
      );
    }
  }

  #hitsOf(placed: PlacedRequest, { selectivity }: SearchPlan): VectorHits {
    const { ids, scores, plan, widenings } = this.#requests.read(placed);
    if (placed.search.explain !== true) return { ids, scores };
    return { ids, scores, explanation: { plan, selectivity, widenings } };
  }

  #planOf({ k, filter, exclude }: VectorSearch): SearchPlan {
    return planSearch({
      k,
      items: this.#memory.size,
      linkedSlots: this.#memory.size + this.#memory.deadCount,
      filterCount: filter?.count,
      excludedCount: exclude?.size ?? 0,
      effort: this.#options.searchEffort,
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(() => {
      if (this.#isClosed) throw new RangefinderError('UNAVAILABLE', `vector index ${this.name} is closed`);
      return work();
    });
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** In the background; a failure shows at the next change, and dead slots wait for the next repair. */
  #repairWhenDue(): void {
    if (this.#isClosed || this.#repair !== undefined || !this.#writer.needsRepair) return;
    this.#repair = this.#writer
      .repair((work) => this.#inTurn(work))
      .catch(() => undefined)
      .finally(() => {
        this.#repair = undefined;
      });
  }

  #takeScratch(): GraphScratch {
    const { arena, layout } = this.#memory;
    const beamWords = Math.max(2 * BEAM_WIDTH_MAX, scanRerank(this.#options.limits.k)) + 8;
    return {
      beam: arena.allocate(beamWords * 8),
      gathered: arena.allocate(8192),
      codes: arena.allocate(layout.codeBytes * 2),
      chosen: arena.allocate(4096),
      pool: arena.allocate(8192),
    };
  }
}

/** The input without those ids that come again later. */
function lastOfEach(input: WriterInput): WriterInput {
  const last = new Map<number, number>();
  for (let i = 0; i < input.count; i++) last.set(input.idAt(i), i);
  if (last.size === input.count) return input;
  const order = Uint32Array.from(last.values());
  return {
    count: order.length,
    idAt: (i) => input.idAt(order[i]!),
    vectorAt: (i) => input.vectorAt(order[i]!),
  };
}
