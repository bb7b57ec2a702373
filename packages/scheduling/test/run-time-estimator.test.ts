import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RunTimeEstimator } from '../src/run-time-estimator.ts';

function learned(...runs: readonly (readonly [rows: number, durationUs: number])[]): RunTimeEstimator {
  const estimator = new RunTimeEstimator();
  for (let round = 0; round < 40; round++)
    for (const [rows, durationUs] of runs) estimator.observe(rows, durationUs, round);
  return estimator;
}

const near = (actual: number | undefined, expected: number): void => {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= expected / 100,
    `${actual}, expected about ${expected}`,
  );
};

describe('RunTimeEstimator', () => {
  test('knows nothing before four runs of a size', () => {
    const estimator = new RunTimeEstimator();
    for (let run = 0; run < 3; run++) estimator.observe(1, 100, run);
    assert.equal(estimator.expectedUs(1, 3), undefined);
    estimator.observe(1, 100, 3);
    assert.equal(estimator.expectedUs(1, 3), 100);
  });

  test('interpolates between sizes, scales down below the smallest, stays level above the largest', () => {
    const estimator = learned([8, 800], [16, 1_200]);
    near(estimator.expectedUs(8, 40), 800);
    near(estimator.expectedUs(12, 40), 1_000);
    near(estimator.expectedUs(2, 40), 200);
    near(estimator.expectedUs(1_000, 40), 1_200);
  });

  test('brackets runs that vary', () => {
    const estimator = new RunTimeEstimator();
    for (let run = 0; run < 50; run++) estimator.observe(4, run % 2 === 0 ? 800 : 1_200, run);
    assert.ok(estimator.atLeastUs(4, 50)! < 800);
    assert.ok(estimator.atMostUs(4, 50)! > 1_200);
  });

  test('an aborted run teaches only that it would have taken longer', () => {
    const estimator = learned([1, 1_000]);
    estimator.observeAborted(1, 10, 40);
    near(estimator.expectedUs(1, 40), 1_000);
    for (let run = 0; run < 40; run++) estimator.observeAborted(1, 3_000, 40 + run);
    assert.ok(estimator.expectedUs(1, 80)! > 2_900);
  });

  test('one run that hung does not count for what it was', () => {
    const estimator = learned([1, 1_000]);
    estimator.observe(1, 3_600e6, 40);
    assert.ok(estimator.expectedUs(1, 41)! < 2_000);
  });

  test('never thinks a smaller batch slower than a larger one', () => {
    const run = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10_000 }));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        const estimator = new RunTimeEstimator();
        runs.forEach(([rows, durationUs], index) => estimator.observe(rows, durationUs, index));
        for (const estimate of ['expectedUs', 'atLeastUs', 'atMostUs'] as const) {
          let previous = 0;
          for (let rows = 1; rows <= 130; rows++) {
            const us = estimator[estimate](rows, runs.length) ?? previous;
            assert.ok(us >= previous - 1e-9, `${estimate} ${rows}: ${us} after ${previous}`);
            previous = us;
          }
        }
      }),
    );
  });
});
