import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

describe('without a queue delay', () => {
  test('a lone request starts at once', () => {
    const line = new Timeline({});
    assert.deepEqual(line.at(7).add(1), ['start 1: 1 no_delay']);
    assert.equal(line.scheduler.nextWakeUs(), undefined);
  });

  test('a batch forms of what queued while the instance was busy', () => {
    const line = new Timeline({});
    line.add(1);
    assert.deepEqual(line.at(10).add(2), []);
    assert.deepEqual(line.at(20).add(3, { rows: 2 }), []);
    assert.deepEqual(line.at(30).finish(1), ['start 2: 2 3[0+2] no_delay']);
    const { parts, rows, explanation } = line.batches[1]!;
    assert.equal(rows, 3);
    assert.deepEqual(
      parts.map((part) => part.waitedUs),
      [20, 10],
    );
    assert.deepEqual(explanation, {
      cut: 'no_delay',
      queuedRequestsBefore: 2,
      queuedRowsBefore: 3,
      oldestWaitedUs: 20,
    });
  });

  test('a batch stops at the limit, and before a request that does not fit', () => {
    const line = new Timeline({ maxBatchSize: 4 });
    line.add(1);
    for (const [id, rows] of [
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 2],
      [6, 1],
    ] as const) {
      line.add(id, { rows });
    }
    assert.deepEqual(line.finish(1), ['start 2: 2[0+2] 3[0+2] full']);
    // 6 would fit beside 4, but would overtake 5.
    assert.deepEqual(line.finish(2), ['start 3: 4[0+3] unbatchable_next']);
    assert.deepEqual(line.finish(3), ['start 4: 5[0+2] 6 no_delay']);
  });

  test('several instances run at once, no more', () => {
    const line = new Timeline({ instances: 2 });
    assert.deepEqual(line.add(1), ['start 1: 1 no_delay']);
    assert.deepEqual(line.add(2), ['start 2: 2 no_delay']);
    assert.deepEqual(line.add(3), []);
    assert.deepEqual(
      line.batches.map((batch) => batch.instance),
      [0, 1],
    );
    line.finish(2);
    assert.equal(line.batches[2]!.instance, 1);
    assert.equal(line.scheduler.snapshot.runningBatches, 2);
  });
});

describe('queue delay', () => {
  test('holds a request back until it is over', () => {
    const line = new Timeline({ maxQueueDelayUs: 100 });
    assert.deepEqual(line.at(5).add(1), []);
    assert.equal(line.scheduler.nextWakeUs(), 105);
    assert.deepEqual(line.at(60).add(2), []);
    assert.deepEqual(line.at(104).poll(), []);
    assert.deepEqual(line.at(105).poll(), ['start 1: 1 2 queue_delay']);
  });

  test('ends when the batch is full, or cannot grow', () => {
    const line = new Timeline({ maxQueueDelayUs: 100, maxBatchSize: 4, instances: 3 });
    assert.deepEqual(line.add(1, { rows: 3 }), []);
    assert.deepEqual(line.add(2), ['start 1: 1[0+3] 2 full']);
    assert.deepEqual(line.add(3, { rows: 3 }), []);
    assert.deepEqual(line.add(4, { rows: 2 }), ['start 2: 3[0+3] unbatchable_next']);
    assert.equal(line.scheduler.snapshot.queuedRows, 2);
  });

  test('counts time that was spent waiting for an instance', () => {
    const line = new Timeline({ maxQueueDelayUs: 100, maxBatchSize: 1 });
    line.add(1);
    line.add(2);
    assert.equal(line.scheduler.nextWakeUs(), undefined);
    assert.deepEqual(line.at(500).finish(1), ['start 2: 2 full']);
  });

  test('one shape does not wait for another', () => {
    const line = new Timeline({ maxQueueDelayUs: 100, maxBatchSize: 2, instances: 2 });
    line.add(1, { shapeKey: 'slow' });
    line.at(10).add(2, { shapeKey: 'fast' });
    assert.deepEqual(line.at(20).add(3, { shapeKey: 'fast' }), ['start 1: 2 3 full']);
    assert.deepEqual(line.at(100).poll(), ['start 2: 1 queue_delay']);
  });
});

describe('preferred sizes', () => {
  test('the largest that can be had is taken, the rest stays for the next batch', () => {
    const line = new Timeline({ maxBatchSize: 16, preferredBatchSizes: [8, 4] });
    line.add(1);
    for (let id = 2; id <= 12; id++) line.add(id);
    assert.deepEqual(line.finish(1), ['start 2: 2 3 4 5 6 7 8 9 preferred_size']);
    assert.deepEqual(line.finish(2), ['start 3: 10 11 12 no_delay']);
  });

  test('with a delay, less than a preferred size waits for it', () => {
    const line = new Timeline({ preferredBatchSizes: [3], maxQueueDelayUs: 100, instances: 4 });
    line.add(1);
    line.add(2);
    assert.deepEqual(line.add(3), ['start 1: 1 2 3 preferred_size']);
    line.at(10).add(4);
    assert.deepEqual(line.at(110).poll(), ['start 2: 4 queue_delay']);
  });

  test('a batch that would jump over the largest is cut before it, one that starts beyond it goes as it is', () => {
    const line = new Timeline({ maxBatchSize: 16, preferredBatchSizes: [4] });
    line.add(1);
    for (const id of [2, 3, 4]) line.add(id, { rows: 3 });
    line.add(5, { rows: 9 });
    assert.deepEqual(line.finish(1), ['start 2: 2[0+3] unbatchable_next']);
    assert.deepEqual(line.finish(2), ['start 3: 3[0+3] unbatchable_next']);
    assert.deepEqual(line.finish(3), ['start 4: 4[0+3] unbatchable_next']);
    assert.deepEqual(line.finish(4), ['start 5: 5[0+9] no_delay']);
  });

  test('with a delay, a request larger than the largest does not wait', () => {
    const line = new Timeline({ maxBatchSize: 16, preferredBatchSizes: [4], maxQueueDelayUs: 50 });
    assert.deepEqual(line.add(1, { rows: 9 }), ['start 1: 1[0+9] preferred_size']);
  });

  test('once the delay is over, everything that waits goes', () => {
    const line = new Timeline({ maxBatchSize: 16, preferredBatchSizes: [4], maxQueueDelayUs: 50 });
    for (let id = 1; id <= 4; id++) line.add(id);
    for (let id = 5; id <= 10; id++) line.at(10).add(id);
    assert.deepEqual(line.at(100).finish(1), ['start 2: 5 6 7 8 9 10 queue_delay']);
  });
});

describe('requests that run alone', () => {
  test('without dynamic batching each is a batch, and the delay does not count', () => {
    const line = new Timeline({ dynamicBatching: false, maxQueueDelayUs: 100, preferredBatchSizes: [4] });
    assert.deepEqual(line.add(1, { rows: 2 }), ['start 1: 1[0+2] unbatched']);
    line.add(2);
    line.add(3);
    assert.deepEqual(line.finish(1), ['start 2: 2 unbatched']);
    assert.deepEqual(line.finish(2), ['start 3: 3 unbatched']);
  });

  test('without a batch dimension nothing is split', () => {
    const line = new Timeline({ maxBatchSize: 0 });
    assert.deepEqual(line.add(1, { rows: 1 }), ['start 1: 1 unbatched']);
    line.add(2, { rows: 1_000 });
    assert.deepEqual(line.finish(1), ['start 2: 2[0+1000] unbatched']);
  });
});

describe('shapes', () => {
  test('only equal ones share a batch, and the oldest decides which is next', () => {
    const line = new Timeline({});
    line.add(1);
    line.add(2, { shapeKey: 'b' });
    line.add(3, { shapeKey: 'a' });
    line.add(4, { shapeKey: 'b' });
    line.add(5, { shapeKey: 'a' });
    assert.deepEqual(line.finish(1), ['start 2: 2 4 no_delay']);
    assert.deepEqual(line.finish(2), ['start 3: 3 5 no_delay']);
  });

  test('a rare shape is not starved by a common one', () => {
    const line = new Timeline({ maxBatchSize: 2 });
    line.add(0);
    let id = 1;
    for (; id <= 4; id++) line.add(id, { shapeKey: 'common' });
    line.add(99, { shapeKey: 'rare' });
    for (let batch = 1; !line.batches.at(-1)!.parts.some((part) => part.requestId === 99); batch++) {
      assert.ok(batch < 5);
      line.add(++id, { shapeKey: 'common' });
      line.add(++id, { shapeKey: 'common' });
      line.finish(batch);
    }
  });
});

describe('draining', () => {
  test('what is queued is served without delay, new requests are not taken', () => {
    const line = new Timeline({ maxQueueDelayUs: 1_000 });
    line.add(1);
    line.scheduler.drain();
    assert.equal(line.scheduler.nextWakeUs(), 0);
    assert.equal(line.enqueue(2)?.code, 'UNAVAILABLE');
    assert.deepEqual(line.poll(), ['start 1: 1 draining']);
    assert.equal(line.scheduler.idle, false);
    line.finish(1);
    assert.equal(line.scheduler.idle, true);
    assert.equal(line.scheduler.nextWakeUs(), undefined);
  });
});
