import type { DynamicBatching, ModelConfig, QueuePolicy } from '@rangefinder/repository';
import type { QueuePolicyOptions, SchedulerOptions } from '@rangefinder/scheduling';

export interface SchedulerLimits {
  readonly instances: number;
  readonly maxPendingRequests: number;
  readonly maxPendingBytes: number;
}

/** Triton's names to the scheduler's. */
export function schedulerOptions(config: ModelConfig, limits: SchedulerLimits): SchedulerOptions {
  const batching: Partial<DynamicBatching> = config.dynamic_batching ?? {};
  const policies = Object.entries(batching.priority_queue_policy ?? {});
  return {
    maxBatchSize: config.max_batch_size,
    dynamicBatching: config.dynamic_batching !== undefined && config.max_batch_size > 0,
    preferredBatchSizes: batching.preferred_batch_size ?? [],
    maxQueueDelayUs: batching.max_queue_delay_microseconds ?? 0,
    preserveOrdering: batching.preserve_ordering ?? false,
    priorityLevels: batching.priority_levels ?? 0,
    defaultPriorityLevel: batching.default_priority_level ?? 0,
    defaultQueuePolicy: queuePolicy(batching.default_queue_policy),
    priorityQueuePolicies: new Map(policies.map(([level, policy]) => [Number(level), queuePolicy(policy)])),
    ...limits,
  };
}

function queuePolicy(policy: QueuePolicy | undefined): QueuePolicyOptions {
  return {
    timeoutAction: policy?.timeout_action === 'DELAY' ? 'delay' : 'reject',
    defaultTimeoutUs: policy?.default_timeout_microseconds ?? 0,
    allowTimeoutOverride: policy?.allow_timeout_override ?? true,
    maxQueueSize: policy?.max_queue_size ?? 0,
  };
}
