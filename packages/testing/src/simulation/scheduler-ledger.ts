import type { QueuedRequest, QueuePolicyOptions, SchedulerOptions } from '@rangefinder/scheduling';

export type Outcome = 'pending' | 'result' | 'failed' | 'refused' | 'cancelled';

/** What the outside knows of one admitted request. Times are on the ledger's clock, which never goes back. */
export interface LedgerRequest {
  readonly id: number;
  readonly rows: number;
  readonly shapeKey: string;
  readonly bytes: number;
  readonly level: number;
  readonly enqueuedUs: number;
  readonly deadlineUs: number;
  readonly timeoutAtUs: number;
  readonly policy: QueuePolicyOptions;
  readonly oversized: boolean;
  /** Place in the order of its level; an oversized request gets a new one after each turn. */
  turn: number;
  passesTurn: boolean;
  /** What `isLate` said when its first part started; it stays where it was. */
  startedLate: boolean;
  rowsStarted: number;
  rowsFinished: number;
  outcome: Outcome;
}

export interface LedgerBatch {
  readonly id: number;
  readonly instance: number;
  readonly rows: number;
  readonly startedUs: number;
  readonly parts: readonly { readonly requestId: number; readonly rows: number }[];
  abortAsked: boolean;
}

/**
 * A naive second account of what the scheduler holds, kept only from what goes in and comes out. Everything is found by looking
 * through all requests; it shares no code or idea with the scheduler's queues.
 */
export class SchedulerLedger {
  readonly options: SchedulerOptions;
  readonly requests = new Map<number, LedgerRequest>();
  readonly batches = new Map<number, LedgerBatch>();
  draining = false;
  nowUs = 0;
  longestRunUs = 0;
  runsSeen = 0;
  #driverUs: number | undefined;
  #nextTurn = 0;

  constructor(options: SchedulerOptions) {
    this.options = options;
  }

  /** Follows the driver's clock ahead; a step back is no time. */
  advance(driverUs: number): void {
    if (this.#driverUs !== undefined) this.nowUs += Math.max(0, driverUs - this.#driverUs);
    this.#driverUs = driverUs;
  }

  /** A time of the driver's clock, as it is set now. */
  fromDriver(driverUs: number): number {
    return this.nowUs + (driverUs - (this.#driverUs ?? 0));
  }

  get batched(): boolean {
    return this.options.dynamicBatching && this.options.maxBatchSize > 0;
  }

  get delayUs(): number {
    return this.batched && !this.draining ? this.options.maxQueueDelayUs : 0;
  }

  get maxRows(): number {
    return this.options.maxBatchSize > 0 ? this.options.maxBatchSize : Infinity;
  }

  get pending(): LedgerRequest[] {
    return [...this.requests.values()].filter((request) => request.outcome === 'pending');
  }

  /** Those with rows that no batch has taken. */
  get waiting(): LedgerRequest[] {
    return this.pending.filter((request) => request.rowsStarted < request.rows);
  }

  levelOf(priority: number): number {
    const { priorityLevels, defaultPriorityLevel } = this.options;
    if (priorityLevels === 0) return 1;
    return priority >= 1 && priority <= priorityLevels ? priority : defaultPriorityLevel;
  }

  policyOf(level: number): QueuePolicyOptions {
    return this.options.priorityQueuePolicies.get(level) ?? this.options.defaultQueuePolicy;
  }

  admit(request: QueuedRequest): LedgerRequest {
    const level = this.levelOf(request.priority);
    const policy = this.policyOf(level);
    let timeoutUs = policy.defaultTimeoutUs === 0 ? Infinity : policy.defaultTimeoutUs;
    if (policy.allowTimeoutOverride && request.timeoutUs > 0) timeoutUs = Math.min(timeoutUs, request.timeoutUs);
    const admitted: LedgerRequest = {
      id: request.id,
      rows: request.rows,
      shapeKey: request.shapeKey,
      bytes: request.payloadBytes,
      level,
      enqueuedUs: this.nowUs,
      deadlineUs: this.fromDriver(request.deadlineUs),
      timeoutAtUs: this.nowUs + timeoutUs,
      policy,
      oversized: request.rows > this.maxRows,
      turn: this.#nextTurn++,
      passesTurn: false,
      startedLate: false,
      rowsStarted: 0,
      rowsFinished: 0,
      outcome: 'pending',
    };
    this.requests.set(admitted.id, admitted);
    for (const other of this.waiting) if (other.passesTurn && this.rankOf(other) === 2 * level) this.passTurn(other);
    return admitted;
  }

  /** A large request had its turn: it goes behind the others of its rank, or behind the next that comes if there are none. */
  passTurn(request: LedgerRequest): void {
    const rank = this.rankOf(request);
    const others = this.waiting.some((other) => other !== request && this.rankOf(other) === rank);
    request.passesTurn = !others;
    if (others) request.turn = this.#nextTurn++;
  }

  /** Its queue timeout passed before any of it ran, and its policy demotes. */
  isLate(request: LedgerRequest): boolean {
    if (request.rowsStarted > 0) return request.startedLate;
    const { preserveOrdering } = this.options;
    return request.policy.timeoutAction === 'delay' && !preserveOrdering && this.nowUs >= request.timeoutAtUs;
  }

  /** Whether the queue delay may still hold it back: it is over for what waited long enough, is late, or has begun. */
  isHeld(request: LedgerRequest): boolean {
    if (request.rowsStarted > 0 || this.isLate(request)) return false;
    return this.nowUs - request.enqueuedUs < this.options.maxQueueDelayUs;
  }

  /** Lower is served first; two per level. */
  rankOf(request: LedgerRequest): number {
    return 2 * request.level + (this.isLate(request) ? 1 : 0);
  }

  /** Whether anybody still waits for something that runs in the batch. */
  isWanted(batch: LedgerBatch): boolean {
    return batch.parts.some((part) => this.requests.get(part.requestId)?.outcome === 'pending');
  }

  runEnded(batch: LedgerBatch, outcome: 'succeeded' | 'failed' | 'aborted'): void {
    this.batches.delete(batch.id);
    if (outcome === 'failed') return;
    this.runsSeen += 1;
    this.longestRunUs = Math.max(this.longestRunUs, this.nowUs - batch.startedUs);
  }
}
