import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

const policy = {
  timeoutAction: 'reject',
  defaultTimeoutUs: 100,
  allowTimeoutOverride: false,
  maxQueueSize: 0,
} as const;

describe('a clock that misbehaves', () => {
  test('a step back counts as no time; what waits is due after as much time as before', () => {
    const line = new Timeline({ maxQueueDelayUs: 100 });
    line.at(1_000_000).add(1);
    line.at(1_000_040).poll();
    assert.deepEqual(line.at(20).poll(), []);
    // 60 µs are left, on the clock as it is now.
    assert.equal(line.scheduler.nextWakeUs(), 80);
    assert.deepEqual(line.at(79).poll(), []);
    assert.deepEqual(line.at(80).poll(), ['start 1: 1 queue_delay']);
    assert.equal(line.batches[0]!.explanation.oldestWaitedUs, 100);
  });

  test('a deadline given after a step back is on the new clock', () => {
    const line = new Timeline({});
    line.at(1_000).add(1);
    line.at(0).add(2, { deadlineUs: 50 });
    assert.equal(line.scheduler.nextWakeUs(), 50);
    assert.deepEqual(line.at(50).poll(), ['refuse 2: DEADLINE_EXCEEDED']);
  });

  test('a step ahead makes due what lies in it, and nothing else', () => {
    const line = new Timeline({ defaultQueuePolicy: policy });
    line.add(1);
    line.add(2, { deadlineUs: 50 });
    line.add(3);
    assert.deepEqual(line.at(1e9).poll(), ['refuse 2: DEADLINE_EXCEEDED', 'refuse 3: UNAVAILABLE']);
    line.add(4);
    assert.deepEqual(line.finish(1), ['start 2: 4 no_delay']);
  });

  test('a run across a step ahead teaches little', () => {
    const line = new Timeline({});
    line.learn(1, 1_000, 40);
    line.learn(1, 1e6, 1);
    // One run counts at most eightfold: the mean is below 2 ms, not at 125.
    assert.equal(line.enqueue(1, { deadlineUs: line.nowUs + 10_000 }), undefined);
  });
});
