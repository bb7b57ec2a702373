import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EventHeap, FakeClock } from '../src/simulation/index.ts';
import fc from 'fast-check';

describe('FakeClock', () => {
  test('fires timers in order of time, each at its own time, also those set meanwhile', () => {
    const clock = new FakeClock({ nowUs: 1_000 });
    const fired: string[] = [];
    clock.schedule(30, () => fired.push(`c ${clock.nowUs()}`));
    clock.schedule(10, () => {
      fired.push(`a ${clock.nowUs()}`);
      clock.schedule(5, () => fired.push(`b ${clock.nowUs()}`));
    });
    clock.schedule(10, () => fired.push(`a2 ${clock.nowUs()}`));
    clock.advance(29);
    assert.deepEqual(fired, ['a 1010', 'a2 1010', 'b 1015']);
    assert.equal(clock.nowUs(), 1_029);
    assert.equal(clock.pendingTimers, 1);
    assert.ok(clock.advanceToNextTimer());
    assert.deepEqual(fired.at(-1), 'c 1030');
    assert.equal(clock.advanceToNextTimer(), false);
  });

  test('a cancelled timer does not fire, cancelling twice or late does no harm', () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    const gone = clock.schedule(1, () => fired.push('gone'));
    const late = clock.schedule(2, () => fired.push('late'));
    gone.cancel();
    gone.cancel();
    assert.equal(clock.pendingTimers, 1);
    clock.advance(5);
    late.cancel();
    assert.deepEqual(fired, ['late']);
    assert.equal(clock.pendingTimers, 0);
  });

  test('wall time moves with it', () => {
    const clock = new FakeClock({ nowUs: 5, wallMs: 1_000 });
    clock.advance(2_500);
    assert.equal(clock.wallMs(), 1_002);
    assert.throws(() => clock.advance(-1), RangeError);
  });
});

test('EventHeap gives events by time, equal times in the order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const heap = new EventHeap<number>();
      times.forEach((time, index) => heap.push(time, index));
      const popped: number[] = [];
      for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) popped.push(entry.event);
      const expected = times
        .map((time, index) => ({ time, index }))
        .sort((a, b) => a.time - b.time || a.index - b.index);
      assert.deepEqual(
        popped,
        expected.map(({ index }) => index),
      );
    }),
  );
});
