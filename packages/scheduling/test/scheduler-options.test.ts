import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileSchedulerOptions, createScheduler, priorityLevelOf } from '../src/index.ts';

describe('compileSchedulerOptions', () => {
  test('completes, sorts and freezes', () => {
    const options = compileSchedulerOptions({ maxBatchSize: 8, preferredBatchSizes: [8, 4, 4] });
    assert.deepEqual(options.preferredBatchSizes, [4, 8]);
    assert.equal(options.instances, 1);
    assert.equal(options.maxPendingRequests, 10_000);
    assert.ok(
      Object.isFrozen(options) &&
        Object.isFrozen(options.defaultQueuePolicy) &&
        Object.isFrozen(options.preferredBatchSizes),
    );
  });

  test('names everything that is wrong at once', () => {
    const policy = {
      timeoutAction: 'reject',
      defaultTimeoutUs: -1,
      allowTimeoutOverride: false,
      maxQueueSize: 0.5,
    } as const;
    const wrong = {
      maxBatchSize: 8,
      preferredBatchSizes: [4, 9],
      maxQueueDelayUs: -1,
      priorityLevels: 2,
      defaultPriorityLevel: 3,
      instances: 0,
      maxPendingRequests: 0,
      priorityQueuePolicies: new Map([[3, policy]]),
    };
    const fields = [
      /^preferredBatchSizes\[1\]: expected a whole number from 1 to 8, got 9/,
      /maxQueueDelayUs: expected a whole number of at least 0, got -1/,
      /defaultPriorityLevel: expected a whole number from 1 to 2, got 3/,
      /instances: /,
      /maxPendingRequests: /,
      /priorityQueuePolicies: level: expected a whole number from 1 to 2, got 3/,
      /priorityQueuePolicies\[3\]\.defaultTimeoutUs: /,
      /priorityQueuePolicies\[3\]\.maxQueueSize: /,
    ];
    for (const message of fields) assert.throws(() => createScheduler(wrong), { code: 'INVALID_ARGUMENT', message });
  });

  test('priorityLevelOf maps as Triton does', () => {
    const options = compileSchedulerOptions({ priorityLevels: 3, defaultPriorityLevel: 2 });
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((priority) => priorityLevelOf(options, priority)),
      [2, 1, 2, 3, 2],
    );
    assert.equal(priorityLevelOf(compileSchedulerOptions({}), 7), 1);
  });
});
