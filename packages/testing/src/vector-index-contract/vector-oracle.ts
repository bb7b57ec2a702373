import type { Random } from '@rangefinder/base';
import type { ItemFilter, VectorHits, VectorIndex } from '@rangefinder/retrieval';

/** Numbers between -1 and 1. */
export function randomVector(random: Random, dimensions: number): Float32Array {
  return Float32Array.from({ length: dimensions }, () => random.next() * 2 - 1);
}

export function filterOf(ids: Iterable<number>): ItemFilter {
  const unique = new Set(ids);
  const bits = new Uint32Array((Math.max(0, ...unique) >>> 5) + 1);
  for (const id of unique) bits[id >>> 5]! |= 1 << (id & 31);
  return { bits, count: unique.size };
}

/** The score that the port promises, in double precision. */
export function trueScore(metric: VectorIndex['metric'], a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  if (metric === 'inner_product') return product(a, b);
  if (metric === 'l2') return -a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Share of the best k of `vectors` that are among the hits. */
export function recallOf(
  hits: VectorHits,
  vectors: ReadonlyMap<number, Float32Array>,
  query: { readonly metric: VectorIndex['metric']; readonly vector: Float32Array; readonly k: number },
): number {
  const best = [...vectors]
    .map(([id, vector]) => ({ id, score: trueScore(query.metric, query.vector, vector) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, query.k);
  if (best.length === 0) return 1;
  const found = new Set(hits.ids);
  return best.filter(({ id }) => found.has(id)).length / best.length;
}
