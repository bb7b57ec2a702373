import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RangefinderError } from '@rangefinder/base';
import type { OrtHandles } from '../native/ort-library.ts';
import type { Address } from '../native/ort-api.ts';
import type { LoaderTask, SessionCreated, SessionCreation } from './loader-thread.ts';

/** As many loader threads as loads and releases were under way at one time; they stay for the next, and keep no process alive. */
export class LoaderThreads {
  readonly #handles: OrtHandles;
  readonly #idle: Worker[] = [];

  constructor(handles: OrtHandles) {
    this.#handles = handles;
  }

  /** Resolves with what became of it; a thread that dies is a failure of the load it was at. */
  create(creation: SessionCreation): Promise<SessionCreated> {
    return this.#ask(creation);
  }

  /** Nothing may use the session any more. Rejects where the thread died at it. */
  async release(session: Address): Promise<void> {
    const outcome = await this.#ask({ released: session });
    if ('failure' in outcome) throw new RangefinderError('INTERNAL', outcome.failure);
  }

  #ask(task: LoaderTask): Promise<SessionCreated> {
    const worker = this.#idle.pop() ?? this.#start();
    worker.ref();
    return new Promise((resolve) => {
      const done = (outcome: SessionCreated): void => {
        worker.off('message', onMessage);
        worker.off('error', onError);
        resolve(outcome);
      };
      const onMessage = (outcome: SessionCreated): void => {
        worker.unref();
        this.#idle.push(worker);
        done(outcome);
      };
      const onError = (error: unknown): void => done({ failure: `the loader thread died: ${String(error)}` });
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.postMessage(task);
    });
  }

  /** Nothing may be under way. The threads end by themselves: one that is terminated within native code takes the process with it. */
  async close(): Promise<void> {
    await Promise.all(
      this.#idle.splice(0).map(async (worker) => {
        const exit = once(worker, 'exit');
        worker.ref();
        worker.postMessage(null);
        await exit;
      }),
    );
  }

  #start(): Worker {
    const worker = new Worker(new URL('./loader-thread.ts', import.meta.url), {
      workerData: this.#handles,
      name: 'rangefinder-loader',
      execArgv: [],
    });
    // An idle thread that dies is not asked again; one at work tells its load (`create`).
    worker.on('error', () => {
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    return worker;
  }
}
