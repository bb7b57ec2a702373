import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { QueuePolicyOptions } from '../src/index.ts';
import { Timeline } from './timeline.ts';

const policy = (fields: Partial<QueuePolicyOptions>): QueuePolicyOptions => ({
  timeoutAction: 'reject',
  defaultTimeoutUs: 0,
  allowTimeoutOverride: false,
  maxQueueSize: 0,
  ...fields,
});

describe('priorities', () => {
  test('a higher level goes first, and lower ones fill its batch up', () => {
    const line = new Timeline({ priorityLevels: 3, defaultPriorityLevel: 2, maxBatchSize: 3 });
    line.add(1);
    line.add(2, { priority: 3 });
    line.add(3, { priority: 2 });
    line.add(4, { priority: 1 });
    line.add(5, { priority: 1 });
    assert.deepEqual(line.finish(1), ['start 2: 4 5 3 full']);
    assert.deepEqual(line.finish(2), ['start 3: 2 no_delay']);
  });

  test('0 and anything past the last level are the default level', () => {
    const line = new Timeline({ priorityLevels: 3, defaultPriorityLevel: 2, maxBatchSize: 1 });
    line.add(1);
    line.add(2, { priority: 3 });
    line.add(3, { priority: 0 });
    line.add(4, { priority: 99 });
    line.add(5, { priority: 1 });
    const order = [1, 2, 3, 4].flatMap((batch) => line.finish(batch));
    assert.deepEqual(order, ['start 2: 5 full', 'start 3: 3 full', 'start 4: 4 full', 'start 5: 2 full']);
  });

  test('another shape of a higher level goes before', () => {
    const line = new Timeline({ priorityLevels: 2, defaultPriorityLevel: 2 });
    line.add(1);
    line.add(2, { shapeKey: 'a' });
    line.add(3, { shapeKey: 'b', priority: 1 });
    line.add(4, { shapeKey: 'b' });
    assert.deepEqual(line.finish(1), ['start 2: 3 4 no_delay']);
  });
});

describe('queue timeouts', () => {
  test('reject: refused when it is over, without a batch in the way', () => {
    const line = new Timeline({ defaultQueuePolicy: policy({ defaultTimeoutUs: 100 }) });
    line.add(1);
    line.at(10).add(2);
    assert.equal(line.scheduler.nextWakeUs(), 110);
    assert.deepEqual(line.at(109).poll(), []);
    assert.deepEqual(line.at(110).poll(), ['refuse 2: UNAVAILABLE']);
    assert.match(line.refusals.get(2)!.message, /waited 100 µs of the 100 µs/);
    // 1 runs, and has left the queue.
    assert.deepEqual(line.at(500).poll(), []);
    line.finish(1);
    assert.ok(line.scheduler.idle);
  });

  test('delay: demoted behind all of its level, before the next level', () => {
    const line = new Timeline({
      maxBatchSize: 1,
      priorityLevels: 2,
      defaultPriorityLevel: 1,
      defaultQueuePolicy: policy({ defaultTimeoutUs: 100, timeoutAction: 'delay' }),
      priorityQueuePolicies: new Map([[2, policy({})]]),
    });
    line.add(1);
    line.add(2);
    line.at(50).add(3);
    line.add(4, { priority: 2 });
    assert.deepEqual(line.at(100).finish(1), ['start 2: 3 full']);
    assert.deepEqual(line.finish(2), ['start 3: 2 full']);
    assert.deepEqual(line.finish(3), ['start 4: 4 full']);
  });

  test('a demoted request is not held back by the queue delay', () => {
    const line = new Timeline({
      maxQueueDelayUs: 1_000,
      defaultQueuePolicy: policy({ defaultTimeoutUs: 100, timeoutAction: 'delay' }),
    });
    line.add(1);
    assert.deepEqual(line.at(100).poll(), ['start 1: 1 queue_delay']);
  });

  test('a request may ask for less than the policy, where that is allowed, and never for more', () => {
    const timeouts = (fields: Partial<QueuePolicyOptions>, timeoutUs: number): number | undefined => {
      const line = new Timeline({ defaultQueuePolicy: policy(fields) });
      line.add(1, { timeoutUs: 1 });
      line.add(2, { timeoutUs });
      return line.scheduler.nextWakeUs();
    };
    assert.equal(timeouts({ defaultTimeoutUs: 100, allowTimeoutOverride: true }, 50), 50);
    assert.equal(timeouts({ defaultTimeoutUs: 100, allowTimeoutOverride: true }, 500), 100);
    assert.equal(timeouts({ defaultTimeoutUs: 100, allowTimeoutOverride: true }, 0), 100);
    assert.equal(timeouts({ defaultTimeoutUs: 100 }, 50), 100);
    assert.equal(timeouts({ allowTimeoutOverride: true }, 50), 50);
    assert.equal(timeouts({}, 50), undefined);
  });

  test('each level has its own policy', () => {
    const line = new Timeline({
      priorityLevels: 2,
      defaultPriorityLevel: 2,
      defaultQueuePolicy: policy({ defaultTimeoutUs: 100 }),
      priorityQueuePolicies: new Map([[1, policy({ defaultTimeoutUs: 300, maxQueueSize: 1 })]]),
    });
    line.add(1);
    line.add(2);
    line.add(3, { priority: 1 });
    assert.equal(line.enqueue(4, { priority: 1 })?.code, 'QUEUE_FULL');
    assert.deepEqual(line.at(100).poll(), ['refuse 2: UNAVAILABLE']);
    assert.deepEqual(line.at(300).poll(), ['refuse 3: UNAVAILABLE']);
  });
});

describe('limits', () => {
  test('maxQueueSize counts what waits in the level, demoted requests included', () => {
    const line = new Timeline({
      defaultQueuePolicy: policy({ maxQueueSize: 2, defaultTimeoutUs: 10, timeoutAction: 'delay' }),
    });
    line.add(1);
    line.add(2);
    line.add(3);
    line.at(20).poll();
    assert.deepEqual(line.enqueue(4), {
      code: 'QUEUE_FULL',
      message: 'Exceeds the maximum queue size of 2 requests at priority level 1.',
    });
    line.cancel(2);
    assert.equal(line.enqueue(4), undefined);
  });

  test('maxPendingRequests counts what waits and what runs', () => {
    const line = new Timeline({ maxPendingRequests: 2 });
    line.add(1);
    line.add(2);
    assert.deepEqual(line.enqueue(3), { code: 'QUEUE_FULL', message: 'Exceeds the limit of 2 pending requests.' });
    line.finish(1);
    assert.equal(line.enqueue(3), undefined);
  });

  test('maxPendingBytes counts bytes, and a request that could never fit is told so', () => {
    const line = new Timeline({ maxPendingBytes: 100 });
    line.add(1, { payloadBytes: 60 });
    const refusal = line.enqueue(2, { payloadBytes: 41 });
    assert.equal(refusal?.code, 'QUEUE_FULL');
    assert.match(refusal.message, /limit of 100 pending bytes: 60 are pending and the request has 41/);
    assert.equal(line.enqueue(3, { payloadBytes: 40 }), undefined);
    assert.equal(line.enqueue(4, { payloadBytes: 101 })?.code, 'INVALID_ARGUMENT');
  });

  test('once run times are known, a refusal says when to come back', () => {
    const line = new Timeline({ maxPendingRequests: 20, maxBatchSize: 4 });
    line.learn(4, 10_000);
    for (let id = 1; id <= 20; id++) line.enqueue(id);
    line.poll();
    // 16 rows wait: four batches of 10 ms each, after the one that runs.
    assert.equal(line.enqueue(21)?.retryAfterMs, 50);
  });

  test('what is malformed is refused by name', () => {
    const line = new Timeline({});
    const message = (fields: object): string | undefined => line.enqueue(1, fields)?.message;
    assert.match(message({ rows: 0 })!, /^rows: expected a whole number of at least 1, got 0/);
    assert.match(message({ rows: 1.5 })!, /^rows/);
    assert.match(message({ payloadBytes: -1 })!, /^payloadBytes/);
    assert.match(message({ priority: -1 })!, /^priority/);
    assert.match(message({ timeoutUs: Number.NaN })!, /^timeout/);
    assert.match(message({ deadlineUs: Number.NaN })!, /^deadlineUs/);
    assert.ok(line.scheduler.idle);
  });
});
