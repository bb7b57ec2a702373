import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { orderByScore } from '../src/funnel/candidate-table.ts';
import { RequestMemory } from '../src/funnel/request-memory.ts';

describe('orderByScore', () => {
  it('puts finite scores best first, then those that are not, equals by id', () => {
    const scores = fc.array(
      fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, 1e308, -1e308, Number.NaN, Infinity, -Infinity)),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(scores, (values) => {
        const ids = values.map((_, i) => `i${(i * 7) % 41}`);
        const order = orderByScore(Float64Array.from(values), ids, new RequestMemory());
        assert.deepEqual(order.toSorted(), Uint32Array.from(values.keys()));
        for (let i = 1; i < order.length; i++) {
          const [a, b] = [order[i - 1]!, order[i]!];
          const [x, y] = [values[a]!, values[b]!];
          if (Number.isFinite(x) && Number.isFinite(y)) assert.ok(x > y || (x === y && ids[a]! < ids[b]!));
          else assert.ok(!Number.isFinite(y) && (Number.isFinite(x) || ids[a]! < ids[b]!));
        }
      }),
    );
  });
});
