import { RangefinderError } from '@rangefinder/base';
import type { VectorHits, VectorSearch } from '../vector-index.ts';
import type { GraphMemory } from './graph-memory.ts';
import type { GraphScratch } from './graph-task.ts';
import { compileKernel, instantiateKernel, type Kernel } from './kernel.ts';
import type { SearchPlan } from './search-planner.ts';
import type { SearchRequests } from './search-requests.ts';

/** Searches on the calling thread, which stands still meanwhile: what the threads and queues of an index are measured by. */
export class BlockingSearcher {
  readonly #memory: GraphMemory;
  readonly #requests: SearchRequests;
  readonly #planOf: (search: VectorSearch) => SearchPlan;
  readonly #kernel: Kernel;
  readonly #slots: number;

  constructor(
    memory: GraphMemory,
    requests: SearchRequests,
    scratch: GraphScratch,
    planOf: (search: VectorSearch) => SearchPlan,
  ) {
    this.#memory = memory;
    this.#requests = requests;
    this.#planOf = planOf;
    this.#slots = memory.slotCapacity;
    this.#kernel = instantiateKernel(compileKernel(), memory.arena.memory);
    this.#kernel.attach(memory.headerAt, scratch.beam, scratch.gathered, scratch.codes, scratch.chosen, scratch.pool);
    const bytes = Math.max(1, this.#slots);
    this.#kernel.attachMarks(memory.arena.allocate(bytes), memory.arena.allocate(bytes), bytes);
  }

  /** Throws CONFLICT when the index has grown since this was made. */
  search(search: VectorSearch): VectorHits {
    if (this.#memory.slotCapacity !== this.#slots) {
      throw new RangefinderError('CONFLICT', 'the index has grown since this searcher was made');
    }
    const placed = this.#requests.place(search, this.#planOf(search));
    try {
      this.#kernel.search(placed.at);
      const { ids, scores } = this.#requests.read(placed);
      return { ids, scores };
    } finally {
      this.#requests.giveBack(placed);
    }
  }
}
