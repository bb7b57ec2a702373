import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

describe('nextWakeUs', () => {
  test('is now after anything happened that was not polled for', () => {
    const line = new Timeline({});
    assert.equal(line.scheduler.nextWakeUs(), undefined);
    line.at(5).enqueue(1);
    assert.equal(line.scheduler.nextWakeUs(), 5);
    line.poll();
    assert.equal(line.scheduler.nextWakeUs(), undefined);
    line.enqueue(2);
    line.poll();
    line.scheduler.cancel(1, 6);
    assert.equal(line.scheduler.nextWakeUs(), 6);
    line.at(6).poll();
    line.scheduler.batchFinished(1, 'aborted', 7);
    assert.equal(line.scheduler.nextWakeUs(), 7);
    line.at(7).poll();
    line.scheduler.drain();
    assert.equal(line.scheduler.nextWakeUs(), 7);
  });

  test('is the earliest of delays, timeouts and deadlines, and no delay counts while no instance is free', () => {
    const line = new Timeline({
      maxQueueDelayUs: 100,
      maxBatchSize: 2,
      defaultQueuePolicy: {
        timeoutAction: 'reject',
        defaultTimeoutUs: 300,
        allowTimeoutOverride: true,
        maxQueueSize: 0,
      },
    });
    line.add(1);
    assert.equal(line.scheduler.nextWakeUs(), 100);
    line.add(2);
    line.at(10).add(3);
    assert.equal(line.scheduler.nextWakeUs(), 310);
    line.add(4, { timeoutUs: 200, shapeKey: 'b' });
    assert.equal(line.scheduler.nextWakeUs(), 210);
    assert.deepEqual(line.at(20).finish(1), []);
    assert.equal(line.scheduler.nextWakeUs(), 110);
  });

  test('a poll for nothing changes nothing', () => {
    const line = new Timeline({ maxQueueDelayUs: 100 });
    line.add(1);
    for (const nowUs of [1, 2, 50]) assert.deepEqual(line.at(nowUs).poll(), []);
    assert.equal(line.scheduler.nextWakeUs(), 100);
  });
});
