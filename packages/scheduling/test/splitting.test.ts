import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

describe('requests larger than a batch', () => {
  test('are cut in parts that cover each row once, over all instances at once', () => {
    const line = new Timeline({ instances: 2, maxBatchSize: 4 });
    assert.deepEqual(line.add(1, { rows: 10 }), ['start 1: 1[0+4] full', 'start 2: 1[4+4] full']);
    assert.deepEqual(line.finish(2), ['start 3: 1[8+2] no_delay']);
    line.finish(1);
    assert.equal(line.scheduler.idle, false);
    line.finish(3);
    assert.equal(line.scheduler.idle, true);
  });

  test('are split without dynamic batching, too', () => {
    const line = new Timeline({ dynamicBatching: false, maxBatchSize: 4 });
    assert.deepEqual(line.add(1, { rows: 5 }), ['start 1: 1[0+4] unbatched']);
    assert.deepEqual(line.finish(1), ['start 2: 1[4+1] unbatched']);
  });

  test('let others in between their parts, and fill up what these leave over', () => {
    const line = new Timeline({ maxBatchSize: 4 });
    line.add(1, { rows: 15 });
    line.add(2);
    line.add(3, { rows: 2 });
    assert.deepEqual(line.finish(1), ['start 2: 2 1[4+3] full']);
    // There 1 only took what was left over, so it keeps its turn, before 3.
    assert.deepEqual(line.finish(2), ['start 3: 1[7+4] full']);
    assert.deepEqual(line.finish(3), ['start 4: 3[0+2] 1[11+2] full']);
    assert.deepEqual(line.finish(4), ['start 5: 1[13+2] no_delay']);
  });

  test('keep their place where answers keep their order', () => {
    const line = new Timeline({ maxBatchSize: 4, preserveOrdering: true });
    line.add(1, { rows: 7 });
    line.add(2);
    assert.deepEqual(line.finish(1), ['start 2: 1[4+3] 2 full']);
  });

  test('are not held back by the queue delay once they have begun', () => {
    const line = new Timeline({ maxBatchSize: 4, maxQueueDelayUs: 1_000 });
    line.add(1, { rows: 6 });
    assert.deepEqual(line.at(10).finish(1), ['start 2: 1[4+2] queue_delay']);
  });

  test('do not time out in the queue once they have begun', () => {
    const line = new Timeline({
      maxBatchSize: 4,
      defaultQueuePolicy: {
        timeoutAction: 'reject',
        defaultTimeoutUs: 10,
        allowTimeoutOverride: false,
        maxQueueSize: 0,
      },
    });
    line.add(1, { rows: 6 });
    assert.equal(line.scheduler.nextWakeUs(), undefined);
    assert.deepEqual(line.at(500).finish(1), ['start 2: 1[4+2] no_delay']);
  });

  test('are gone as a whole when a part fails; the other parts are aborted or never start', () => {
    const line = new Timeline({ instances: 2, maxBatchSize: 4 });
    line.add(1, { rows: 16 });
    assert.deepEqual(line.finish(1, 'failed'), ['abort 2']);
    assert.deepEqual(line.scheduler.snapshot, { queuedRequests: 0, queuedRows: 0, queuedBytes: 0, runningBatches: 1 });
    line.finish(2, 'aborted');
    assert.ok(line.scheduler.idle);
  });

  test('a batch that others share goes on when a part of theirs is for nobody', () => {
    const line = new Timeline({ maxBatchSize: 4, instances: 2 });
    line.add(1, { rows: 9 });
    line.add(2);
    assert.deepEqual(line.finish(1), ['start 3: 2 1[8+1] no_delay']);
    assert.deepEqual(line.cancel(1), ['abort 2']);
    assert.deepEqual(line.cancel(2), ['abort 3']);
  });

  test('a deadline that passes between parts refuses the request and aborts what runs', () => {
    const line = new Timeline({ maxBatchSize: 4 });
    line.add(1, { rows: 8, deadlineUs: 100 });
    assert.equal(line.scheduler.nextWakeUs(), 100);
    assert.deepEqual(line.at(100).poll(), ['refuse 1: DEADLINE_EXCEEDED', 'abort 1']);
    assert.equal(line.scheduler.snapshot.queuedRows, 0);
  });
});

describe('cancellation', () => {
  test('what waits is dropped', () => {
    const line = new Timeline({});
    line.add(1);
    line.add(2);
    assert.deepEqual(line.cancel(2), []);
    assert.deepEqual(line.finish(1), []);
    assert.ok(line.scheduler.idle);
  });

  test('a running batch is aborted when nobody is left in it', () => {
    const line = new Timeline({});
    line.add(1);
    line.add(2);
    line.add(3);
    line.finish(1);
    assert.deepEqual(line.cancel(2), []);
    assert.deepEqual(line.cancel(3), ['abort 2']);
    assert.equal(line.scheduler.idle, false);
    assert.equal(line.scheduler.snapshot.runningBatches, 1);
    assert.deepEqual(line.add(4), []);
    assert.deepEqual(line.finish(2, 'aborted'), ['start 3: 4 no_delay']);
  });

  test('of parts that wait and run does both', () => {
    const line = new Timeline({ maxBatchSize: 4 });
    line.add(1, { rows: 9 });
    assert.deepEqual(line.cancel(1), ['abort 1']);
    assert.equal(line.scheduler.snapshot.queuedRows, 0);
  });

  test('no abort is asked for a batch whose end was reported before the poll', () => {
    const line = new Timeline({});
    line.add(1);
    line.scheduler.cancel(1, 0);
    assert.deepEqual(line.finish(1), []);
  });

  test('of something unknown, finished or refused is nothing', () => {
    const line = new Timeline({});
    line.add(1);
    line.finish(1);
    assert.deepEqual(line.cancel(1), []);
    assert.deepEqual(line.cancel(77), []);
  });
});

describe('mistakes of a driver', () => {
  test('a pending id that comes again and a batch that does not run are INTERNAL errors', () => {
    const line = new Timeline({});
    line.add(1);
    assert.throws(() => line.enqueue(1), { code: 'INTERNAL', message: /request 1 is already pending/ });
    assert.throws(() => line.finish(9), { code: 'INTERNAL', message: /no batch 9/ });
    assert.throws(() => line.at(Number.NaN).poll(), { code: 'INTERNAL', message: /nowUs/ });
  });

  test('an id may come again once its request has ended', () => {
    const line = new Timeline({});
    line.add(1);
    line.finish(1);
    assert.deepEqual(line.add(1), ['start 2: 1 no_delay']);
  });
});

describe('failure', () => {
  test('of a batch frees its instance and forgets its requests without a refusal', () => {
    const line = new Timeline({});
    line.add(1);
    line.add(2);
    assert.deepEqual(line.finish(1, 'failed'), ['start 2: 2 no_delay']);
    assert.deepEqual(line.finish(2, 'aborted'), []);
    assert.ok(line.scheduler.idle);
  });
});
