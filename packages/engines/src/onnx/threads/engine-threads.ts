import { Worker } from 'node:worker_threads';
import { type Logger, RangefinderError } from '@rangefinder/base';
import type { OrtHandles } from '../native/ort-library.ts';
import type { RunDetails } from '../native/run-details.ts';
import { ControlBlock, LIMITS, SLOT_WORD, THREAD_STATE } from './control-block.ts';
import type { EngineThreadData, EngineThreadMessage } from './engine-thread.ts';

/** Told when a slot's run is over. Called on the main thread, from a message handler. */
export interface SlotOwner {
  /** The run filled its predicted outputs. */
  finished(): void;
  /** Anything else that came of it. */
  reported(details: RunDetails): void;
  /** The engine thread that ran it died. */
  lost(cause: unknown): void;
}

interface Thread {
  readonly index: number;
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
}

interface DispatchedSlot {
  readonly owner: SlotOwner;
  position: number;
}

/**
 * The engine threads of one engine, shared by all its models. Any thread takes any ready run, so one is idle only when
 * there is nothing that it may run. Threads are started when more runs could be under way than there are threads awake.
 */
export class EngineThreads {
  readonly control = new ControlBlock();
  readonly #handles: OrtHandles;
  readonly #maxThreads: number;
  readonly #logger: Logger;
  readonly #threads: (Thread | undefined)[] = [];
  readonly #dispatched: (DispatchedSlot | undefined)[] = [];
  #dispatchedCount = 0;
  /** How many runs could be under way: for each model, those dispatched, but not more than its instances. */
  #demand = 0;
  /** Threads that are kept when nothing is to do. */
  #wanted = 0;
  #closed = false;

  constructor(handles: OrtHandles, maxThreads: number, logger: Logger) {
    this.#handles = handles;
    this.#maxThreads = Math.min(maxThreads, LIMITS.threads);
    this.#logger = logger;
  }

  get threadCount(): number {
    return this.#threads.reduce((count, thread) => count + (thread === undefined ? 0 : 1), 0);
  }

  /** How many threads to keep ready: at least as many as the model with the most instances can use. */
  async keep(wanted: number): Promise<void> {
    this.#wanted = Math.min(wanted, this.#maxThreads);
    while (!this.#closed && this.threadCount < this.#wanted) this.#start();
    this.#stopSurplus();
    await Promise.all(this.#threads.filter((thread) => thread !== undefined).map(({ ready }) => ready));
  }

  /** `raisesDemand`: one more run can be under way now. */
  dispatch(slot: number, owner: SlotOwner, raisesDemand: boolean): void {
    if (raisesDemand) this.#demand += 1;
    this.#dispatchedCount += 1;
    if (this.#dispatchedCount === 1) this.#keepProcessAlive(true);
    if (this.control.ringSpan > 2 * this.#dispatchedCount + 256) this.#compactRing();
    this.#dispatched[slot] = { owner, position: this.control.push(slot) };
    this.#wake();
  }

  /** True if the run had not begun; it will not, and its owner is not told. */
  takeBack(slot: number, lowersDemand: boolean): boolean {
    const entry = this.#dispatched[slot];
    if (entry === undefined || !this.control.takeBack(entry.position, slot)) return false;
    this.#forget(slot);
    if (lowersDemand) this.lowerDemand();
    return true;
  }

  lowerDemand(): void {
    this.#demand -= 1;
  }

  /**
   * For a process that exits: has each thread end after the native call that it is in, and waits for that. The threads would
   * be stopped by force otherwise, which aborts the process if it hits one on its way into or out of native code.
   */
  stopNow(timeoutMs: number): void {
    this.#closed = true;
    const threads = this.#threads.filter((thread) => thread !== undefined);
    for (const { index } of threads) {
      this.control.requestStop(index, 'now');
      this.control.wake(index);
    }
    for (const { index } of threads) this.control.waitForEnd(index, timeoutMs);
  }

  /** Ends all threads. Nothing may be dispatched any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wanted = 0;
    await Promise.all(this.#threads.filter((thread) => thread !== undefined).map((thread) => this.#end(thread)));
  }

  #start(): void {
    let index = this.#threads.findIndex((thread) => thread === undefined);
    if (index < 0) index = this.#threads.length;
    this.control.resetThread(index);
    const data: EngineThreadData = { thread: index, control: this.control.buffer, handles: this.#handles };
    const worker = new Worker(new URL('./engine-thread.ts', import.meta.url), {
      workerData: data,
      name: `rangefinder-engine-${index}`,
      execArgv: [],
    });
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const { promise: exited, resolve: resolveExited } = Promise.withResolvers<void>();
    const thread: Thread = { index, worker, ready, exited };
    let failure: unknown;
    worker.once('message', () => {
      resolve();
      if (this.#dispatchedCount === 0) worker.unref();
    });
    worker.on('message', (message: EngineThreadMessage | null) => {
      this.#receive(thread, message);
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      resolve();
      this.#exited(thread, failure);
      resolveExited();
    });
    this.#threads[index] = thread;
  }

  #receive(thread: Thread, message: EngineThreadMessage | null): void {
    this.control.clearNotified(thread.index);
    for (let slot = this.control.takeDone(thread.index); slot >= 0; slot = this.control.takeDone(thread.index)) {
      this.#forget(slot)?.owner.finished();
    }
    if (message === null) return;
    for (const details of message.details) this.#forget(details.slot)?.owner.reported(details);
  }

  /** Runs that the thread had claimed are lost with it; the ready ones are left to the others, or to a new thread. */
  #exited(thread: Thread, failure: unknown): void {
    this.#receive(thread, null);
    this.#threads[thread.index] = undefined;
    const lost = this.#dispatched.flatMap((entry, slot) => {
      const claimedBy = this.control.words[this.control.slotWords(slot) + SLOT_WORD.claimedBy]!;
      return entry !== undefined && Math.abs(claimedBy) === thread.index + 1 ? [slot] : [];
    });
    if (failure !== undefined || lost.length > 0) {
      this.#logger.error({ err: failure, lostRuns: lost.length }, 'an engine thread died');
    }
    for (const slot of lost) {
      if (this.control.words[this.control.slotWords(slot) + SLOT_WORD.claimedBy]! > 0) this.control.finishRun(slot);
      this.#forget(slot)?.owner.lost(failure);
    }
    if (this.#closed) return;
    while (this.threadCount < this.#wanted) this.#start();
    if (this.#dispatchedCount > 0) this.#wake();
  }

  #forget(slot: number): DispatchedSlot | undefined {
    const entry = this.#dispatched[slot];
    if (entry === undefined) return undefined;
    this.#dispatched[slot] = undefined;
    this.#dispatchedCount -= 1;
    if (this.#dispatchedCount === 0) this.#keepProcessAlive(false);
    return entry;
  }

  /** Enough threads are awake when each run that may be under way has one. */
  #wake(): void {
    let awake = 0;
    let sleeping = -1;
    for (let i = 0; i < this.#threads.length; i += 1) {
      const state = this.control.threadState(i);
      if (state === THREAD_STATE.awake || state === THREAD_STATE.starting) awake += 1;
      else if (sleeping < 0 && state === THREAD_STATE.sleeping && this.#threads[i] !== undefined) sleeping = i;
      if (awake >= this.#demand) return;
    }
    if (sleeping >= 0 && this.control.wake(sleeping)) return;
    if (this.threadCount < this.#maxThreads && !this.#closed) this.#start();
  }

  /** Moves what is still unclaimed to the end, so that a model whose instances are busy does not stretch the ring. */
  #compactRing(): void {
    const waiting = this.#dispatched
      .flatMap((entry, slot) => (entry === undefined ? [] : [{ entry, slot }]))
      .toSorted((a, b) => a.entry.position - b.entry.position);
    for (const { entry, slot } of waiting) {
      if (this.control.takeBack(entry.position, slot)) entry.position = this.control.push(slot);
    }
  }

  #stopSurplus(): void {
    for (const thread of this.#threads.slice(this.#wanted)) if (thread !== undefined) void this.#end(thread);
  }

  #end(thread: Thread): Promise<void> {
    thread.worker.ref();
    this.control.requestStop(thread.index, 'idle');
    this.control.wake(thread.index);
    return thread.exited;
  }

  #keepProcessAlive(alive: boolean): void {
    for (const thread of this.#threads) {
      if (alive) thread?.worker.ref();
      else thread?.worker.unref();
    }
  }
}

/** The pool of indices that models and slots have in the control block. */
export class IndexPool {
  readonly #free: number[] = [];
  readonly #limit: number;
  readonly #what: string;
  #next = 0;

  constructor(limit: number, what: string) {
    this.#limit = limit;
    this.#what = what;
  }

  get available(): boolean {
    return this.#free.length > 0 || this.#next < this.#limit;
  }

  take(): number {
    const index = this.#free.pop() ?? this.#next;
    if (index >= this.#limit) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `no more than ${this.#limit} ${this.#what} at one time`);
    }
    if (index === this.#next) this.#next += 1;
    return index;
  }

  give(index: number): void {
    this.#free.push(index);
  }
}
