import { Worker } from 'node:worker_threads';
import { RangefinderError } from '@rangefinder/base';
import type { Arena } from './arena.ts';
import {
  TASK,
  type GraphMessage,
  type GraphScratch,
  type GraphThreadData,
  type OwnTask,
  type SharedTask,
} from './graph-task.ts';
import { compileKernel } from './kernel.ts';
import { TaskBoard, type TaskBoardShape } from './task-board.ts';

/** Told once how a task ended. */
type TaskEnd = (failure: RangefinderError | undefined) => void;

/** The workers of one index. Any of them takes the next task; searches go before building and repairing. */
export class GraphThreads {
  readonly #board: TaskBoard;
  readonly #workers: Worker[];
  /** Tasks that are on the board, by their number. */
  readonly #ends: (TaskEnd | undefined)[];
  readonly #freeTasks: number[];
  readonly #finished: Int32Array;
  #searches = 0;
  #others = 0;
  #failure: RangefinderError | undefined;

  constructor(arena: Arena, headerAt: number, shape: TaskBoardShape, scratchOf: () => GraphScratch) {
    const module = compileKernel();
    this.#board = new TaskBoard(shape);
    const { tasksMax, buffer } = this.#board;
    this.#ends = Array.from({ length: tasksMax }, () => undefined);
    this.#freeTasks = Array.from({ length: tasksMax }, (_, i) => tasksMax - 1 - i);
    this.#finished = new Int32Array(tasksMax);
    this.#workers = Array.from({ length: shape.threads }, (_, thread) => {
      const board = { ...shape, buffer };
      const workerData: GraphThreadData = {
        thread,
        module,
        memory: arena.memory,
        headerAt,
        scratch: scratchOf(),
        board,
      };
      const worker = new Worker(new URL('./graph-thread.ts', import.meta.url), { workerData, name: `graph-${thread}` });
      worker.unref();
      worker.on('message', (message: GraphMessage) => this.#receive(message));
      worker.on('error', (error) => this.#fail(error));
      worker.on('exit', () => this.#fail(new Error('the thread ended')));
      return worker;
    });
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Searches that wait or run. */
  get searches(): number {
    return this.#searches;
  }

  /** `end` is called later, never from here. Throws when no thread is there any more. */
  search(request: number, isBrief: boolean, end: TaskEnd): void {
    const task = this.#take(end);
    this.#searches++;
    this.#board.fill(task, TASK.search, request);
    this.#board.pushSearch(task, isBrief);
  }

  run(task: SharedTask): Promise<void> {
    return new Promise((resolve, reject) => {
      const number = this.#take(endOf(resolve, reject));
      this.#others++;
      if (task.kind === 'repair') this.#board.fill(number, TASK.repair, task.from, task.to);
      else this.#board.fill(number, TASK.insert, task.slots, task.source, task.count, task.stride);
      this.#board.pushOther(number);
    });
  }

  /** One task for each thread, which does it before what it did not begin. */
  async runOnEach(taskOf: (thread: number) => OwnTask): Promise<void> {
    await Promise.all(
      this.#workers.map(
        (_, thread) =>
          new Promise<void>((resolve, reject) => {
            const number = this.#take(endOf(resolve, reject));
            this.#others++;
            const task = taskOf(thread);
            if (task.kind === 'marks') this.#board.fill(number, TASK.marks, task.visited, task.excluded, task.bytes);
            else this.#board.fill(number, TASK.barrier);
            this.#board.pushTo(thread, number);
          }),
      ),
    );
  }

  async close(): Promise<void> {
    this.#failWith(new RangefinderError('UNAVAILABLE', 'the vector index was closed'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #take(end: TaskEnd): number {
    if (this.#failure !== undefined) throw this.#failure;
    const task = this.#freeTasks.pop();
    if (task === undefined) throw new RangefinderError('INTERNAL', 'vector index: too many tasks at one time');
    if (this.#searches + this.#others === 0) for (const worker of this.#workers) worker.ref();
    this.#ends[task] = end;
    return task;
  }

  #receive(message: GraphMessage): void {
    const count = this.#board.takeFinished(this.#finished);
    for (let i = 0; i < count; i++) this.#end(this.#finished[i]!, undefined);
    if (message === null) return;
    this.#end(message.task, new RangefinderError('INTERNAL', `vector index: ${message.failure}`));
  }

  #end(task: number, failure: RangefinderError | undefined): void {
    const end = this.#ends[task];
    // Gone when the index was closed.
    if (end === undefined) return;
    this.#ends[task] = undefined;
    this.#freeTasks.push(task);
    if (this.#board.kindOf(task) === TASK.search) this.#searches--;
    else this.#others--;
    if (this.#searches + this.#others === 0) for (const worker of this.#workers) worker.unref();
    end(failure);
  }

  #fail(error: Error): void {
    this.#failWith(
      new RangefinderError('UNAVAILABLE', `a thread of the vector index failed: ${error.message}`, { cause: error }),
    );
  }

  #failWith(failure: RangefinderError): void {
    this.#failure ??= failure;
    for (const task of this.#ends.keys()) this.#end(task, this.#failure);
  }
}

function endOf(resolve: () => void, reject: (error: RangefinderError) => void): TaskEnd {
  return (failure) => (failure === undefined ? resolve() : reject(failure));
}
