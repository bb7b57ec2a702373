import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogHistogram } from '../src/admin/log-histogram.ts';

const durations = fc.array(fc.double({ min: 1, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 500 });

test('a quantile is within a twentieth of the exact one', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, quantile) => {
      const histogram = new LogHistogram();
      for (const value of values) histogram.add(value);
      const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(quantile * values.length) - 1)] ?? 0;
      const estimate = histogram.quantileUs(quantile) ?? 0;
      assert.ok(Math.abs(estimate - exact) <= exact * 0.05, `${estimate} for ${exact}`);
    }),
  );
});

test('two histograms merged are the histogram of both', () => {
  fc.assert(
    fc.property(durations, durations, (first, second) => {
      const [a, b, both] = [new LogHistogram(), new LogHistogram(), new LogHistogram()];
      for (const value of first) a.add(value);
      for (const value of second) b.add(value);
      for (const value of [...first, ...second]) both.add(value);
      a.merge(b);
      for (const quantile of [0.1, 0.5, 0.99]) assert.equal(a.quantileUs(quantile), both.quantileUs(quantile));
      assert.equal(a.count, both.count);
    }),
  );
});

test('what is out of range is kept at the ends, and an empty one knows nothing', () => {
  const histogram = new LogHistogram();
  assert.equal(histogram.quantileUs(0.5), null);
  for (const odd of [0, -5, NaN, 1e300, Infinity]) histogram.add(odd);
  assert.equal(histogram.count, 5);
  histogram.clear();
  assert.equal(histogram.quantileUs(0.99), null);
});
