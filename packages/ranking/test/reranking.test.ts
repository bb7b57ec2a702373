import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rerank, type AttributeLimit, type Mmr } from '../src/rerank/reranking.ts';

const NO_PINS: ReadonlyMap<number, number> = new Map();

/** Scores best first, as they come to re-ranking. */
const descending = (count: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: count, maxLength: count })
    .map((scores) => Float64Array.from(scores).sort().reverse());

const cases = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc.record({
    scores: descending(count),
    codes: fc
      .array(fc.integer({ min: -1, max: 4 }), { minLength: count, maxLength: count })
      .map((codes) => Int32Array.from(codes)),
    max: fc.integer({ min: 1, max: 3 }),
    window: fc.integer({ min: 1, max: 8 }),
    depth: fc.integer({ min: 1, max: 35 }),
    embeddings: fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: count * 2, maxLength: count * 2 })
      .map((values) => Float32Array.from(values)),
    lambda: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

const ranked = (scores: Float64Array) => ({ scores, tiers: new Uint8Array(scores.length).fill(2) });

function isOver(limit: AttributeLimit, before: readonly number[], position: number): boolean {
  const code = limit.codes[position]!;
  const near = before.slice(Math.max(0, before.length - limit.window + 1));
  return code >= 0 && near.filter((other) => limit.codes[other] === code).length >= limit.max;
}

describe('rerank', () => {
  it('loses nothing and repeats nothing', () => {
    fc.assert(
      fc.property(cases, ({ scores, codes, max, window, depth, embeddings, lambda }) => {
        const limits = [{ attribute: 'a', max, window, codes }];
        const mmr = { lambda, window: 10, dimensions: 2, embeddings };
        const order = rerank({ ranked: ranked(scores), limits, mmr, pins: NO_PINS, depth });
        assert.deepEqual(
          [...order].toSorted((a, b) => a - b),
          [...scores.keys()],
        );
      }),
    );
  });

  it('goes over a limit only where all that is left would, and takes the best that may', () => {
    fc.assert(
      fc.property(cases, ({ scores, codes, max, window, depth }) => {
        const limit = { attribute: 'a', max, window, codes };
        const order = [...rerank({ ranked: ranked(scores), limits: [limit], mmr: undefined, pins: NO_PINS, depth })];
        for (let i = 0; i < Math.min(depth, order.length); i++) {
          const before = order.slice(0, i);
          const left = [...scores.keys()].filter((position) => !before.includes(position));
          const allowed = left.find((position) => !isOver(limit, before, position));
          assert.equal(order[i], allowed ?? left[0]);
        }
      }),
    );
  });

  it('is maximal marginal relevance as the paper has it', () => {
    fc.assert(
      fc.property(cases, ({ scores, embeddings, lambda, depth }) => {
        const mmr: Mmr = { lambda, window: scores.length, dimensions: 2, embeddings };
        const order = [...rerank({ ranked: ranked(scores), limits: [], mmr, pins: NO_PINS, depth })];
        const gainOf = naiveGain(scores, mmr);
        for (let i = 0; i < Math.min(depth, order.length); i++) {
          const before = order.slice(0, i);
          const left = [...scores.keys()].filter((position) => !before.includes(position));
          const best = Math.max(...left.map((position) => gainOf(position, before)));
          assert.ok(gainOf(order[i]!, before) >= best - 1e-5);
        }
      }),
    );
  });

  it('never puts a lower tier before a higher one for being different', () => {
    const scores = Float64Array.of(3, 2, 100, 99);
    const mmr = { lambda: 0, window: 4, dimensions: 2, embeddings: Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1) };
    const order = rerank({
      ranked: { scores, tiers: Uint8Array.of(2, 2, 1, 1) },
      limits: [],
      mmr,
      pins: NO_PINS,
      depth: 4,
    });
    assert.deepEqual(order.slice(0, 2).sort(), Uint32Array.of(0, 1));
  });

  it('puts what is pinned where it is pinned, and fills the places around it', () => {
    const scores = Float64Array.of(5, 4, 3, 2, 1);
    const pins = new Map([
      [0, 4],
      [2, 3],
      [40, 1],
    ]);
    const order = rerank({ ranked: ranked(scores), limits: [], mmr: undefined, pins, depth: 5 });
    assert.deepEqual([...order], [4, 0, 3, 2, 1]);
  });
});

function naiveGain(scores: Float64Array, { lambda, embeddings, dimensions }: Mmr) {
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const vector = (i: number): Float32Array => embeddings.subarray(i * dimensions, (i + 1) * dimensions);
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, d) => sum + value * b[d]!, 0);
  const cosine = (a: Float32Array, b: Float32Array): number => {
    const norm = Math.sqrt(dot(a, a) * dot(b, b));
    return norm === 0 ? 0 : dot(a, b) / norm;
  };
  return (position: number, before: readonly number[]): number => {
    const relevance = high > low ? (scores[position]! - low) / (high - low) : 0;
    const nearest =
      before.length === 0 ? 0 : Math.max(...before.map((other) => cosine(vector(position), vector(other))));
    return lambda * relevance - (1 - lambda) * nearest;
  };
}
