import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

describe('deadlines', () => {
  test('one that has passed is refused on arrival', () => {
    const line = new Timeline({});
    assert.deepEqual(line.at(100).enqueue(1, { deadlineUs: 40 }), {
      code: 'DEADLINE_EXCEEDED',
      message: 'The deadline had passed 60 µs before the request was queued.',
    });
  });

  test('one that passes in the queue or during the run is refused then', () => {
    const line = new Timeline({});
    line.add(1, { deadlineUs: 300 });
    line.add(2, { deadlineUs: 200 });
    assert.equal(line.scheduler.nextWakeUs(), 200);
    assert.deepEqual(line.at(200).poll(), ['refuse 2: DEADLINE_EXCEEDED']);
    assert.match(line.refusals.get(2)!.message, /after 200 µs in the queue/);
    assert.deepEqual(line.at(300).poll(), ['refuse 1: DEADLINE_EXCEEDED', 'abort 1']);
    assert.match(line.refusals.get(1)!.message, /while it was running/);
  });

  test('without evidence nothing is refused before its deadline', () => {
    const line = new Timeline({});
    line.learn(1, 1_000, 3);
    const now = line.nowUs;
    assert.deepEqual(line.add(1, { deadlineUs: now + 1 }), ['start 4: 1 no_delay']);
  });

  test('with evidence, what cannot be done in time is refused on arrival', () => {
    const line = new Timeline({});
    line.learn(1, 1_000);
    const now = line.nowUs;
    const refusal = line.enqueue(1, { deadlineUs: now + 500 });
    assert.equal(refusal?.code, 'DEADLINE_EXCEEDED');
    assert.match(refusal.message, /500 µs are left and the request needs about \d+ µs/);
    assert.equal(line.enqueue(2, { deadlineUs: now + 2_000 }), undefined);
  });

  test('the queue before it counts, in full batches over all instances', () => {
    const line = new Timeline({ maxBatchSize: 4, instances: 2 });
    line.learn(4, 1_000, 30);
    line.enqueue(1, { rows: 40 });
    line.poll();
    // 32 rows wait: 8 batches on 2 instances, 4 ms.
    const now = line.nowUs;
    assert.equal(line.enqueue(2, { deadlineUs: now + 3_900 })?.code, 'DEADLINE_EXCEEDED');
    assert.equal(line.enqueue(3, { deadlineUs: now + 5_200 }), undefined);
  });

  test('a higher priority does not count what waits below it', () => {
    const line = new Timeline({ maxBatchSize: 4, priorityLevels: 2, defaultPriorityLevel: 2 });
    line.learn(4, 1_000, 30);
    line.enqueue(1, { rows: 40 });
    line.poll();
    const deadlineUs = line.nowUs + 3_000;
    assert.equal(line.enqueue(2, { deadlineUs })?.code, 'DEADLINE_EXCEEDED');
    assert.equal(line.enqueue(3, { deadlineUs, priority: 1 }), undefined);
  });

  test('while it waits, it is refused as soon as its own run would not fit any more', () => {
    const line = new Timeline({});
    line.learn(1, 1_000, 40);
    const now = line.nowUs;
    line.add(1);
    line.add(2, { deadlineUs: now + 5_000 });
    const wakeUs = line.scheduler.nextWakeUs()!;
    assert.ok(wakeUs >= now + 3_950 && wakeUs < now + 4_100, `${wakeUs - now}`);
    assert.deepEqual(line.at(wakeUs).poll(), ['refuse 2: DEADLINE_EXCEEDED']);
    assert.match(line.refusals.get(2)!.message, /cannot be met/);
  });

  test('evidence is forgotten after two seconds, so that refusals do not last for ever', () => {
    const line = new Timeline({});
    line.learn(1, 50_000);
    assert.equal(line.enqueue(1, { deadlineUs: line.nowUs + 20_000 })?.code, 'DEADLINE_EXCEEDED');
    line.at(line.nowUs + 2_100_000);
    assert.equal(line.enqueue(1, { deadlineUs: line.nowUs + 20_000 }), undefined);
  });

  test('runs that were aborted at their deadline are evidence, too', () => {
    const line = new Timeline({});
    for (let id = 1; id <= 6; id++) {
      const deadlineUs = line.nowUs + 1_000;
      line.add(id, { deadlineUs });
      assert.deepEqual(line.at(deadlineUs).poll(), [`refuse ${id}: DEADLINE_EXCEEDED`, `abort ${id}`]);
      line.finish(id, 'aborted');
    }
    assert.equal(line.enqueue(7, { deadlineUs: line.nowUs + 100 })?.code, 'DEADLINE_EXCEEDED');
  });

  test('a queue delay ends early for a deadline that is near', () => {
    const line = new Timeline({ maxQueueDelayUs: 100_000, maxBatchSize: 4 });
    line.learn(4, 1_000, 40);
    const now = line.nowUs;
    assert.deepEqual(line.add(1, { deadlineUs: now + 10_000 }), []);
    const wakeUs = line.scheduler.nextWakeUs()!;
    assert.ok(wakeUs > now + 8_000 && wakeUs <= now + 9_000, `${wakeUs - now}`);
    const [started] = line.at(wakeUs).poll();
    assert.match(started!, /: 1 deadline$/);
  });

  test('without evidence half the time that is left is kept for the run', () => {
    const line = new Timeline({ maxQueueDelayUs: 100_000 });
    line.add(1, { deadlineUs: 10_000 });
    assert.equal(line.scheduler.nextWakeUs(), 5_000);
    assert.deepEqual(line.at(5_000).poll(), ['start 1: 1 deadline']);
  });
});

describe('a batch in which some would be late', () => {
  /** Run time that grows with the rows: 1 ms each. */
  const perRow = (): Timeline => {
    const line = new Timeline({ maxBatchSize: 64 });
    for (const rows of [1, 8, 16, 32, 64]) line.learn(rows, rows * 1_000, 4);
    return line;
  };

  test('is cut shorter where that costs no throughput', () => {
    const line = perRow();
    line.add(1);
    const deadlineUs = line.nowUs + 50_000;
    for (let id = 2; id <= 64; id++) assert.equal(line.enqueue(id, { deadlineUs }), undefined);
    line.poll();
    line.at(line.nowUs + 1_000);
    const [started, ...rest] = line.finish(line.batches.at(-1)!.id);
    assert.match(started!, /deadline$/);
    assert.deepEqual(rest, []);
    const { rows } = line.batches.at(-1)!;
    assert.ok(rows >= 40 && rows <= 49, `${rows} rows`);
  });

  test('goes on without them where that serves more', () => {
    const line = new Timeline({ maxBatchSize: 64 });
    // A fixed cost of 5 ms, which is what a GPU does.
    for (const rows of [1, 64]) line.learn(rows, 5_000 + 80 * rows, 8);
    line.add(1);
    const now = line.nowUs;
    line.enqueue(2, { deadlineUs: now + 13_000 });
    for (let id = 3; id <= 80; id++) line.enqueue(id, { deadlineUs: now + 60_000 });
    line.poll();
    const decisions = line.at(now + 5_000).finish(line.batches.at(-1)!.id);
    assert.equal(decisions[0], 'refuse 2: DEADLINE_EXCEEDED');
    assert.match(line.refusals.get(2)!.message, /8000 µs are left and a batch of 64 rows needs about \d+ µs/);
    assert.equal(line.batches.at(-1)!.rows, 64);
  });

  test('a lone request that will probably be late is tried', () => {
    const line = new Timeline({});
    // Between 500 and 1500 µs: probably too late in 800, but not surely.
    for (let run = 0; run < 20; run++) line.learn(1, run % 2 === 0 ? 500 : 1_500, 1);
    assert.deepEqual(line.add(1, { deadlineUs: line.nowUs + 800 }).length, 1);
  });
});
