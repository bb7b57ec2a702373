import {
  createScheduler,
  OrderedRelease,
  type BatchPart,
  type Decision,
  type QueuedRequest,
  type QueuePolicyOptions,
  type Refusal,
  type Scheduler,
  type SchedulerOptions,
  type SchedulerSnapshot,
} from '@rangefinder/scheduling';
import type { Outcome } from './scheduler-ledger.ts';
import type { OutcomeRelease } from './simulated-driver.ts';

/** Ways to break a scheduler: wrong options, wrong requests, garbled decisions, and a wrapper for anything else. */
export type CreateScheduler = (options: SchedulerOptions) => Scheduler;

/** Passes everything on; a mutant overrides what it gets wrong. */
export class PassingScheduler implements Scheduler {
  protected readonly inner: Scheduler;

  constructor(options: SchedulerOptions) {
    this.inner = createScheduler(options);
  }

  enqueue(request: QueuedRequest, nowUs: number): Refusal | undefined {
    return this.inner.enqueue(request, nowUs);
  }

  cancel(requestId: number, nowUs: number): void {
    this.inner.cancel(requestId, nowUs);
  }

  batchFinished(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted', nowUs: number): void {
    this.inner.batchFinished(batchId, outcome, nowUs);
  }

  poll(nowUs: number): readonly Decision[] {
    return this.inner.poll(nowUs);
  }

  nextWakeUs(): number | undefined {
    return this.inner.nextWakeUs();
  }

  drain(): void {
    this.inner.drain();
  }

  get idle(): boolean {
    return this.inner.idle;
  }

  get snapshot(): SchedulerSnapshot {
    return this.inner.snapshot;
  }
}

/** The real scheduler, told something wrong about its options. */
export function misconfigured(change: (options: SchedulerOptions) => Partial<SchedulerOptions>): CreateScheduler {
  return (options) => createScheduler({ ...options, ...change(options) });
}

/** The real scheduler, told something wrong about each request. */
export function misinformed(change: (request: QueuedRequest) => Partial<QueuedRequest>): CreateScheduler {
  return (options) =>
    new (class extends PassingScheduler {
      override enqueue(request: QueuedRequest, nowUs: number): Refusal | undefined {
        return this.inner.enqueue({ ...request, ...change(request) }, nowUs);
      }
    })(options);
}

/** The real scheduler, whose decisions are garbled. */
export function garbled(change: (decision: Decision) => readonly Decision[]): CreateScheduler {
  return (options) =>
    new (class extends PassingScheduler {
      override poll(nowUs: number): readonly Decision[] {
        return this.inner.poll(nowUs).flatMap(change);
      }
    })(options);
}

export function withParts(change: (parts: readonly BatchPart[]) => readonly BatchPart[]): CreateScheduler {
  return garbled((decision) => {
    if (decision.kind !== 'start') return [decision];
    return [{ ...decision, batch: { ...decision.batch, parts: change(decision.batch.parts) } }];
  });
}

export function eachPart(change: (part: BatchPart) => BatchPart): CreateScheduler {
  return withParts((parts) => parts.map(change));
}

export function twice(kind: Decision['kind']): CreateScheduler {
  return garbled((decision) => (decision.kind === kind ? [decision, decision] : [decision]));
}

export function without(kind: Decision['kind']): CreateScheduler {
  return garbled((decision) => (decision.kind === kind ? [] : [decision]));
}

export function wakingAt(
  change: (wakeUs: number | undefined, nowUs: number, idle: boolean) => number | undefined,
): CreateScheduler {
  return (options) =>
    new (class extends PassingScheduler {
      #nowUs = 0;

      override poll(nowUs: number): readonly Decision[] {
        this.#nowUs = nowUs;
        return this.inner.poll(nowUs);
      }

      override nextWakeUs(): number | undefined {
        return change(this.inner.nextWakeUs(), this.#nowUs, this.idle || this.inner.snapshot.queuedRequests === 0);
      }
    })(options);
}

export function scaledTimeouts(
  options: SchedulerOptions,
  timeoutAction: 'reject' | 'delay',
  factor: number,
): Partial<SchedulerOptions> {
  const scale = (policy: QueuePolicyOptions): QueuePolicyOptions =>
    policy.timeoutAction === timeoutAction
      ? { ...policy, allowTimeoutOverride: false, defaultTimeoutUs: policy.defaultTimeoutUs * factor }
      : policy;
  return {
    defaultQueuePolicy: scale(options.defaultQueuePolicy),
    priorityQueuePolicies: new Map([...options.priorityQueuePolicies].map(([level, policy]) => [level, scale(policy)])),
  };
}

/** Refuses whatever has a deadline once it has seen some runs, whatever they were. */
export class GuessingScheduler extends PassingScheduler {
  readonly #runsMin: number;
  #runs = 0;

  constructor(options: SchedulerOptions, runsMin: number) {
    super(options);
    this.#runsMin = runsMin;
  }

  override enqueue(request: QueuedRequest, nowUs: number): Refusal | undefined {
    if (request.deadlineUs === Infinity || this.#runs < this.#runsMin) return this.inner.enqueue(request, nowUs);
    return { code: 'DEADLINE_EXCEEDED', message: 'a guess' };
  }

  override batchFinished(batchId: number, outcome: 'succeeded' | 'failed' | 'aborted', nowUs: number): void {
    this.#runs += 1;
    this.inner.batchFinished(batchId, outcome, nowUs);
  }
}

/** Lets every result out at once. */
export class HastyRelease implements OutcomeRelease {
  readonly size = 0;

  admit(): void {}

  settle<T>(requestId: number, value: T): readonly { readonly requestId: number; readonly value: T }[] {
    return [{ requestId, value }];
  }

  forget(): readonly [] {
    return [];
  }
}

/** Goes on waiting for the results of requests that were cancelled or refused. */
export class ForgetfulRelease extends OrderedRelease<Outcome> {
  override forget(): readonly [] {
    return [];
  }
}
