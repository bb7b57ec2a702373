import { RangefinderError } from '@rangefinder/base';
import { AlarmHeap } from './alarm-heap.ts';
import { BatchFormer, type BatchPlan } from './batch-former.ts';
import { DeadlinePolicy } from './deadline-policy.ts';
import { MonotonicTime } from './monotonic-time.ts';
import { PendingQueue } from './pending-queue.ts';
import { PendingRequest } from './pending-request.ts';
import { refusals } from './refusals.ts';
import { RunningBatches, type RunningBatch } from './running-batches.ts';
import { RunTimeEstimator } from './run-time-estimator.ts';
import { compileSchedulerOptions, priorityLevelOf } from './scheduler-options.ts';
import type {
  Decision,
  QueuedRequest,
  QueuePolicyOptions,
  Refusal,
  Scheduler,
  SchedulerOptions,
  SchedulerSnapshot,
} from './scheduler.ts';

const NO_DECISIONS: readonly Decision[] = Object.freeze([]);
const RETRY_AFTER_MAX_MS = 30_000;

/**
 * The scheduler of one model version. Options are checked and completed first (`compileSchedulerOptions`).
 *
 * Who tells whom what:
 *
 * - A request that `enqueue` took gets exactly one answer. The scheduler gives it only in `refuse` decisions; every other answer
 *   is the driver's: the result when all rows of the request have come back, or the error of the batch that failed.
 * - `batchFinished(succeeded)`: the driver keeps the rows of the request's parts, and answers with the last. The scheduler counts
 *   the same rows and forgets the request at the same moment.
 * - `batchFinished(failed)`, or `aborted` without an `abort` decision: the driver answers every request of the batch that still
 *   waits with the error. The scheduler forgets them in the call: their rows that wait leave the queue, and batches in which
 *   only parts of such requests run are aborted by the next `poll`. There is no `refuse` for them.
 * - `cancel`: the driver answers, if there is anybody to answer. From that call on no decision names the request, except that a
 *   batch which holds other requests too still runs with its rows; the driver throws those rows away.
 * - `refuse`: the driver answers with the refusal and throws away rows that come back later.
 * - `abort`: nobody waits for anything in this batch. The driver reports `batchFinished` in any case, with what became of the
 *   run; until then its instance counts as taken. A batch whose end was reported before `poll` is not named.
 * - A request whose deadline passes while it runs is refused then; a batch in which nobody is left is aborted.
 *
 * Costs: enqueue, cancel and the end of a batch are O(1) per request, O(log n) with a timeout or deadline; a batch costs its
 * members, plus the number of priority levels in use. Nothing is kept of a request that has ended.
 */
export function createScheduler(options: Partial<SchedulerOptions>): Scheduler {
  return new DynamicScheduler(compileSchedulerOptions(options));
}

class DynamicScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #time = new MonotonicTime();
  readonly #queue = new PendingQueue();
  readonly #alarms = new AlarmHeap();
  readonly #running: RunningBatches;
  readonly #former: BatchFormer;
  readonly #estimator = new RunTimeEstimator();
  readonly #deadlines: DeadlinePolicy;
  /** Requests that wait or run, and somebody waits for them. */
  readonly #pending = new Map<number, PendingRequest>();
  #pendingBytes = 0;
  #deserted: RunningBatch[] = [];
  #draining = false;
  /** Something changed since the last poll. */
  #pollDue = false;
  #decisions: Decision[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#running = new RunningBatches(options.instances);
    this.#former = new BatchFormer(options);
    this.#deadlines = new DeadlinePolicy(options, this.#estimator);
  }

  get idle(): boolean {
    return this.#pending.size === 0 && this.#running.size === 0;
  }

  get snapshot(): SchedulerSnapshot {
    return {
      queuedRequests: this.#queue.requests,
      queuedRows: this.#queue.rows,
      queuedBytes: this.#queue.bytes,
      runningBatches: this.#running.size,
    };
  }

  enqueue(request: QueuedRequest, driverNowUs: number): Refusal | undefined {
    const nowUs = this.#time.advance(driverNowUs);
    if (this.#pending.has(request.id))
      throw new RangefinderError('INTERNAL', `enqueue: request ${request.id} is already pending`);
    const level = priorityLevelOf(this.#options, request.priority);
    const policy = this.#policyOf(level);
    const deadlineUs = this.#time.fromDriver(request.deadlineUs);
    const refusal =
      malformed(request) ??
      (this.#draining ? refusals.draining() : undefined) ??
      this.#overLimit(request, level, policy, nowUs) ??
      this.#deadlines.refusalOnArrival(this.#queue, 2 * level, request.rows, deadlineUs, nowUs);
    if (refusal !== undefined) return refusal;
    const pending = new PendingRequest({
      id: request.id,
      rows: request.rows,
      shapeKey: request.shapeKey,
      payloadBytes: request.payloadBytes,
      level,
      enqueuedUs: nowUs,
      deadlineUs,
      timeoutUs: timeoutInForce(policy, request.timeoutUs),
      splittable: this.#options.maxBatchSize > 0 && request.rows > this.#options.maxBatchSize,
    });
    this.#pending.set(pending.id, pending);
    this.#pendingBytes += pending.payloadBytes;
    this.#former.touch(this.#queue.push(pending, false));
    this.#alarms.set(pending, this.#deadlines.nextAlarmUs(pending, nowUs));
    this.#pollDue = true;
    return undefined;
  }

  cancel(requestId: number, driverNowUs: number): void {
    this.#time.advance(driverNowUs);
    const request = this.#pending.get(requestId);
    if (request === undefined) return;
    this.#forget(request);
    this.#pollDue = true;
  }

  batchFinished(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted', driverNowUs: number): void {
    const nowUs = this.#time.advance(driverNowUs);
    const batch = this.#running.finish(batchId);
    const tookUs = nowUs - batch.startedUs;
    if (outcome === 'succeeded') this.#estimator.observe(batch.rows, tookUs, nowUs);
    if (outcome === 'aborted') this.#estimator.observeAborted(batch.rows, tookUs, nowUs);
    batch.requests.forEach((request, index) => {
      if (!request.alive) return;
      request.rowsFinished += batch.partRows[index]!;
      if (outcome !== 'succeeded' || request.rowsFinished === request.rows) this.#forget(request);
    });
    this.#pollDue = true;
  }

  poll(driverNowUs: number): readonly Decision[] {
    const nowUs = this.#time.advance(driverNowUs);
    this.#pollDue = false;
    this.#soundAlarms(nowUs);
    while (this.#running.anyFree) {
      const plan = this.#former.next(this.#queue, nowUs, this.#draining);
      if (plan === undefined) break;
      const dropped = this.#deadlines.trim(plan, nowUs);
      if (dropped.length === 0) this.#start(plan, nowUs);
      for (const { request, refusal } of dropped) this.#refuse(request, refusal);
    }
    this.#abortDeserted();
    if (this.#decisions.length === 0) return NO_DECISIONS;
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  nextWakeUs(): number | undefined {
    const nowUs = this.#time.nowUs;
    if (this.#pollDue && nowUs !== -Infinity) return this.#time.toDriver(nowUs);
    let wakeUs = this.#alarms.peek()?.alarmUs;
    if (this.#running.anyFree) {
      const delayEndUs = this.#former.nextDelayEndUs(this.#queue);
      if (delayEndUs !== undefined && (wakeUs === undefined || delayEndUs < wakeUs)) wakeUs = delayEndUs;
    }
    return wakeUs === undefined ? undefined : this.#time.toDriver(Math.max(wakeUs, nowUs));
  }

  drain(): void {
    this.#draining = true;
    this.#pollDue = true;
  }

  #policyOf(level: number): QueuePolicyOptions {
    return this.#options.priorityQueuePolicies.get(level) ?? this.#options.defaultQueuePolicy;
  }

  #overLimit(request: QueuedRequest, level: number, policy: QueuePolicyOptions, nowUs: number): Refusal | undefined {
    const { maxPendingRequests, maxPendingBytes } = this.#options;
    if (request.payloadBytes > maxPendingBytes) return refusals.largerThanLimit(request.payloadBytes, maxPendingBytes);
    if (this.#pending.size >= maxPendingRequests)
      return refusals.tooManyRequests(maxPendingRequests, this.#retryAfterMs(nowUs));
    if (this.#pendingBytes + request.payloadBytes > maxPendingBytes) {
      return refusals.tooManyBytes(
        this.#pendingBytes,
        request.payloadBytes,
        maxPendingBytes,
        this.#retryAfterMs(nowUs),
      );
    }
    if (policy.maxQueueSize > 0 && this.#queue.requestsInLevel(level) >= policy.maxQueueSize) {
      return refusals.levelFull(level, policy.maxQueueSize, this.#retryAfterMs(nowUs));
    }
    return undefined;
  }

  /** When what is queued now should have been served; undefined without evidence. */
  #retryAfterMs(nowUs: number): number | undefined {
    const { maxBatchSize, dynamicBatching, instances } = this.#options;
    const batched = dynamicBatching && maxBatchSize > 0;
    const batchUs = this.#estimator.expectedUs(batched ? maxBatchSize : 1, nowUs);
    if (batchUs === undefined) return undefined;
    const batches = batched ? this.#queue.rows / maxBatchSize : this.#queue.requests;
    const waitUs = batchUs * (1 + Math.ceil(batches / instances));
    return Math.min(RETRY_AFTER_MAX_MS, Math.max(1, Math.ceil(waitUs / 1000)));
  }

  #soundAlarms(nowUs: number): void {
    for (;;) {
      const request = this.#alarms.peek();
      if (request === undefined || request.alarmUs > nowUs) return;
      this.#attend(request, nowUs);
      if (request.alive) this.#alarms.set(request, this.#deadlines.nextAlarmUs(request, nowUs));
    }
  }

  /** Does what is due for a request at its alarm, which may be nothing: estimates move. */
  #attend(request: PendingRequest, nowUs: number): void {
    if (nowUs >= request.deadlineUs) {
      this.#refuse(request, refusals.deadlinePassed(request, nowUs));
      return;
    }
    if (!request.queued) return;
    const hopeless = request.deadlineUs === Infinity ? undefined : this.#deadlines.refusalWhileWaiting(request, nowUs);
    if (hopeless !== undefined) {
      this.#refuse(request, hopeless);
      return;
    }
    if (nowUs >= request.timeoutAtUs) {
      if (this.#policyOf(request.level).timeoutAction === 'reject') {
        this.#refuse(request, refusals.timedOut(request, nowUs));
        return;
      }
      this.#demote(request);
    }
    if (this.#deadlines.isUrgent(request, nowUs)) {
      request.urgent = true;
      this.#queue.unhold(request);
      this.#former.touch(request.group!);
    }
  }

  /** Behind all others of its level. Not when answers keep their order: there it would only hold up those behind it. */
  #demote(request: PendingRequest): void {
    request.timeoutAtUs = Infinity;
    if (this.#options.preserveOrdering) return;
    const before = request.group!;
    this.#queue.remove(request);
    request.urgent = false;
    this.#queue.unhold(request);
    const after = this.#queue.push(request, true);
    this.#former.touch(before);
    this.#former.touch(after);
  }

  #refuse(request: PendingRequest, refusal: Refusal): void {
    this.#forget(request);
    this.#decisions.push({ kind: 'refuse', requestId: request.id, refusal });
  }

  /** The request has its answer, or nobody to give it to. */
  #forget(request: PendingRequest): void {
    request.alive = false;
    this.#pending.delete(request.id);
    this.#pendingBytes -= request.payloadBytes;
    this.#alarms.remove(request);
    const { group } = request;
    if (group !== undefined) {
      this.#queue.remove(request);
      this.#former.touch(group);
    }
    for (const batch of request.running) {
      batch.partsAlive -= 1;
      if (batch.partsAlive === 0) this.#deserted.push(batch);
    }
  }

  #abortDeserted(): void {
    if (this.#deserted.length === 0) return;
    for (const batch of this.#deserted) {
      if (this.#running.has(batch.id)) this.#decisions.push({ kind: 'abort', batchId: batch.id });
    }
    this.#deserted = [];
  }

  #start(plan: BatchPlan, nowUs: number): void {
    const queuedRequestsBefore = this.#queue.requests;
    const queuedRowsBefore = this.#queue.rows;
    let oldestWaitedUs = 0;
    const batch = this.#running.start(plan.members, plan.takes, plan.rows, nowUs);
    const group = plan.members[0]!.group!;
    const parts = plan.members.map((request, index) => {
      const rows = plan.takes[index]!;
      const waitedUs = nowUs - request.enqueuedUs;
      if (waitedUs > oldestWaitedUs) oldestWaitedUs = waitedUs;
      const part = { requestId: request.id, rowOffset: request.rowsStarted, rows, waitedUs };
      this.#take(request, rows, index === 0, nowUs);
      return part;
    });
    this.#former.touch(group);
    this.#decisions.push({
      kind: 'start',
      batch: {
        id: batch.id,
        instance: batch.instance,
        rows: plan.rows,
        shapeKey: group.shapeKey,
        parts,
        explanation: { cut: plan.cut, queuedRequestsBefore, queuedRowsBefore, oldestWaitedUs },
      },
    });
  }

  /**
   * A request larger than a batch goes to the end of its lane once it had a batch's beginning to itself, so that those behind it
   * are served between its parts; as the last of a batch it only took what was left over, and keeps its turn. What has begun is
   * neither held back nor timed out in the queue.
   */
  #take(request: PendingRequest, rows: number, first: boolean, nowUs: number): void {
    this.#queue.takeRows(request, rows);
    request.timeoutAtUs = Infinity;
    if (request.queued) {
      this.#queue.unhold(request);
      if (first && !this.#options.preserveOrdering) this.#queue.passTurn(request);
    }
    if (request.heapIndex >= 0) this.#alarms.set(request, this.#deadlines.nextAlarmUs(request, nowUs));
  }
}

function malformed(request: QueuedRequest): Refusal | undefined {
  const { rows, payloadBytes, priority, timeoutUs, deadlineUs } = request;
  if (!(Number.isSafeInteger(rows) && rows >= 1))
    return refusals.badField('rows', 'a whole number of at least 1', rows);
  if (!(Number.isFinite(payloadBytes) && payloadBytes >= 0))
    return refusals.badField('payloadBytes', 'a number of at least 0', payloadBytes);
  if (!(Number.isSafeInteger(priority) && priority >= 0))
    return refusals.badField('priority', 'a whole number of at least 0', priority);
  if (!(timeoutUs >= 0)) return refusals.badField('timeout', 'a number of microseconds of at least 0', timeoutUs);
  if (Number.isNaN(deadlineUs))
    return refusals.badField('deadlineUs', 'a time in microseconds or Infinity', deadlineUs);
  return undefined;
}

/** A request may ask for less than the policy's timeout, never for more; where the policy has none, any timeout is less. */
function timeoutInForce(policy: QueuePolicyOptions, askedUs: number): number {
  if (!policy.allowTimeoutOverride || askedUs === 0) return policy.defaultTimeoutUs;
  return policy.defaultTimeoutUs === 0 ? askedUs : Math.min(askedUs, policy.defaultTimeoutUs);
}
