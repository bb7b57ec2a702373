import type { BatchExplanation, SchedulerOptions } from './scheduler.ts';
import type { PendingRequest } from './pending-request.ts';
import type { PendingQueue, ShapeGroup } from './pending-queue.ts';

/** A batch that could start now: members in row order, rows taken of each, and why it is cut here. */
export interface BatchPlan {
  readonly group: ShapeGroup;
  readonly members: PendingRequest[];
  readonly takes: number[];
  rows: number;
  cut: BatchExplanation['cut'];
}

/**
 * Decides which group is next and where its batch is cut. It changes nothing in the queue.
 *
 * Without a queue delay everything that waits is ready, and the oldest request of the first lane names the group. With one,
 * a group is ready when its batch is full, cannot grow, has a preferred size, holds a request whose delay is over or whose
 * deadline is near, or when the scheduler drains. Which groups these are is not searched for: the head of each lane tells
 * whose delay is over, and a group that changed is looked at again once (`touch`).
 */
export class BatchFormer {
  readonly #maxRows: number;
  readonly #batched: boolean;
  readonly #delayUs: number;
  readonly #preferred: ReadonlySet<number>;
  readonly #preferredMax: number;
  /** Rows below which no group is ready by its size. */
  readonly #sizeMin: number;
  readonly #touched = new Set<ShapeGroup>();

  constructor(options: SchedulerOptions) {
    this.#batched = options.dynamicBatching && options.maxBatchSize > 0;
    this.#maxRows = options.maxBatchSize > 0 ? options.maxBatchSize : Infinity;
    this.#delayUs = this.#batched ? options.maxQueueDelayUs : 0;
    this.#preferred = new Set(this.#batched ? options.preferredBatchSizes : []);
    this.#preferredMax = Math.max(0, ...this.#preferred);
    this.#sizeMin = this.#preferred.size > 0 ? Math.min(...this.#preferred) : this.#maxRows;
  }

  /** To be called after something entered or left the group, or became urgent. */
  touch(group: ShapeGroup): void {
    if (this.#delayUs === 0) return;
    if (group.segments.length > 0) this.#touched.add(group);
    else this.#touched.delete(group);
  }

  /** The next batch, or undefined when nothing is ready. */
  next(queue: PendingQueue, nowUs: number, draining: boolean): BatchPlan | undefined {
    if (this.#delayUs === 0 || draining) {
      this.#touched.clear();
      const first = queue.first;
      return first === undefined ? undefined : this.#plan(first.group!, nowUs, draining);
    }
    for (;;) {
      const group = this.#candidate(queue, nowUs);
      if (group === undefined) return undefined;
      const plan = this.#plan(group, nowUs, false);
      if (plan !== undefined) return plan;
      this.#touched.delete(group);
    }
  }

  /** When a delay ends next; undefined for never. */
  nextDelayEndUs(queue: PendingQueue): number | undefined {
    if (this.#delayUs === 0) return undefined;
    let endUs: number | undefined;
    for (const lane of queue.lanes) {
      const laneEndUs = this.#delayEndUs(lane.queue.head!.item);
      if (endUs === undefined || laneEndUs < endUs) endUs = laneEndUs;
    }
    return endUs;
  }

  #candidate(queue: PendingQueue, nowUs: number): ShapeGroup | undefined {
    let best: ShapeGroup | undefined;
    for (const lane of queue.lanes) {
      const head = lane.queue.head!.item;
      if (nowUs < this.#delayEndUs(head)) continue;
      best = head.group!;
      break;
    }
    for (const group of this.#touched) {
      if (best === undefined || group.precedes(best)) best = group;
    }
    return best;
  }

  #plan(group: ShapeGroup, nowUs: number, draining: boolean): BatchPlan | undefined {
    if (!this.#batched) return this.#single(group.head!);
    if (this.#delayUs > 0 && !draining && this.#tooEarly(group, nowUs)) return undefined;
    const walk = this.#walk(group);
    const { plan } = walk;
    const held = this.#delayUs > 0 && !draining;
    const delayOver = nowUs >= walk.delayEndUs;
    if (walk.preferredCount > 0 && !(this.#delayUs > 0 && (delayOver || draining))) {
      truncate(plan, walk.preferredCount);
      plan.cut =
        plan.rows === this.#maxRows ? 'full' : this.#preferred.has(plan.rows) ? 'preferred_size' : 'unbatchable_next';
    } else if (plan.rows === this.#maxRows) plan.cut = 'full';
    else if (walk.nextDoesNotFit) plan.cut = 'unbatchable_next';
    else if (this.#delayUs === 0) plan.cut = 'no_delay';
    else if (delayOver) plan.cut = 'queue_delay';
    else if (this.#preferredMax > 0 && plan.rows >= this.#preferredMax) plan.cut = 'preferred_size';
    else if (!held) plan.cut = 'draining';
    else if (walk.urgent) plan.cut = 'deadline';
    else return undefined;
    return plan;
  }

  /** An urgent request counts as held here: the walk finds it, and names the deadline as the reason. */
  #delayEndUs(request: PendingRequest): number {
    return request.held || request.urgent ? request.enqueuedUs + this.#delayUs : -Infinity;
  }

  /** Spares the walk over a group that fills up slowly. */
  #tooEarly(group: ShapeGroup, nowUs: number): boolean {
    if (group.rows >= this.#sizeMin || group.unheldRequests > 0) return false;
    return group.segments.every((segment) => nowUs < this.#delayEndUs(segment.queue.head!.item));
  }

  /** One request alone, or as much of it as a batch may hold. */
  #single(request: PendingRequest): BatchPlan {
    const rows = Math.min(request.rowsLeft, this.#maxRows);
    return { group: request.group!, members: [request], takes: [rows], rows, cut: 'unbatched' };
  }

  /** Fills a batch from the group in order; stops at the first request that does not fit, so that none is overtaken. */
  #walk(group: ShapeGroup): Walk {
    const plan: BatchPlan = { group, members: [], takes: [], rows: 0, cut: 'full' };
    const walk: Walk = { plan, preferredCount: 0, nextDoesNotFit: false, urgent: false, delayEndUs: Infinity };
    let preferredExact = false;
    for (const segment of group.segments) {
      for (let link = segment.queue.head; link !== undefined; link = link.next) {
        const request = link.item;
        const free = this.#maxRows - plan.rows;
        if (free === 0) return walk;
        if (request.rowsLeft > free && !request.splittable) {
          walk.nextDoesNotFit = true;
          return walk;
        }
        const take = Math.min(request.rowsLeft, free);
        if (
          !preferredExact &&
          walk.preferredCount === 0 &&
          plan.rows > 0 &&
          plan.rows + take > this.#preferredMax &&
          this.#preferredMax > 0
        ) {
          walk.preferredCount = plan.members.length;
        }
        plan.members.push(request);
        plan.takes.push(take);
        plan.rows += take;
        walk.urgent ||= request.urgent;
        walk.delayEndUs = Math.min(walk.delayEndUs, this.#delayEndUs(request));
        if (this.#preferred.has(plan.rows)) {
          preferredExact = true;
          walk.preferredCount = plan.members.length;
        }
      }
    }
    return walk;
  }
}

interface Walk {
  readonly plan: BatchPlan;
  /** Members of the best batch by preferred size; 0 for none. */
  preferredCount: number;
  nextDoesNotFit: boolean;
  urgent: boolean;
  /** The earliest among the members. */
  delayEndUs: number;
}

/** Leaves the first `count` members in the plan. */
export function truncate(plan: BatchPlan, count: number): void {
  while (plan.members.length > count) {
    plan.members.pop();
    plan.rows -= plan.takes.pop()!;
  }
}
