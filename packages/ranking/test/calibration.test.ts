import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { calibrator } from '../src/rerank/calibration.ts';

describe('calibrator', () => {
  it('is linear, a sigmoid, or straight lines between points', () => {
    assert.equal(calibrator({ kind: 'linear', a: 2, b: 1 })(3), 7);
    assert.equal(calibrator({ kind: 'platt', a: -1, b: 0 })(0), 0.5);
    const isotonic = calibrator({ kind: 'isotonic', x: [0, 1, 3], y: [0.1, 0.2, 0.8] });
    assert.deepEqual(
      [-5, 0, 0.5, 1, 2, 3, 9].map((score) => Number(isotonic(score).toFixed(6))),
      [0.1, 0.1, 0.15, 0.2, 0.5, 0.8, 0.8],
    );
    assert.ok(Number.isNaN(isotonic(Number.NaN)));
  });

  it('never turns an order around when it is isotonic', () => {
    const tables = fc
      .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 })
      .map((xs) => xs.toSorted((a, b) => a - b))
      .chain((x) =>
        fc.record({
          x: fc.constant(x),
          y: fc
            .array(fc.integer({ min: 0, max: 100 }), { minLength: x.length, maxLength: x.length })
            .map((y) => y.toSorted((a, b) => a - b)),
        }),
      );
    fc.assert(
      fc.property(tables, fc.double({ noNaN: true }), fc.double({ noNaN: true }), (table, a, b) => {
        const calibrated = calibrator({ kind: 'isotonic', ...table });
        const [low, high] = [calibrated(Math.min(a, b)), calibrated(Math.max(a, b))];
        assert.ok(low <= high + 1e-9);
      }),
    );
  });

  it('refuses tables that are not complete or not in order', () => {
    assert.throws(() => calibrator({ kind: 'linear', a: 1 }), /expected a and b/);
    assert.throws(() => calibrator({ kind: 'isotonic', x: [0, 1], y: [0] }), /one length/);
    assert.throws(() => calibrator({ kind: 'isotonic', x: [0, 0], y: [0, 1] }), /x\[1\]/);
    assert.throws(() => calibrator({ kind: 'isotonic', x: [0, 1], y: [1, 0] }), /y\[1\]/);
  });
});
