import { Link } from './linked-queue.ts';
import type { Lane, ShapeGroup } from './pending-queue.ts';
import type { RunningBatch } from './running-batches.ts';

/** A request between admission and its end: it waits, it runs in parts, or both. Times are on the scheduler's own clock. */
export class PendingRequest {
  readonly id: number;
  readonly rows: number;
  readonly shapeKey: string;
  readonly payloadBytes: number;
  readonly level: number;
  readonly enqueuedUs: number;
  readonly deadlineUs: number;
  /** Larger than the batch limit: may be cut at any row. Anything else runs whole. */
  readonly splittable: boolean;

  /** When the queue policy acts on it; Infinity for never, and once it has acted or a part has started. */
  timeoutAtUs: number;
  readonly timeoutUs: number;
  /** Whether it may be held back for its batch to grow: not once it is late, urgent or has begun. See `PendingQueue.unhold`. */
  held = true;
  /** Held back any longer, it would miss its deadline. */
  urgent = false;

  rowsStarted = 0;
  rowsFinished = 0;
  /** The batches its parts run in. */
  readonly running: RunningBatch[] = [];
  /** False once it was answered, refused or cancelled: what still runs of it is for nobody. */
  alive = true;

  /** Had a batch's beginning to itself, and passes its turn on to the next that comes. */
  hadTurn = false;
  /** Position in its lane; grows. */
  position = 0;
  lane: Lane | undefined = undefined;
  group: ShapeGroup | undefined = undefined;
  readonly laneLink: Link<PendingRequest>;
  readonly groupLink: Link<PendingRequest>;

  /** When something may have to be done about it, and its place in the heap of those; -1 when it is not in it. */
  alarmUs = Infinity;
  heapIndex = -1;

  constructor(fields: PendingRequestFields) {
    this.id = fields.id;
    this.rows = fields.rows;
    this.shapeKey = fields.shapeKey;
    this.payloadBytes = fields.payloadBytes;
    this.level = fields.level;
    this.enqueuedUs = fields.enqueuedUs;
    this.deadlineUs = fields.deadlineUs;
    this.timeoutUs = fields.timeoutUs;
    this.timeoutAtUs = fields.timeoutUs === 0 ? Infinity : fields.enqueuedUs + fields.timeoutUs;
    this.splittable = fields.splittable;
    this.laneLink = new Link<PendingRequest>(this);
    this.groupLink = new Link<PendingRequest>(this);
  }

  /** Rows that no batch has taken yet. */
  get rowsLeft(): number {
    return this.rows - this.rowsStarted;
  }

  get queued(): boolean {
    return this.lane !== undefined;
  }
}

export interface PendingRequestFields {
  readonly id: number;
  readonly rows: number;
  readonly shapeKey: string;
  readonly payloadBytes: number;
  readonly level: number;
  readonly enqueuedUs: number;
  readonly deadlineUs: number;
  /** Queue timeout in force; 0 for none. */
  readonly timeoutUs: number;
  readonly splittable: boolean;
}
