import assert from 'node:assert/strict';
import {
  createScheduler,
  type Batch,
  type Decision,
  type QueuedRequest,
  type Refusal,
  type Scheduler,
  type SchedulerOptions,
} from '../src/index.ts';

/** A hand-made driver: says what happens when, and tells what was decided in few words. */
export class Timeline {
  readonly scheduler: Scheduler;
  readonly batches: Batch[] = [];
  readonly refusals = new Map<number, Refusal>();
  nowUs = 0;

  constructor(options: Partial<SchedulerOptions>) {
    this.scheduler = createScheduler({ maxBatchSize: 8, dynamicBatching: true, ...options });
  }

  /** Moves to a time without doing anything. */
  at(nowUs: number): this {
    this.nowUs = nowUs;
    return this;
  }

  enqueue(id: number, fields: Partial<QueuedRequest> = {}): Refusal | undefined {
    const usual = { rows: 1, shapeKey: 'a', payloadBytes: 10, priority: 0, timeoutUs: 0, deadlineUs: Infinity };
    return this.scheduler.enqueue({ id, ...usual, ...fields }, this.nowUs);
  }

  /** Enqueues, expects it to be admitted, and polls. */
  add(id: number, fields: Partial<QueuedRequest> = {}): readonly string[] {
    assert.equal(this.enqueue(id, fields), undefined);
    return this.poll();
  }

  cancel(id: number): readonly string[] {
    this.scheduler.cancel(id, this.nowUs);
    return this.poll();
  }

  finish(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted' = 'succeeded'): readonly string[] {
    this.scheduler.batchFinished(batchId, outcome, this.nowUs);
    return this.poll();
  }

  /** `start 1: 4 5[8+2] full` is batch 1 of request 4 and rows 8 and 9 of request 5. */
  poll(): readonly string[] {
    return this.scheduler.poll(this.nowUs).map((decision) => this.#describe(decision));
  }

  /** Runs batches of so many rows for so long each, as evidence for the estimates; needs an idle scheduler. Uses ids from 1e6. */
  learn(rows: number, durationUs: number, runs = 8): void {
    for (let run = 0; run < runs; run++) {
      const before = this.batches.length;
      const id = 1e6 + before;
      this.enqueue(id, { rows });
      this.poll();
      if (this.batches.length === before) this.at(this.scheduler.nextWakeUs()!).poll();
      this.at(this.nowUs + durationUs).finish(this.batches.at(-1)!.id);
    }
    assert.ok(this.scheduler.idle);
  }

  #describe(decision: Decision): string {
    if (decision.kind === 'abort') return `abort ${decision.batchId}`;
    if (decision.kind === 'refuse') {
      this.refusals.set(decision.requestId, decision.refusal);
      return `refuse ${decision.requestId}: ${decision.refusal.code}`;
    }
    const { batch } = decision;
    this.batches.push(batch);
    const parts = batch.parts.map(({ requestId, rowOffset, rows }) =>
      rowOffset === 0 && rows === 1 ? `${requestId}` : `${requestId}[${rowOffset}+${rows}]`,
    );
    return `start ${batch.id}: ${parts.join(' ')} ${batch.explanation.cut}`;
  }
}
