import type { OrderedRelease, Batch, QueuedRequest, Scheduler, SchedulerOptions } from '@rangefinder/scheduling';
import { checkAndBookStart } from './batch-checks.ts';
import { checkAdmitted, checkRefusedLater, checkRefusedOnArrival } from './refusal-checks.ts';
import { checkAtRest } from './resting-checks.ts';
import { SchedulerLedger, type Outcome } from './scheduler-ledger.ts';
import type { Trace } from './trace.ts';
import { ensure } from './violation.ts';

/** What the driver uses of `OrderedRelease`. */
export type OutcomeRelease = Pick<OrderedRelease<Outcome>, 'admit' | 'settle' | 'forget' | 'size'>;

/** What the driver needs of the world around it. */
export interface SimulatedWorld {
  /** The driver's clock, jumps included. */
  nowUs(): number;
  /** Calls `wake` of the driver when its clock should show `driverUs`. */
  wakeAt(driver: SimulatedDriver, driverUs: number): void;
  runStarted(driver: SimulatedDriver, batch: Batch): void;
  runAborted(driver: SimulatedDriver, batchId: number): void;
}

/**
 * One model version as `serving` drives it: one scheduler, its runs, and the delivery of results; with a ledger beside it that
 * checks every step.
 */
export class SimulatedDriver {
  readonly ledger: SchedulerLedger;
  /** Refusals by code, and whether they came on arrival or later. */
  readonly refused = new Map<string, number>();
  readonly #scheduler: Scheduler;
  readonly #world: SimulatedWorld;
  readonly #trace: Trace;
  readonly #ordered: OutcomeRelease | undefined;
  /** The last result delivered in each level, by order of arrival. */
  readonly #delivered = new Map<number, number>();

  /** `release` keeps the order of answers where the options ask for it. */
  constructor(
    scheduler: Scheduler,
    release: OutcomeRelease | undefined,
    options: SchedulerOptions,
    world: SimulatedWorld,
    trace: Trace,
  ) {
    this.#scheduler = scheduler;
    this.#ordered = release;
    this.ledger = new SchedulerLedger(options);
    this.#world = world;
    this.#trace = trace;
  }

  arrive(request: QueuedRequest): void {
    const nowUs = this.#now();
    const refusal = this.#scheduler.enqueue(request, nowUs);
    this.#trace.add(nowUs, `arrive ${request.id} rows ${request.rows} ${refusal?.message ?? 'admitted'}`);
    if (refusal !== undefined) {
      this.#countRefusal(`${refusal.code} on arrival`);
      checkRefusedOnArrival(this.ledger, request, refusal);
      return;
    }
    checkAdmitted(this.ledger, request);
    const admitted = this.ledger.admit(request);
    this.#ordered?.admit(admitted.id, admitted.level);
  }

  cancel(requestId: number): void {
    const nowUs = this.#now();
    const request = this.ledger.requests.get(requestId);
    if (request?.outcome === 'pending') {
      request.outcome = 'cancelled';
      this.#trace.add(nowUs, `cancel ${requestId}`);
      this.#release(this.#ordered?.forget(requestId));
    }
    this.#scheduler.cancel(requestId, nowUs);
  }

  runEnded(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted'): void {
    const nowUs = this.#now();
    const batch = this.ledger.batches.get(batchId)!;
    this.#trace.add(nowUs, `${outcome} ${batchId}`);
    this.ledger.runEnded(batch, outcome);
    for (const part of batch.parts) {
      const request = this.ledger.requests.get(part.requestId)!;
      if (request.outcome !== 'pending') continue;
      request.rowsFinished += part.rows;
      if (outcome !== 'succeeded') this.#answer(request.id, 'failed');
      else if (request.rowsFinished === request.rows) this.#answer(request.id, 'result');
    }
    this.#scheduler.batchFinished(batchId, outcome, nowUs);
  }

  drain(): void {
    this.#now();
    this.ledger.draining = true;
    this.#scheduler.drain();
  }

  /** Polls, carries the decisions out in order, checks what is left, and asks for the next wake. */
  poll(): void {
    const nowUs = this.#now();
    for (const decision of this.#scheduler.poll(nowUs)) {
      if (decision.kind === 'start') {
        const { batch } = decision;
        const parts = batch.parts.map((part) => `${part.requestId}+${part.rowOffset}x${part.rows}`);
        this.#trace.add(nowUs, `start ${batch.id} on ${batch.instance}: ${parts.join(' ')} (${batch.explanation.cut})`);
        checkAndBookStart(this.ledger, batch);
        this.#world.runStarted(this, batch);
      } else if (decision.kind === 'refuse') {
        this.#trace.add(nowUs, `refuse ${decision.requestId}: ${decision.refusal.message}`);
        const request = this.ledger.requests.get(decision.requestId);
        ensure(
          request !== undefined,
          'known request',
          () => `request ${decision.requestId} is refused, but was never admitted`,
        );
        checkRefusedLater(this.ledger, request, decision.refusal);
        request.outcome = 'refused';
        this.#countRefusal(`${decision.refusal.code} later`);
        this.#release(this.#ordered?.forget(request.id));
      } else {
        this.#abort(decision.batchId, nowUs);
      }
    }
    const wakeDriverUs = this.#scheduler.nextWakeUs();
    checkAtRest(
      this.ledger,
      this.#scheduler,
      wakeDriverUs === undefined ? undefined : this.ledger.fromDriver(wakeDriverUs),
    );
    if (wakeDriverUs !== undefined) this.#world.wakeAt(this, wakeDriverUs);
  }

  /** All is over: nothing may be left anywhere. */
  checkFinished(): void {
    const left = this.ledger.pending.map((request) => request.id);
    ensure(left.length === 0, 'liveness', () => `requests ${left.join(', ')} never got an answer`);
    ensure(
      this.#scheduler.idle && this.#scheduler.nextWakeUs() === undefined,
      'liveness',
      () => 'the scheduler is not idle',
    );
    ensure((this.#ordered?.size ?? 0) === 0, 'liveness', () => 'results are held back for ever');
  }

  #now(): number {
    const nowUs = this.#world.nowUs();
    this.ledger.advance(nowUs);
    return nowUs;
  }

  #abort(batchId: number, nowUs: number): void {
    this.#trace.add(nowUs, `abort ${batchId}`);
    const batch = this.ledger.batches.get(batchId);
    ensure(batch !== undefined, 'abort', () => `batch ${batchId} does not run`);
    ensure(!batch.abortAsked, 'abort', () => `batch ${batchId} is aborted twice`);
    ensure(!this.ledger.isWanted(batch), 'abort', () => `batch ${batchId} is aborted, but somebody waits for it`);
    batch.abortAsked = true;
    this.#world.runAborted(this, batchId);
  }

  #countRefusal(kind: string): void {
    this.refused.set(kind, (this.refused.get(kind) ?? 0) + 1);
  }

  #answer(requestId: number, outcome: 'result' | 'failed'): void {
    const request = this.ledger.requests.get(requestId)!;
    request.outcome = outcome;
    this.#trace.add(this.ledger.nowUs, `${outcome} for ${requestId}`);
    this.#release(this.#ordered?.settle(requestId, outcome));
  }

  #release(released: readonly { readonly requestId: number }[] | undefined): void {
    for (const { requestId } of released ?? []) {
      const { level } = this.ledger.requests.get(requestId)!;
      const previous = this.#delivered.get(level) ?? -1;
      ensure(requestId > previous, 'preserve ordering', () => `request ${requestId} is answered after ${previous}`);
      this.#delivered.set(level, requestId);
    }
  }
}
