import { seededRandom, type Random } from '@rangefinder/base';
import { compileSchedulerOptions, type QueuePolicyOptions, type SchedulerOptions } from '@rangefinder/scheduling';

/** A world for one scheduler, all of it drawn from a seed. Times in µs; rates are probabilities per request or run. */
export interface Scenario {
  readonly seed: number;
  readonly options: SchedulerOptions;
  readonly requests: number;
  readonly meanGapUs: number;
  /** Up to this many requests arrive at one instant. */
  readonly burstMax: number;
  readonly burstRate: number;
  /** After an arrival or a cancellation the driver polls so much later, as one does that waits for the next turn of its loop. */
  readonly pollDelayUs: number;
  /** Whether the driver polls after each request of a burst, or once after it. */
  readonly pollInsideBursts: boolean;
  readonly shapeKeys: number;
  readonly oversizedRate: number;
  readonly deadlineRate: number;
  readonly timeoutRate: number;
  readonly payloadBytesMax: number;
  readonly runBaseUs: number;
  readonly runPerRowUs: number;
  readonly slowRate: number;
  readonly failureRate: number;
  readonly cancelRate: number;
  readonly cancelStorms: number;
  readonly clockJumps: number;
  readonly reloads: number;
  /** How late a timer of the driver fires at most. */
  readonly timerLatenessUs: number;
}

export function scenarioFromSeed(seed: number): Scenario {
  const random = seededRandom(seed);
  const options = randomOptions(random);
  const runBaseUs = pick(random, [50, 500, 2_000]);
  const runPerRowUs = pick(random, [0, 5, 100]);
  const batchRows = options.dynamicBatching ? Math.max(1, options.maxBatchSize) : 1;
  const rowsPerUs = (options.instances * batchRows) / (runBaseUs + runPerRowUs * batchRows);
  const load = pick(random, [0.2, 0.8, 1.2, 3]);
  // A request has about a quarter of a batch in rows.
  const meanRows = Math.max(1, options.maxBatchSize / 4);
  return {
    seed,
    options,
    requests: 60 + random.below(240),
    meanGapUs: Math.max(1, Math.round(meanRows / (rowsPerUs * load))),
    burstMax: pick(random, [2, 20, 60]),
    burstRate: pick(random, [0, 0.02, 0.2]),
    pollDelayUs: seed % 3 === 0 ? 20 : 0,
    pollInsideBursts: random.next() < 0.5,
    shapeKeys: pick(random, [1, 1, 2, 5]),
    oversizedRate: pick(random, [0, 0, 0.05, 0.3]),
    deadlineRate: pick(random, [0, 0, 0.3, 1]),
    timeoutRate: pick(random, [0, 0.3, 1]),
    payloadBytesMax: pick(random, [100, 10_000]),
    runBaseUs,
    runPerRowUs,
    slowRate: pick(random, [0, 0, 0.02, 0.2]),
    failureRate: pick(random, [0, 0, 0.05, 0.5]),
    cancelRate: pick(random, [0, 0.05, 0.5]),
    cancelStorms: pick(random, [0, 0, 1, 3]),
    clockJumps: pick(random, [0, 0, 0, 4]),
    reloads: pick(random, [0, 0, 1, 3]),
    timerLatenessUs: pick(random, [0, 0, 1_000]),
  };
}

function randomOptions(random: Random): SchedulerOptions {
  const maxBatchSize = pick(random, [0, 1, 3, 8, 8, 16, 64]);
  const dynamicBatching = random.next() < 0.85;
  const preferredBatchSizes: number[] = [];
  if (maxBatchSize > 1 && random.next() < 0.4) {
    for (let count = 1 + random.below(3); count > 0; count--) preferredBatchSizes.push(1 + random.below(maxBatchSize));
  }
  const priorityLevels = pick(random, [0, 0, 1, 3, 5]);
  const priorityQueuePolicies = new Map<number, QueuePolicyOptions>();
  for (let level = 1; level <= priorityLevels; level++) {
    if (random.next() < 0.5) priorityQueuePolicies.set(level, randomPolicy(random));
  }
  return compileSchedulerOptions({
    maxBatchSize,
    dynamicBatching,
    preferredBatchSizes,
    maxQueueDelayUs: pick(random, [0, 0, 200, 3_000]),
    preserveOrdering: random.next() < 0.3,
    priorityLevels,
    defaultPriorityLevel: priorityLevels === 0 ? 0 : 1 + random.below(priorityLevels),
    defaultQueuePolicy: randomPolicy(random),
    priorityQueuePolicies,
    instances: pick(random, [1, 1, 2, 4]),
    maxPendingRequests: pick(random, [10, 100, 1_000]),
    maxPendingBytes: pick(random, [20_000, 10_000_000]),
  });
}

function randomPolicy(random: Random): QueuePolicyOptions {
  return {
    timeoutAction: random.next() < 0.5 ? 'reject' : 'delay',
    defaultTimeoutUs: pick(random, [0, 0, 1_000, 10_000]),
    allowTimeoutOverride: random.next() < 0.5,
    maxQueueSize: pick(random, [0, 0, 5, 50]),
  };
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!;
}
