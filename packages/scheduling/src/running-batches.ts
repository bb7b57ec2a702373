import { RangefinderError } from '@rangefinder/base';
import type { PendingRequest } from './pending-request.ts';

export interface RunningBatch {
  readonly id: number;
  readonly instance: number;
  readonly rows: number;
  readonly startedUs: number;
  readonly requests: readonly PendingRequest[];
  /** Rows of each request, in the order of `requests`. */
  readonly partRows: readonly number[];
  /** Parts whose request somebody waits for. */
  partsAlive: number;
}

/** Which instances are free and what runs on the others. */
export class RunningBatches {
  readonly #byId = new Map<number, RunningBatch>();
  /** The instance that was freed last is used first: its memory is warm. */
  readonly #freeInstances: number[] = [];
  #nextId = 1;

  constructor(instances: number) {
    for (let instance = instances - 1; instance >= 0; instance--) this.#freeInstances.push(instance);
  }

  get size(): number {
    return this.#byId.size;
  }

  get anyFree(): boolean {
    return this.#freeInstances.length > 0;
  }

  /** Needs a free instance. */
  start(requests: readonly PendingRequest[], partRows: readonly number[], rows: number, nowUs: number): RunningBatch {
    const instance = this.#freeInstances.pop()!;
    const id = this.#nextId++;
    const batch: RunningBatch = {
      id,
      instance,
      rows,
      startedUs: nowUs,
      requests,
      partRows,
      partsAlive: requests.length,
    };
    this.#byId.set(id, batch);
    for (const request of requests) request.running.push(batch);
    return batch;
  }

  has(batchId: number): boolean {
    return this.#byId.has(batchId);
  }

  /** Throws INTERNAL for a batch that does not run: the driver reported it twice, or made it up. */
  finish(batchId: number): RunningBatch {
    const batch = this.#byId.get(batchId);
    if (batch === undefined) throw new RangefinderError('INTERNAL', `batchFinished: no batch ${batchId} is running`);
    this.#byId.delete(batchId);
    this.#freeInstances.push(batch.instance);
    for (const request of batch.requests) {
      const index = request.running.indexOf(batch);
      if (index >= 0) request.running.splice(index, 1);
    }
    return batch;
  }
}
