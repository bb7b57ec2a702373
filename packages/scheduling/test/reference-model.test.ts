import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createScheduler, type Decision, type QueuedRequest } from '../src/index.ts';

interface Waiting {
  readonly id: number;
  readonly rows: number;
  readonly shapeKey: string;
  readonly level: number;
  left: number;
  passesTurn: boolean;
}

/**
 * The rules without a queue delay and without estimates, written down as plainly as can be: one array, searched from the front.
 * Against the real scheduler it must decide the same in every step.
 */
class ReferenceScheduler {
  readonly #maxRows: number;
  readonly #preferred: readonly number[];
  #waiting: Waiting[] = [];
  readonly #running = new Map<number, { ids: number[]; rows: number[] }>();
  readonly #unfinishedRows = new Map<number, number>();
  readonly #instances: number;
  #nextBatch = 1;

  constructor(maxRows: number, preferred: readonly number[], instances: number) {
    this.#maxRows = maxRows;
    this.#preferred = preferred;
    this.#instances = instances;
  }

  get runningIds(): readonly number[] {
    return [...this.#running.keys()];
  }

  enqueue(id: number, rows: number, shapeKey: string, level: number): void {
    const request = { id, rows, left: rows, shapeKey, level, passesTurn: false };
    // Keep the array in the order of service: behind all of the same level.
    const index = this.#waiting.findIndex((other) => other.level > level);
    this.#waiting.splice(index < 0 ? this.#waiting.length : index, 0, request);
    this.#unfinishedRows.set(id, rows);
    const first = this.#waiting.find((other) => other.level === level)!;
    if (first.passesTurn) this.#toTheEnd(first);
  }

  end(id: number): string[] {
    if (!this.#unfinishedRows.delete(id)) return [];
    this.#waiting = this.#waiting.filter((request) => request.id !== id);
    const deserted = [...this.#running].filter(
      ([, { ids }]) => ids.includes(id) && !ids.some((each) => this.#unfinishedRows.has(each)),
    );
    return deserted.map(([batch]) => `abort ${batch}`);
  }

  finish(batchId: number, succeeded: boolean): string[] {
    const { ids, rows } = this.#running.get(batchId)!;
    this.#running.delete(batchId);
    return ids.flatMap((id, index) => {
      const left = this.#unfinishedRows.get(id);
      if (left === undefined) return [];
      this.#unfinishedRows.set(id, left - rows[index]!);
      return succeeded && left > rows[index]! ? [] : this.end(id);
    });
  }

  start(): string[] {
    const started: string[] = [];
    while (this.#waiting.length > 0 && this.#running.size < this.#instances) started.push(this.#startOne());
    return started;
  }

  #startOne(): string {
    const head = this.#waiting[0]!;
    const members: { request: Waiting; take: number }[] = [];
    let rows = 0;
    let cut = 'no_delay';
    let best: { count: number; rows: number } | undefined;
    const preferredMax = this.#preferred.at(-1) ?? 0;
    for (const request of this.#waiting) {
      if (request.shapeKey !== head.shapeKey || rows === this.#maxRows) continue;
      const free = this.#maxRows - rows;
      if (request.left > free && request.rows <= this.#maxRows) {
        cut = 'unbatchable_next';
        break;
      }
      const take = Math.min(request.left, free);
      if (preferredMax > 0 && rows > 0 && best === undefined && rows + take > preferredMax)
        best = { count: members.length, rows };
      members.push({ request, take });
      rows += take;
      if (this.#preferred.includes(rows)) best = { count: members.length, rows };
    }
    if (best !== undefined) {
      members.length = best.count;
      rows = best.rows;
      cut = this.#preferred.includes(rows) ? 'preferred_size' : 'unbatchable_next';
    }
    if (rows === this.#maxRows) cut = 'full';
    const batchId = this.#nextBatch++;
    this.#running.set(batchId, {
      ids: members.map(({ request }) => request.id),
      rows: members.map(({ take }) => take),
    });
    const parts = members.map(({ request, take }) => `${request.id}[${request.rows - request.left}+${take}]`);
    for (const { request, take } of members) request.left -= take;
    this.#waiting = this.#waiting.filter((request) => request.left > 0);
    if (head.left > 0) this.#toTheEnd(head);
    return `start ${batchId}: ${parts.join(' ')} ${cut}`;
  }

  #toTheEnd(request: Waiting): void {
    request.passesTurn = !this.#waiting.some((other) => other !== request && other.level === request.level);
    if (request.passesTurn) return;
    this.#waiting.splice(this.#waiting.indexOf(request), 1);
    const index = this.#waiting.findIndex((other) => other.level > request.level);
    this.#waiting.splice(index < 0 ? this.#waiting.length : index, 0, request);
  }
}

function describeDecision(decision: Decision): string {
  if (decision.kind === 'abort') return `abort ${decision.batchId}`;
  if (decision.kind === 'refuse') return `refuse ${decision.requestId}`;
  const { id, parts, explanation } = decision.batch;
  const names = parts.map(({ requestId, rowOffset, rows }) => `${requestId}[${rowOffset}+${rows}]`);
  return `start ${id}: ${names.join(' ')} ${explanation.cut}`;
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('enqueue' as const),
      rows: fc.integer({ min: 1, max: 12 }),
      shape: fc.nat(2),
      level: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('finish' as const), which: fc.nat(3), succeeded: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id: fc.nat(40) }) },
);

test('decides as the plain rules do, in every step', () => {
  const knobs = fc.record({
    maxRows: fc.integer({ min: 1, max: 8 }),
    preferred: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 2 }),
    instances: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(knobs, fc.array(step, { maxLength: 60 }), ({ maxRows, preferred, instances }, steps) => {
      const preferredBatchSizes = [...new Set(preferred.filter((size) => size <= maxRows))].sort((a, b) => a - b);
      const real = createScheduler({
        maxBatchSize: maxRows,
        dynamicBatching: true,
        preferredBatchSizes,
        instances,
        priorityLevels: 3,
        defaultPriorityLevel: 1,
      });
      const reference = new ReferenceScheduler(maxRows, preferredBatchSizes, instances);
      steps.forEach((each, nowUs) => {
        let aborts: string[] = [];
        if (each.kind === 'enqueue') {
          const request: QueuedRequest = {
            id: nowUs,
            rows: each.rows,
            shapeKey: `${each.shape}`,
            payloadBytes: 0,
            priority: each.level,
            timeoutUs: 0,
            deadlineUs: Infinity,
          };
          assert.equal(real.enqueue(request, nowUs), undefined);
          reference.enqueue(nowUs, each.rows, request.shapeKey, each.level);
        } else if (each.kind === 'cancel') {
          real.cancel(each.id, nowUs);
          aborts = reference.end(each.id);
        } else {
          const batchId = reference.runningIds[each.which];
          if (batchId === undefined) return;
          real.batchFinished(batchId, each.succeeded ? 'succeeded' : 'failed', nowUs);
          aborts = reference.finish(batchId, each.succeeded);
        }
        const decided = real.poll(nowUs).map((decision) => describeDecision(decision));
        assert.deepEqual(decided, [...reference.start(), ...aborts]);
      });
    }),
    { numRuns: 500 },
  );
});
