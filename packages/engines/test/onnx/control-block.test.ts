import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ControlBlock, LIMITS, SLOT_WORD, THREAD_STATE } from '../../src/onnx/threads/control-block.ts';

function blockWith(models: readonly { readonly limit: number; readonly slots: readonly number[] }[]): ControlBlock {
  const control = new ControlBlock();
  for (const [model, { limit, slots }] of models.entries()) {
    control.setModelLimit(model, limit);
    for (const slot of slots) control.words[control.slotWords(slot) + SLOT_WORD.model] = model;
  }
  return control;
}

describe('control block', () => {
  test('ready slots are claimed in order, each once', () => {
    const control = blockWith([{ limit: 100, slots: [3, 1, 2] }]);
    for (const slot of [3, 1, 2]) control.push(slot);
    assert.deepEqual([control.claim(0), control.claim(1), control.claim(0), control.claim(1)], [3, 1, 2, -1]);
    assert.equal(control.running(0), 3);
  });

  test('a model at its limit is passed over until a run of it ends', () => {
    const control = blockWith([
      { limit: 1, slots: [0, 1] },
      { limit: 1, slots: [2] },
    ]);
    for (const slot of [0, 1, 2]) control.push(slot);
    assert.equal(control.claim(0), 0);
    assert.equal(control.claim(1), 2);
    assert.equal(control.claim(2), -1);
    control.finishRun(2);
    assert.equal(control.claim(2), -1);
    control.finishRun(0);
    assert.equal(control.claim(2), 1);
    assert.equal(control.running(0), 1);
    assert.equal(control.running(1), 0);
  });

  test('what is taken back is not claimed, and what is claimed is not taken back', () => {
    const control = blockWith([{ limit: 9, slots: [0, 1] }]);
    const positions = [control.push(0), control.push(1)];
    assert.equal(control.takeBack(positions[0]!, 0), true);
    assert.equal(control.takeBack(positions[0]!, 0), false);
    assert.equal(control.claim(0), 1);
    assert.equal(control.takeBack(positions[1]!, 1), false);
    assert.equal(control.claim(0), -1);
    assert.equal(control.running(0), 1);
  });

  test('the ring goes round any number of times', () => {
    const control = blockWith([{ limit: 2, slots: [5] }]);
    for (let i = 0; i < 5 * LIMITS.slots; i += 1) {
      control.push(5);
      assert.equal(control.claim(0), 5);
      control.finishRun(5);
    }
    assert.equal(control.claim(0), -1);
    assert.equal(control.ringSpan, 0);
  });

  test('finished slots are taken in order, per thread', () => {
    const control = new ControlBlock();
    for (let i = 0; i < 3 * LIMITS.slots; i += 1) {
      control.pushDone(1, i % 7);
      control.pushDone(2, 100);
      assert.equal(control.takeDone(1), i % 7);
      assert.equal(control.takeDone(2), 100);
      assert.equal(control.takeDone(1), -1);
    }
  });

  test('a sleeping thread is woken once, and does not end once it is woken', () => {
    const control = new ControlBlock();
    assert.equal(control.wake(0), false);
    control.setThreadState(0, THREAD_STATE.sleeping);
    assert.equal(control.wake(0), true);
    assert.equal(control.wake(0), false);
    assert.equal(control.endThread(0), false);
    control.setThreadState(0, THREAD_STATE.sleeping);
    assert.equal(control.endThread(0), true);
    assert.equal(control.wake(0), false);
  });

  test('any sequence of pushes, claims, ends and take-backs keeps limits and loses nothing', () => {
    const steps = fc.array(
      fc.record({ kind: fc.constantFrom('push', 'claim', 'finish', 'takeBack'), pick: fc.nat() }),
      { maxLength: 300 },
    );
    const property = fc.property(steps, (sequence) => {
      const limits = [1, 2, 3];
      const slots = Array.from({ length: 12 }, (_, slot) => slot);
      const control = blockWith(
        limits.map((limit, model) => ({ limit, slots: slots.filter((slot) => slot % 3 === model) })),
      );
      const ready = new Map<number, number>();
      const running = new Set<number>();
      const runningOf = (model: number): number => [...running].filter((slot) => slot % 3 === model).length;
      for (const { kind, pick } of sequence) {
        const idle = slots.filter((slot) => !ready.has(slot) && !running.has(slot));
        if (kind === 'push' && idle.length > 0) {
          const slot = idle[pick % idle.length]!;
          ready.set(slot, control.push(slot));
        } else if (kind === 'claim') {
          const expected = [...ready.keys()].find((slot) => runningOf(slot % 3) < limits[slot % 3]!) ?? -1;
          assert.equal(control.claim(0), expected);
          if (expected >= 0) {
            ready.delete(expected);
            running.add(expected);
          }
        } else if (kind === 'finish' && running.size > 0) {
          const slot = [...running][pick % running.size]!;
          running.delete(slot);
          control.finishRun(slot);
        } else if (kind === 'takeBack' && ready.size > 0) {
          const [slot, position] = [...ready][pick % ready.size]!;
          assert.equal(control.takeBack(position, slot), true);
          ready.delete(slot);
        }
        for (const model of limits.keys()) assert.equal(control.running(model), runningOf(model));
      }
    });
    fc.assert(property, { numRuns: 200 });
  });
});
