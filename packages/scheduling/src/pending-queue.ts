import { LinkedQueue } from './linked-queue.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * What waits, in two orders at once:
 *
 *     lanes (who is next)             groups (who may share a batch)
 *     level 1          a c e          key x:  level 1: a e │ level 2: b
 *     level 1, late    -              key y:  level 1: c   │ level 2: d
 *     level 2          b d
 *
 * A lane is a priority level, or the requests of that level whose timeout demoted them behind it. Lanes are served in order
 * and each from its oldest, so the next batch is built from the group of the oldest request of the first lane: no shape can
 * starve another. Requests of later lanes with the same shape fill that batch up.
 *
 * Lanes and groups exist only while something is in them, whatever priorities and shapes clients send.
 */
export class PendingQueue {
  readonly #lanes: Lane[] = [];
  readonly #groups = new Map<string, ShapeGroup>();
  #nextPosition = 0;
  #requests = 0;
  #rows = 0;
  #bytes = 0;

  get requests(): number {
    return this.#requests;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In the order in which they are served. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  get first(): PendingRequest | undefined {
    return this.#lanes[0]?.queue.head?.item;
  }

  /** Requests that wait in one level, demoted ones included. */
  requestsInLevel(level: number): number {
    let count = 0;
    for (const lane of this.#lanes) if (lane.level === level) count += lane.queue.size;
    return count;
  }

  /** Puts a request at the end of its level, or behind the level when it is late. */
  push(request: PendingRequest, late: boolean): ShapeGroup {
    const rank = 2 * request.level + (late ? 1 : 0);
    const lane = this.#laneAt(rank, request.level);
    let group = this.#groups.get(request.shapeKey);
    if (group === undefined) {
      group = new ShapeGroup(request.shapeKey);
      this.#groups.set(request.shapeKey, group);
    }
    request.position = this.#nextPosition++;
    request.lane = lane;
    request.group = group;
    lane.queue.push(request.laneLink);
    lane.rows += request.rowsLeft;
    group.push(request, rank);
    this.#requests += 1;
    this.#rows += request.rowsLeft;
    this.#bytes += request.payloadBytes;
    const before = lane.queue.head!.item;
    if (before.hadTurn) this.passTurn(before);
    return group;
  }

  /** Takes a request out with all rows it has left. */
  remove(request: PendingRequest): void {
    const lane = request.lane!;
    const group = request.group!;
    lane.queue.remove(request.laneLink);
    lane.rows -= request.rowsLeft;
    if (lane.queue.size === 0) this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    group.remove(request, lane.rank);
    if (group.segments.length === 0) this.#groups.delete(group.shapeKey);
    request.lane = undefined;
    request.group = undefined;
    this.#requests -= 1;
    this.#rows -= request.rowsLeft;
    this.#bytes -= request.payloadBytes;
  }

  /** Counts rows out that a batch took; the request leaves with its last row. */
  takeRows(request: PendingRequest, rows: number): void {
    if (rows === request.rowsLeft) {
      this.remove(request);
    } else {
      request.lane!.rows -= rows;
      request.group!.rows -= rows;
      this.#rows -= rows;
    }
    request.rowsStarted += rows;
  }

  /** From now on no queue delay holds this request back. */
  unhold(request: PendingRequest): void {
    if (!request.held) return;
    request.held = false;
    if (request.group !== undefined) request.group.unheldRequests += 1;
  }

  /** Sends a request to the end of its lane; one that is alone there, once another comes. */
  passTurn(request: PendingRequest): void {
    const lane = request.lane!;
    request.hadTurn = lane.queue.size === 1;
    if (request.hadTurn) return;
    const queue = request.group!.segmentAt(lane.rank)!.queue;
    lane.queue.remove(request.laneLink);
    lane.queue.push(request.laneLink);
    queue.remove(request.groupLink);
    queue.push(request.groupLink);
    request.position = this.#nextPosition++;
  }

  #laneAt(rank: number, level: number): Lane {
    const lanes = this.#lanes;
    let index = lanes.length;
    while (index > 0 && lanes[index - 1]!.rank >= rank) {
      index -= 1;
      if (lanes[index]!.rank === rank) return lanes[index]!;
    }
    const lane = { rank, level, queue: new LinkedQueue<PendingRequest>(), rows: 0 };
    lanes.splice(index, 0, lane);
    return lane;
  }
}

export interface Lane {
  /** Twice the level, plus one for those demoted behind it. */
  readonly rank: number;
  readonly level: number;
  readonly queue: LinkedQueue<PendingRequest>;
  /** Rows not taken yet. */
  rows: number;
}

interface Segment {
  readonly rank: number;
  readonly queue: LinkedQueue<PendingRequest>;
}

/** Requests that may share a batch, in the order in which they would enter one. */
export class ShapeGroup {
  readonly shapeKey: string;
  readonly segments: Segment[] = [];
  rows = 0;
  /** Those that must not be held back. */
  unheldRequests = 0;

  constructor(shapeKey: string) {
    this.shapeKey = shapeKey;
  }

  get head(): PendingRequest | undefined {
    return this.segments[0]?.queue.head?.item;
  }

  segmentAt(rank: number): Segment | undefined {
    for (const segment of this.segments) if (segment.rank === rank) return segment;
    return undefined;
  }

  push(request: PendingRequest, rank: number): void {
    let segment = this.segmentAt(rank);
    if (segment === undefined) {
      segment = { rank, queue: new LinkedQueue<PendingRequest>() };
      let index = this.segments.length;
      while (index > 0 && this.segments[index - 1]!.rank > rank) index -= 1;
      this.segments.splice(index, 0, segment);
    }
    segment.queue.push(request.groupLink);
    this.rows += request.rowsLeft;
    if (!request.held) this.unheldRequests += 1;
  }

  remove(request: PendingRequest, rank: number): void {
    const segment = this.segmentAt(rank)!;
    segment.queue.remove(request.groupLink);
    if (segment.queue.size === 0) this.segments.splice(this.segments.indexOf(segment), 1);
    this.rows -= request.rowsLeft;
    if (!request.held) this.unheldRequests -= 1;
  }

  /** Whether this group is served before `other`. Both hold something. */
  precedes(other: ShapeGroup): boolean {
    const mine = this.segments[0]!;
    const theirs = other.segments[0]!;
    if (mine.rank !== theirs.rank) return mine.rank < theirs.rank;
    return mine.queue.head!.item.position < theirs.queue.head!.item.position;
  }
}
