import type { Decision, QueuedRequest, Refusal } from '@rangefinder/scheduling';
import {
  eachPart,
  ForgetfulRelease,
  garbled,
  GuessingScheduler,
  HastyRelease,
  misconfigured,
  misinformed,
  PassingScheduler,
  scaledTimeouts,
  twice,
  wakingAt,
  without,
  withParts,
  type CreateScheduler,
} from './broken-schedulers.ts';
import type { SimulationSettings } from './simulation.ts';
import type { Check } from './violation.ts';

/**
 * Schedulers with one fault each. The simulation must catch every one of them, by the check that is named: a check that no
 * mutant trips over is not known to work.
 */
export interface Mutant {
  readonly name: string;
  /** The checks that catch it, each in some scenario. Others may, too. */
  readonly caughtBy: readonly Check[];
  readonly settings: SimulationSettings;
}

function mutant(name: string, caughtBy: readonly Check[], createMutant: CreateScheduler): Mutant {
  return { name, caughtBy, settings: { createScheduler: createMutant } };
}

const faultsOfAdmission: readonly Mutant[] = [
  mutant(
    'loses a request',
    ['snapshot'],
    (options) =>
      new (class extends PassingScheduler {
        override enqueue(request: QueuedRequest, nowUs: number): Refusal | undefined {
          return request.id % 7 === 0 ? undefined : this.inner.enqueue(request, nowUs);
        }
      })(options),
  ),
  mutant(
    'admits past the limits',
    ['admission'],
    misconfigured(() => ({ maxPendingRequests: 1_000_000, maxPendingBytes: 1e12 })),
  ),
  mutant(
    'refuses before a limit',
    ['refusal'],
    misconfigured(() => ({ maxPendingRequests: 3 })),
  ),
  mutant('refuses deadlines on a guess', ['deadline evidence'], (options) => new GuessingScheduler(options, 0)),
  mutant(
    'refuses deadlines on evidence of something else',
    ['deadline refusal'],
    (options) => new GuessingScheduler(options, 10),
  ),
  mutant(
    'takes requests while it drains',
    ['admission', 'work conserving'],
    (options) =>
      new (class extends PassingScheduler {
        override drain(): void {}
      })(options),
  ),
];

const faultsOfBatches: readonly Mutant[] = [
  mutant(
    'exceeds the batch limit',
    ['batch limit'],
    misconfigured(({ maxBatchSize }) => ({ maxBatchSize: maxBatchSize && maxBatchSize + 1 })),
  ),
  mutant(
    'exceeds the instances',
    ['instance'],
    misconfigured(({ instances }) => ({ instances: instances + 1 })),
  ),
  mutant(
    'leaves an instance unused',
    ['work conserving'],
    misconfigured(({ instances }) => ({ instances: Math.max(1, instances - 1) })),
  ),
  mutant(
    'mixes shapes',
    ['shape'],
    misinformed(() => ({ shapeKey: 'shape 0' })),
  ),
  mutant(
    'batches what must run alone',
    ['batch'],
    misconfigured(() => ({ dynamicBatching: true })),
  ),
  mutant(
    'runs everything alone',
    ['explanation'],
    misconfigured(() => ({ dynamicBatching: false })),
  ),
  mutant(
    'holds a lone request back',
    ['work conserving'],
    misconfigured(({ maxQueueDelayUs }) => ({ maxQueueDelayUs: maxQueueDelayUs + 500 })),
  ),
  mutant(
    'ignores the queue delay',
    ['explanation'],
    misconfigured(() => ({ maxQueueDelayUs: 0 })),
  ),
  mutant('starts a batch twice', ['batch id'], twice('start')),
  mutant(
    'runs a part twice',
    ['part twice'],
    withParts((parts) => [...parts, parts[0]!]),
  ),
  mutant(
    'leaves a part out',
    ['batch', 'batch rows'],
    withParts((parts) => parts.slice(1)),
  ),
  mutant(
    'names a request that does not exist',
    ['known request'],
    eachPart((part) => ({ ...part, requestId: part.requestId + 1e6 })),
  ),
  mutant(
    'repeats the first rows of a large request',
    ['rows once'],
    eachPart((part) => ({ ...part, rowOffset: 0 })),
  ),
  mutant(
    'takes a request apart that fits',
    ['split'],
    eachPart((part) => ({ ...part, rows: Math.max(1, part.rows - 1) })),
  ),
  mutant(
    'gives a reason that is not true',
    ['explanation'],
    garbled((decision) => {
      if (decision.kind !== 'start') return [decision];
      const { batch } = decision;
      return [{ ...decision, batch: { ...batch, explanation: { ...batch.explanation, cut: 'full' } } }];
    }),
  ),
];

const faultsOfOrder: readonly Mutant[] = [
  mutant(
    'turns a batch round',
    ['order in batch'],
    withParts((parts) => parts.toReversed()),
  ),
  mutant(
    'ignores priorities',
    ['oldest first', 'order'],
    misinformed(() => ({ priority: 0 })),
  ),
  mutant(
    'takes turns where answers keep their order, and only there',
    ['order', 'oldest first'],
    misconfigured(({ preserveOrdering }) => ({ preserveOrdering: !preserveOrdering })),
  ),
  {
    name: 'answers as results come in',
    caughtBy: ['preserve ordering'],
    settings: { createRelease: () => new HastyRelease() },
  },
  {
    name: 'waits for answers that never come',
    caughtBy: ['liveness'],
    settings: { createRelease: () => new ForgetfulRelease() },
  },
];

const faultsOfEndings: readonly Mutant[] = [
  mutant(
    'ignores cancellation',
    ['snapshot', 'abort'],
    (options) =>
      new (class extends PassingScheduler {
        override cancel(): void {}
      })(options),
  ),
  mutant(
    'goes on with a request whose part failed',
    ['no work after the end'],
    (options) =>
      new (class extends PassingScheduler {
        override batchFinished(batchId: number, _outcome: string, nowUs: number): void {
          this.inner.batchFinished(batchId, 'succeeded', nowUs);
        }
      })(options),
  ),
  mutant('never aborts', ['abort'], without('abort')),
  mutant(
    'aborts what is wanted',
    ['abort'],
    garbled((decision) =>
      decision.kind === 'start' ? [decision, { kind: 'abort', batchId: decision.batch.id }] : [decision],
    ),
  ),
  mutant('keeps refusals to itself', ['queue timeout', 'deadline'], without('refuse')),
  mutant('refuses twice', ['one outcome'], twice('refuse')),
];

const faultsOfTime: readonly Mutant[] = [
  mutant(
    'forgets queue timeouts',
    ['wake'],
    misconfigured((options) => scaledTimeouts(options, 'reject', 0)),
  ),
  mutant(
    'lets queue timeouts fire early',
    ['refusal'],
    misconfigured((options) => scaledTimeouts(options, 'reject', 0.5)),
  ),
  mutant(
    'demotes nobody',
    ['wake'],
    misconfigured((options) => scaledTimeouts(options, 'delay', 0)),
  ),
  mutant(
    'forgets deadlines',
    ['wake'],
    misinformed(() => ({ deadlineUs: Infinity })),
  ),
  mutant(
    'never wakes',
    ['wake'],
    wakingAt(() => undefined),
  ),
  mutant(
    'oversleeps',
    ['wake'],
    wakingAt((wakeUs) => (wakeUs === undefined ? undefined : wakeUs + 1)),
  ),
  mutant(
    'spins',
    ['liveness'],
    wakingAt((wakeUs, nowUs, idle) => (idle ? wakeUs : nowUs + 1)),
  ),
  mutant(
    'stands still until a clock that went back has caught up',
    ['wake', 'explanation'],
    (options) =>
      new (class extends PassingScheduler {
        #latestUs = -Infinity;

        override poll(nowUs: number): readonly Decision[] {
          this.#latestUs = Math.max(this.#latestUs, nowUs);
          return this.inner.poll(this.#latestUs);
        }
      })(options),
  ),
  mutant(
    'says it is idle when it is not',
    ['idle'],
    (options) =>
      new (class extends PassingScheduler {
        override get idle(): boolean {
          return true;
        }
      })(options),
  ),
];

export const MUTANTS: readonly Mutant[] = [
  ...faultsOfAdmission,
  ...faultsOfBatches,
  ...faultsOfOrder,
  ...faultsOfEndings,
  ...faultsOfTime,
];
