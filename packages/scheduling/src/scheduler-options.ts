import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import type { QueuePolicyOptions, SchedulerOptions } from './scheduler.ts';

export const DEFAULT_QUEUE_POLICY: QueuePolicyOptions = Object.freeze({
  timeoutAction: 'reject',
  defaultTimeoutUs: 0,
  allowTimeoutOverride: false,
  maxQueueSize: 0,
});

export const DEFAULT_SCHEDULER_OPTIONS: SchedulerOptions = Object.freeze({
  maxBatchSize: 0,
  dynamicBatching: false,
  preferredBatchSizes: Object.freeze([]),
  maxQueueDelayUs: 0,
  preserveOrdering: false,
  priorityLevels: 0,
  defaultPriorityLevel: 0,
  defaultQueuePolicy: DEFAULT_QUEUE_POLICY,
  priorityQueuePolicies: new Map<number, QueuePolicyOptions>(),
  instances: 1,
  maxPendingRequests: DEFAULT_LIMITS.pendingRequestsPerModel,
  maxPendingBytes: DEFAULT_LIMITS.pendingBytesPerModel,
});

/** More batches at once than any machine runs; keeps a slip of the pen from allocating gigabytes. */
const MAX_INSTANCES = 4096;

/**
 * Defaults filled in, checked and frozen. Throws INVALID_ARGUMENT that names every field that is wrong, all at once.
 * Preferred sizes come back ascending and without doubles.
 */
export function compileSchedulerOptions(given: Partial<SchedulerOptions>): SchedulerOptions {
  const options = { ...DEFAULT_SCHEDULER_OPTIONS, ...given };
  const problems = problemsOf(options);
  const first = problems[0];
  if (first !== undefined) {
    const rest = problems.slice(1).map(({ field, problem }) => `${field}: ${problem}`);
    throw invalidArgument(first.field, [first.problem, ...rest].join('; '));
  }
  const policies = new Map<number, QueuePolicyOptions>();
  for (const [level, policy] of options.priorityQueuePolicies) policies.set(level, Object.freeze({ ...policy }));
  return Object.freeze({
    ...options,
    preferredBatchSizes: Object.freeze([...new Set(options.preferredBatchSizes)].sort((a, b) => a - b)),
    defaultQueuePolicy: Object.freeze({ ...options.defaultQueuePolicy }),
    priorityQueuePolicies: policies,
  });
}

/** The level a request is queued in: 0 and anything past the last level take the default, as in Triton. */
export function priorityLevelOf(
  options: Pick<SchedulerOptions, 'priorityLevels' | 'defaultPriorityLevel'>,
  priority: number,
): number {
  if (options.priorityLevels === 0) return 1;
  return priority === 0 || priority > options.priorityLevels ? options.defaultPriorityLevel : priority;
}

interface Problem {
  readonly field: string;
  readonly problem: string;
}

function problemsOf(options: SchedulerOptions): readonly Problem[] {
  const problems: Problem[] = [];
  const wholeNumber = (field: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void => {
    if (Number.isSafeInteger(value) && value >= least && value <= most) return;
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    problems.push({ field, problem: `expected a whole number ${range}, got ${value}` });
  };
  wholeNumber('maxBatchSize', options.maxBatchSize, 0);
  options.preferredBatchSizes.forEach((size, index) => {
    wholeNumber(`preferredBatchSizes[${index}]`, size, 1, Math.max(1, options.maxBatchSize));
  });
  wholeNumber('maxQueueDelayUs', options.maxQueueDelayUs, 0);
  wholeNumber('priorityLevels', options.priorityLevels, 0);
  if (options.priorityLevels > 0)
    wholeNumber('defaultPriorityLevel', options.defaultPriorityLevel, 1, options.priorityLevels);
  wholeNumber('instances', options.instances, 1, MAX_INSTANCES);
  wholeNumber('maxPendingRequests', options.maxPendingRequests, 1);
  wholeNumber('maxPendingBytes', options.maxPendingBytes, 1);
  checkPolicy('defaultQueuePolicy', options.defaultQueuePolicy, wholeNumber);
  for (const [level, policy] of options.priorityQueuePolicies) {
    wholeNumber('priorityQueuePolicies: level', level, 1, Math.max(1, options.priorityLevels));
    checkPolicy(`priorityQueuePolicies[${level}]`, policy, wholeNumber);
  }
  return problems;
}

function checkPolicy(
  field: string,
  policy: QueuePolicyOptions,
  wholeNumber: (field: string, value: number, least: number) => void,
): void {
  wholeNumber(`${field}.defaultTimeoutUs`, policy.defaultTimeoutUs, 0);
  wholeNumber(`${field}.maxQueueSize`, policy.maxQueueSize, 0);
}
