import { BLOCK_SLOTS } from './layout.ts';
import type { GraphMemory } from './graph-memory.ts';
import type { GraphThreads } from './graph-threads.ts';
import type { MemoryPool } from './memory-pool.ts';

/** Items in one task: a search that waits behind one waits a few milliseconds. */
const ITEMS_PER_TASK = 16;
const REPAIRS_PER_TASK = 64;
/** Dead slots are repaired when there are this many, and this share of all. */
const REPAIR_SLOTS_MIN = 512;
const REPAIR_SHARE = 0.1;

export interface WriterInput {
  readonly count: number;
  idAt(i: number): number;
  vectorAt(i: number): Float32Array;
}

/** Changes of the graph, one at a time; each is spread over the threads. */
export class GraphWriter {
  readonly #memory: GraphMemory;
  readonly #threads: GraphThreads;
  readonly #pool: MemoryPool;
  #marks: readonly { readonly visited: number; readonly excluded: number }[] = [];
  #marksBytes = 0;

  constructor(memory: GraphMemory, threads: GraphThreads, pool: MemoryPool) {
    this.#memory = memory;
    this.#threads = threads;
    this.#pool = pool;
  }

  /** Dead slots are enough to be worth a pass over the graph. */
  get needsRepair(): boolean {
    const dead = this.#memory.deadCount;
    return dead >= REPAIR_SLOTS_MIN && dead >= this.#memory.slotCount * REPAIR_SHARE;
  }

  /**
   * Threads mark slots in arrays as long as the graph has slots; longer ones must be everywhere before the first slot
   * beyond the old end is linked anywhere.
   */
  async coverSlots(): Promise<void> {
    if (this.#memory.slotCapacity <= this.#marksBytes) return;
    const { arena } = this.#memory;
    const bytes = Math.max(4 * BLOCK_SLOTS, 2 ** Math.ceil(Math.log2(this.#memory.slotCapacity)));
    const marks = Array.from({ length: this.#threads.count }, () => ({
      visited: arena.allocate(bytes),
      excluded: arena.allocate(bytes),
    }));
    await this.#threads.runOnEach((i) => ({ kind: 'marks', ...marks[i]!, bytes }));
    for (const { visited, excluded } of this.#marks) {
      arena.free(visited, this.#marksBytes);
      arena.free(excluded, this.#marksBytes);
    }
    this.#marks = marks;
    this.#marksBytes = bytes;
  }

  /** Adds or replaces items; each is seen by searches when its task is done. Stops between tasks when aborted. */
  async insert(input: WriterInput, onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void> {
    const starts = Array.from({ length: Math.ceil(input.count / ITEMS_PER_TASK) }, (_, i) => i * ITEMS_PER_TASK);
    let done = 0;
    const insertNext = async (start: number): Promise<void> => {
      const count = Math.min(ITEMS_PER_TASK, input.count - start);
      await this.#insertRun(input, start, count);
      done += count;
      onProgress?.(done);
    };
    // The first items of a graph link to each other, so they come before any parallel work.
    if (this.#memory.size === 0 && starts.length > 0) await insertNext(starts.shift()!);
    await inLanes(2 * this.#threads.count, starts, insertNext, signal);
  }

  /** Links around the dead slots, `turn` by turn, so that other changes come in between; then their memory is used again. */
  async repair(turn: <T>(work: () => Promise<T>) => Promise<T>): Promise<void> {
    const memory = this.#memory;
    const [dead, slotCount] = await turn(async () => {
      memory.moveEntryToLiveSlot();
      return [memory.deadSlots(), memory.slotCount] as const;
    });
    for (let from = 0; from < slotCount; from += BLOCK_SLOTS) {
      const end = Math.min(slotCount, from + BLOCK_SLOTS);
      const starts = Array.from(
        { length: Math.ceil((end - from) / REPAIRS_PER_TASK) },
        (_, i) => from + i * REPAIRS_PER_TASK,
      );
      await turn(() =>
        inLanes(2 * this.#threads.count, starts, (start) =>
          this.#threads.run({ kind: 'repair', from: start, to: Math.min(end, start + REPAIRS_PER_TASK) }),
        ),
      );
    }
    // Searches that began earlier may still look at these slots.
    await turn(() => this.#threads.runOnEach(() => ({ kind: 'barrier' })));
    memory.release(dead);
  }

  async #insertRun(input: WriterInput, start: number, count: number): Promise<void> {
    const { arena, shape } = this.#memory;
    const stride = shape.dimensions * 4;
    const staged = this.#pool.take(count * (stride + 4));
    const slots: number[] = [];
    try {
      for (let i = 0; i < count; i++) slots.push(this.#memory.takeSlot(input.idAt(start + i)));
      await this.coverSlots();
      const { u32, f32 } = arena.views;
      const source = staged.at + count * 4;
      for (let i = 0; i < count; i++) {
        u32[(staged.at >>> 2) + i] = slots[i]!;
        f32.set(input.vectorAt(start + i), (source + i * stride) >>> 2);
      }
      await this.#threads.run({ kind: 'insert', slots: staged.at, source, count, stride });
    } catch (error) {
      for (const slot of slots) this.#memory.abandon(slot);
      throw error;
    } finally {
      this.#pool.giveBack(staged);
    }
    for (let i = 0; i < count; i++) this.#memory.publish(input.idAt(start + i), slots[i]!);
  }
}

/** Runs `work` on every value, so many at a time. The first failure, or the signal, stops the rest. */
async function inLanes<T>(
  lanes: number,
  values: readonly T[],
  work: (value: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  let isStopped = false;
  const lane = async (): Promise<void> => {
    while (next < values.length && !isStopped) {
      if (signal?.aborted === true) return;
      try {
        await work(values[next++]!);
      } catch (error) {
        isStopped = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
