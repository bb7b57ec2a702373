/**
 * The decisions of one model version's queue. Pure: time and events go in, decisions come out. No clock, timer, promise,
 * randomness or I/O; a driver (in `serving`) owns those, and the simulator (in `testing`) is another driver.
 *
 * The driver calls `enqueue`, `cancel`, `batchFinished` as things happen, and after each of them, and at `nextWakeUs`,
 * calls `poll` and carries out what it returns, in order.
 */
export interface Scheduler {
  /** Takes a request in, or says why not. A request that is refused here is forgotten. */
  enqueue(request: QueuedRequest, nowUs: number): Refusal | undefined;
  /** The client went away. What waits is dropped; a running batch is aborted when nobody waits for it any more. */
  cancel(requestId: number, nowUs: number): void;
  /** A run ended, well or not; its instance is free again. */
  batchFinished(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted', nowUs: number): void;
  poll(nowUs: number): readonly Decision[];
  /** When to poll again if nothing happens before; undefined for not at all. */
  nextWakeUs(): number | undefined;
  /** No more requests are taken; what is queued is still served. */
  drain(): void;
  /** No request waits or runs. */
  readonly idle: boolean;
  readonly snapshot: SchedulerSnapshot;
}

export interface QueuedRequest {
  readonly id: number;
  /** Size of the batch dimension; 1 where the model has none. May be larger than the batch limit: it is split. */
  readonly rows: number;
  /** Only requests with equal keys share a batch. */
  readonly shapeKey: string;
  readonly payloadBytes: number;
  /** 1 is the highest; 0 takes the default level. */
  readonly priority: number;
  /** Queue timeout asked for, µs; 0 takes the policy's. */
  readonly timeoutUs: number;
  /** When the answer is worthless; Infinity for never. On the driver's monotonic clock. */
  readonly deadlineUs: number;
}

export type Decision =
  | { readonly kind: 'start'; readonly batch: Batch }
  /** The request gets this refusal as its answer; parts of it that run are aborted or ignored. */
  | { readonly kind: 'refuse'; readonly requestId: number; readonly refusal: Refusal }
  /** Nobody waits for this batch any more: cancel the run. The driver still reports batchFinished. */
  | { readonly kind: 'abort'; readonly batchId: number };

export interface Batch {
  readonly id: number;
  readonly instance: number;
  readonly rows: number;
  readonly shapeKey: string;
  /** In the order of their rows in the batch. */
  readonly parts: readonly BatchPart[];
  readonly explanation: BatchExplanation;
}

/** Rows [rowOffset, rowOffset + rows) of a request. A request that fits is one part with offset 0. */
export interface BatchPart {
  readonly requestId: number;
  readonly rowOffset: number;
  readonly rows: number;
  /** Time from enqueue to this batch's start. */
  readonly waitedUs: number;
}

export interface BatchExplanation {
  readonly cut:
    | 'full'
    | 'preferred_size'
    | 'queue_delay'
    | 'no_delay'
    | 'deadline'
    | 'unbatchable_next'
    | 'draining'
    | 'unbatched';
  readonly queuedRequestsBefore: number;
  readonly queuedRowsBefore: number;
  readonly oldestWaitedUs: number;
}

export interface Refusal {
  readonly code: 'QUEUE_FULL' | 'DEADLINE_EXCEEDED' | 'UNAVAILABLE' | 'INVALID_ARGUMENT';
  /** For people: what limit, what value. */
  readonly message: string;
  readonly retryAfterMs?: number;
}

export interface SchedulerSnapshot {
  readonly queuedRequests: number;
  readonly queuedRows: number;
  readonly queuedBytes: number;
  readonly runningBatches: number;
}

/** Compiled once, frozen. */
export interface SchedulerOptions {
  /** Rows in one batch; 0 for a model without batch dimension: every request is a batch of its own and is never split. */
  readonly maxBatchSize: number;
  /** Whether requests may share a batch; without it each runs alone (and is still split at maxBatchSize). */
  readonly dynamicBatching: boolean;
  readonly preferredBatchSizes: readonly number[];
  readonly maxQueueDelayUs: number;
  readonly preserveOrdering: boolean;
  readonly priorityLevels: number;
  readonly defaultPriorityLevel: number;
  readonly defaultQueuePolicy: QueuePolicyOptions;
  readonly priorityQueuePolicies: ReadonlyMap<number, QueuePolicyOptions>;
  /** Batches that may run at once. */
  readonly instances: number;
  readonly maxPendingRequests: number;
  readonly maxPendingBytes: number;
}

export interface QueuePolicyOptions {
  readonly timeoutAction: 'reject' | 'delay';
  readonly defaultTimeoutUs: number;
  readonly allowTimeoutOverride: boolean;
  /** 0: only maxPendingRequests limits it. */
  readonly maxQueueSize: number;
}
