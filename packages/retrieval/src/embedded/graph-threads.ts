import { Worker } from 'node:worker_threads';
import { RangefinderError } from '@rangefinder/base';
import type { Arena } from './arena.ts';
import type { GraphAnswer, GraphScratch, GraphTask, GraphThreadData } from './graph-task.ts';
import { compileKernel } from './kernel.ts';

/** Tasks that a thread has at one time: enough that it need not wait for the main thread, few enough to share them out. */
const SEARCHES_PER_THREAD = 8;
const OTHERS_PER_THREAD = 2;

interface Pending {
  readonly task: GraphTask;
  readonly resolve: () => void;
  readonly reject: (error: RangefinderError) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly scratch: GraphScratch;
  /** Batches under way, oldest first. */
  readonly batches: Pending[][];
  searches: number;
  others: number;
}

/** The workers of one index: searches go before building and repairing, each to the thread with the fewest. */
export class GraphThreads {
  readonly #threads: Thread[];
  #searches: Pending[] = [];
  readonly #others: Pending[] = [];
  #isFlushPlanned = false;
  #failure: RangefinderError | undefined;

  constructor(arena: Arena, headerAt: number, count: number, scratchOf: () => GraphScratch) {
    const module = compileKernel();
    this.#threads = Array.from({ length: count }, (_, i) => {
      const scratch = scratchOf();
      const workerData: GraphThreadData = { module, memory: arena.memory, headerAt, scratch };
      const worker = new Worker(new URL('./graph-thread.ts', import.meta.url), { workerData, name: `graph-${i}` });
      worker.unref();
      const thread: Thread = { worker, scratch, batches: [], searches: 0, others: 0 };
      worker.on('message', (answer: GraphAnswer) => this.#settle(thread, answer));
      worker.on('error', (error) => this.#fail(error));
      worker.on('exit', () => this.#fail(new Error('the thread ended')));
      return thread;
    });
  }

  get count(): number {
    return this.#threads.length;
  }

  get waitingSearches(): number {
    return this.#searches.length + this.#threads.reduce((sum, { searches }) => sum + searches, 0);
  }

  run(task: GraphTask): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      (task.kind === 'search' ? this.#searches : this.#others).push({ task, resolve, reject });
      this.#planFlush();
    });
  }

  /** One task for each thread, in the order of what each was sent before. */
  async runOnEach(taskOf: (thread: number) => GraphTask): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await Promise.all(
      this.#threads.map(
        (thread, i) =>
          new Promise<void>((resolve, reject) => this.#send(thread, [{ task: taskOf(i), resolve, reject }])),
      ),
    );
  }

  async close(): Promise<void> {
    this.#failWith(new RangefinderError('UNAVAILABLE', 'the vector index was closed'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** Requests of one turn of the event loop travel in one message. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    let waiting = this.#searches.length;
    const batches = this.#threads.map((): Pending[] => []);
    let taken = 0;
    while (waiting > 0) {
      const i = this.#leastBusy();
      const thread = this.#threads[i]!;
      if (thread.searches >= SEARCHES_PER_THREAD) break;
      thread.searches++;
      batches[i]!.push(this.#searches[taken++]!);
      waiting--;
    }
    if (taken > 0) this.#searches = this.#searches.slice(taken);
    this.#threads.forEach((thread, i) => {
      if (this.#others.length > 0 && thread.others < OTHERS_PER_THREAD) {
        thread.others++;
        batches[i]!.push(this.#others.shift()!);
      }
      // Two messages rather than one: the first answers go out while the rest is searched.
      const batch = batches[i]!;
      const half = Math.ceil(batch.length / 2);
      if (half > 0) this.#send(thread, batch.slice(0, half));
      if (half < batch.length) this.#send(thread, batch.slice(half));
    });
  }

  #leastBusy(): number {
    let best = 0;
    for (let i = 1; i < this.#threads.length; i++) {
      if (this.#threads[i]!.searches < this.#threads[best]!.searches) best = i;
    }
    return best;
  }

  #send(thread: Thread, batch: Pending[]): void {
    if (thread.batches.length === 0) thread.worker.ref();
    thread.batches.push(batch);
    thread.worker.postMessage(batch.map(({ task }) => task));
  }

  #settle(thread: Thread, { failures }: GraphAnswer): void {
    const batch = thread.batches.shift() ?? [];
    if (thread.batches.length === 0) thread.worker.unref();
    batch.forEach(({ task, resolve, reject }, i) => {
      if (task.kind === 'search') thread.searches--;
      else if (task.kind === 'insert' || task.kind === 'repair') thread.others--;
      const failure = failures[i];
      if (failure === undefined) resolve();
      else reject(new RangefinderError('INTERNAL', `vector index: ${failure}`));
    });
    this.#planFlush();
  }

  #fail(error: Error): void {
    this.#failWith(
      new RangefinderError('UNAVAILABLE', `a thread of the vector index failed: ${error.message}`, { cause: error }),
    );
  }

  #failWith(failure: RangefinderError): void {
    this.#failure ??= failure;
    const pending = [...this.#searches.splice(0), ...this.#others.splice(0)];
    for (const thread of this.#threads) pending.push(...thread.batches.splice(0).flat());
    for (const { reject } of pending) reject(this.#failure);
  }
}
