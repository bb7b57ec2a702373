import { truncate, type BatchPlan } from './batch-former.ts';
import type { PendingQueue } from './pending-queue.ts';
import type { PendingRequest } from './pending-request.ts';
import { refusals } from './refusals.ts';
import type { RunTimeEstimator } from './run-time-estimator.ts';
import type { Refusal, SchedulerOptions } from './scheduler.ts';

/** A request that a batch goes on without, and what it is told. */
export interface Dropped {
  readonly request: PendingRequest;
  readonly refusal: Refusal;
}

/** A request is refused for the sake of others only if that gains this much: it cannot be taken back. */
const REFUSE_MIN_GAIN = 1.1;
const LOOK_AHEAD_BATCHES = 4;

const NOTHING: readonly Dropped[] = Object.freeze([]);

/**
 * What deadlines mean. A deadline is met when the run ends before it. A request is refused
 *
 * - on arrival, when the queue before it is expected to take too long;
 * - while it waits, as soon as not even a fast run of its own would end in time;
 * - when its batch is formed, if it would be late in any batch worth running (see `trim`);
 * - when the deadline passes, waiting or running.
 *
 * All but the last rest on measured run times and never happen without them.
 */
export class DeadlinePolicy {
  readonly #estimator: RunTimeEstimator;
  readonly #maxRows: number;
  readonly #batched: boolean;
  readonly #instances: number;
  readonly #delayUs: number;

  constructor(options: SchedulerOptions, estimator: RunTimeEstimator) {
    this.#estimator = estimator;
    this.#maxRows = options.maxBatchSize > 0 ? options.maxBatchSize : Infinity;
    this.#batched = options.dynamicBatching && options.maxBatchSize > 0;
    this.#instances = options.instances;
    this.#delayUs = this.#batched ? options.maxQueueDelayUs : 0;
  }

  /** Why a request of `rows` rows, queued in lane `rank`, would come too late; undefined when it may make it. */
  refusalOnArrival(
    queue: PendingQueue,
    rank: number,
    rows: number,
    deadlineUs: number,
    nowUs: number,
  ): Refusal | undefined {
    if (deadlineUs === Infinity) return undefined;
    if (deadlineUs <= nowUs) return refusals.deadlinePassedBefore(nowUs - deadlineUs);
    const ownUs = this.#atLeastUs(rows, nowUs);
    if (ownUs === undefined) return undefined;
    const needsUs = this.#expectedWaitUs(queue, rank, nowUs) + ownUs;
    return nowUs >= deadlineUs - needsUs ? refusals.deadlineOutOfReach(deadlineUs - nowUs, needsUs) : undefined;
  }

  /** Why a waiting request is hopeless; undefined when it is not. */
  refusalWhileWaiting(request: PendingRequest, nowUs: number): Refusal | undefined {
    const needsUs = this.#atLeastUs(request.rowsLeft, nowUs);
    if (needsUs === undefined || nowUs < request.deadlineUs - needsUs) return undefined;
    return refusals.deadlineOutOfReach(request.deadlineUs - nowUs, needsUs);
  }

  /** Whether a request should be held back no longer for its batch to grow. Without evidence half its time is kept for the run. */
  isUrgent(request: PendingRequest, nowUs: number): boolean {
    return this.#delayUs > 0 && request.held && nowUs >= this.#startByUs(request, nowUs);
  }

  /** When to look at a request again; later than `nowUs` once the checks above were made at `nowUs`. */
  nextAlarmUs(request: PendingRequest, nowUs: number): number {
    if (!request.queued) return request.deadlineUs;
    let alarmUs = Math.min(request.deadlineUs, request.timeoutAtUs);
    if (request.deadlineUs === Infinity) return alarmUs;
    const needsUs = this.#atLeastUs(request.rowsLeft, nowUs);
    if (needsUs !== undefined) alarmUs = Math.min(alarmUs, request.deadlineUs - needsUs);
    if (this.#delayUs > 0 && request.held) alarmUs = Math.min(alarmUs, this.#startByUs(request, nowUs));
    return alarmUs;
  }

  /**
   * Members that are expected to be late in this batch are "tight". Either the batch is cut shorter, so that it is faster and
   * they make it (done here, in place), or it goes on without them (returned, to be refused; then a new batch is formed): what
   * brings more rows in time per microsecond. Always cutting shorter would let one late request shrink every batch of an
   * overloaded model to one row; always refusing would empty the queue of a model whose time grows with the rows.
   * A lone request is tried: it holds nobody up. Before that, members that have become hopeless since they were last looked at
   * leave in any case.
   */
  trim(plan: BatchPlan, nowUs: number): readonly Dropped[] {
    if (!hasDeadline(plan)) return NOTHING;
    const hopeless = this.#hopeless(plan, nowUs);
    if (hopeless.length > 0) return hopeless;
    const expectedUs = this.#estimator.expectedUs(plan.rows, nowUs);
    if (expectedUs === undefined || plan.members.length === 1) return NOTHING;
    const tight = this.#tight(plan, expectedUs, nowUs);
    if (tight.length === 0) return NOTHING;
    const prefix = this.#longestPrefixInTime(plan, nowUs);
    if (prefix.count === 0) {
      const head = tight.find((dropped) => dropped.request === plan.members[0]);
      return head === undefined ? NOTHING : [head];
    }
    if (this.#paceWithoutTight(plan, nowUs) > REFUSE_MIN_GAIN * (prefix.rows / prefix.expectedUs)) return tight;
    truncate(plan, prefix.count);
    plan.cut = 'deadline';
    return NOTHING;
  }

  #tight(plan: BatchPlan, expectedUs: number, nowUs: number): readonly Dropped[] {
    const tight: Dropped[] = [];
    plan.members.forEach((request, index) => {
      if (nowUs < finishByUs(plan, index) - expectedUs) return;
      tight.push({
        request,
        refusal: refusals.deadlineMissedInBatch(request.deadlineUs - nowUs, plan.rows, expectedUs),
      });
    });
    return tight;
  }

  /** Rows in time per microsecond of a batch of the same size from which tight requests are left out; looks a few batches ahead at most. */
  #paceWithoutTight(plan: BatchPlan, nowUs: number): number {
    const expectedUs = this.#estimator.expectedUs(plan.rows, nowUs)!;
    let rows = 0;
    let looksLeft = LOOK_AHEAD_BATCHES * plan.members.length;
    for (const segment of plan.group.segments) {
      for (let link = segment.queue.head; link !== undefined && looksLeft > 0; link = link.next) {
        looksLeft -= 1;
        const request = link.item;
        if (nowUs >= request.deadlineUs - expectedUs) continue;
        rows += request.rowsLeft;
        if (rows >= plan.rows) return plan.rows / expectedUs;
      }
    }
    return rows === 0 ? 0 : rows / (this.#estimator.expectedUs(rows, nowUs) ?? expectedUs);
  }

  #hopeless(plan: BatchPlan, nowUs: number): readonly Dropped[] {
    const dropped: Dropped[] = [];
    for (const request of plan.members) {
      const refusal = request.deadlineUs === Infinity ? undefined : this.refusalWhileWaiting(request, nowUs);
      if (refusal !== undefined) dropped.push({ request, refusal });
    }
    return dropped;
  }

  #longestPrefixInTime(plan: BatchPlan, nowUs: number): { count: number; rows: number; expectedUs: number } {
    const prefix = { count: 0, rows: 0, expectedUs: 0 };
    let finishUs = Infinity;
    for (let index = 0; index < plan.members.length; index++) {
      const rows = prefix.rows + plan.takes[index]!;
      const expectedUs = this.#estimator.expectedUs(rows, nowUs) ?? 0;
      finishUs = Math.min(finishUs, finishByUs(plan, index));
      if (nowUs >= finishUs - expectedUs) break;
      prefix.count = index + 1;
      prefix.rows = rows;
      prefix.expectedUs = expectedUs;
    }
    return prefix;
  }

  #startByUs(request: PendingRequest, nowUs: number): number {
    const rows = this.#maxRows === Infinity ? request.rows : this.#maxRows;
    const needsUs = this.#estimator.atMostUs(rows, nowUs) ?? (request.deadlineUs - request.enqueuedUs) / 2;
    return request.deadlineUs - needsUs;
  }

  /** What the rest of a request needs at least, its parts spread over all instances. */
  #atLeastUs(rows: number, nowUs: number): number | undefined {
    if (rows <= this.#maxRows) return this.#estimator.atLeastUs(rows, nowUs);
    const onePartUs = this.#estimator.atLeastUs(this.#maxRows, nowUs);
    if (onePartUs === undefined) return undefined;
    return onePartUs * Math.ceil(Math.ceil(rows / this.#maxRows) / this.#instances);
  }

  /** What waits before lane `rank`'s end, in full batches on all instances; what already runs is not counted. */
  #expectedWaitUs(queue: PendingQueue, rank: number, nowUs: number): number {
    let batches = 0;
    for (const lane of queue.lanes) {
      if (lane.rank > rank) break;
      batches += this.#batched ? lane.rows / this.#maxRows : lane.queue.size;
    }
    const waves = Math.floor(Math.floor(batches) / this.#instances);
    if (waves === 0) return 0;
    const rows = this.#maxRows === Infinity || !this.#batched ? 1 : this.#maxRows;
    return waves * (this.#estimator.expectedUs(rows, nowUs) ?? 0);
  }
}

function hasDeadline(plan: BatchPlan): boolean {
  for (const request of plan.members) if (request.deadlineUs !== Infinity) return true;
  return false;
}

/** When the batch has to end for this member; a part that is not the last one is in no hurry of its own. */
function finishByUs(plan: BatchPlan, index: number): number {
  const request = plan.members[index]!;
  return plan.takes[index] === request.rowsLeft ? request.deadlineUs : Infinity;
}
