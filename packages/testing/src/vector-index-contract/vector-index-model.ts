import assert from 'node:assert/strict';
import { it } from 'node:test';
import { seededRandom, type Random } from '@rangefinder/base';
import type { VectorIndex } from '@rangefinder/retrieval';
import type { VectorIndexSubject } from './vector-index-subject.ts';
import { filterOf, randomVector, recallOf, trueScore } from './vector-oracle.ts';

const STEPS = 150;
const DIMENSIONS = 8;
const IDS = 1500;

/**
 * A run of random changes and searches beside a Map that does the same. Every hit must be an item that is there, with the
 * score of the vector that it has now; searches that run during a change may see it from before or from after.
 */
export function registerModelCase(subject: VectorIndexSubject, seed: number): void {
  it(`does as a map does, seed ${seed}`, async () => {
    const index = await subject.create({ dimensions: DIMENSIONS, metric: 'l2' });
    const model: ModelRun = { subject, index, random: seededRandom(seed), items: new Map() };
    try {
      let recall = 0;
      for (let step = 0; step < STEPS; step++) {
        const before = new Map(model.items);
        const change = startChange(model);
        await Promise.all([change, searchDuring(model, before)]);
        recall += await searchAfter(model);
        assert.equal(index.size, model.items.size);
      }
      assert.ok(recall / STEPS >= 0.95, `recall ${recall / STEPS}`);
    } finally {
      await index.close();
    }
  });
}

interface ModelRun {
  readonly subject: VectorIndexSubject;
  readonly index: VectorIndex;
  readonly random: Random;
  readonly items: Map<number, Float32Array>;
}

function startChange({ index, random, items }: ModelRun): Promise<void> {
  const count = 1 + random.below(80);
  if (random.next() < 0.35) {
    const ids = Array.from({ length: count }, () => random.below(IDS));
    for (const id of ids) items.delete(id);
    return index.remove(ids);
  }
  const added = Array.from({ length: count }, () => ({
    id: random.below(IDS),
    vector: randomVector(random, DIMENSIONS),
  }));
  for (const { id, vector } of added) items.set(id, vector);
  return index.upsert(added);
}

async function searchDuring(run: ModelRun, before: ReadonlyMap<number, Float32Array>): Promise<void> {
  const { index, random, items, subject } = run;
  const query = randomVector(random, DIMENSIONS);
  const exclude = new Set(Array.from({ length: 100 }, () => random.below(IDS)));
  const { ids, scores } = await index.search({ query, k: 10, filter: undefined, exclude });
  assert.equal(new Set(ids).size, ids.length, 'an item came twice');
  for (const id of ids) assert.ok(!exclude.has(id), `item ${id} was to be left out`);
  ids.forEach((id, i) => {
    const versions = [before.get(id), items.get(id)].filter((vector) => vector !== undefined);
    const isTrue = versions.some(
      (vector) => Math.abs(trueScore('l2', query, vector) - scores[i]!) <= subject.scoreTolerance,
    );
    assert.ok(isTrue, `item ${id} has a score of ${scores[i]} that none of its vectors explains`);
  });
}

async function searchAfter({ index, random, items, subject }: ModelRun): Promise<number> {
  const query = randomVector(random, DIMENSIONS);
  const isFiltered = random.next() < 0.5;
  const passing = isFiltered ? new Map([...items].filter(([id]) => id % 3 === 0)) : items;
  const filter = isFiltered ? filterOf(Array.from({ length: IDS / 3 }, (_, i) => i * 3)) : undefined;
  const { ids, scores } = await index.search({ query, k: 10, filter });
  assert.equal(ids.length, Math.min(10, passing.size));
  ids.forEach((id, i) => {
    const vector = passing.get(id);
    assert.ok(vector !== undefined, `item ${id} is not there or does not pass`);
    assert.ok(Math.abs(trueScore('l2', query, vector) - scores[i]!) <= subject.scoreTolerance);
  });
  return recallOf({ ids, scores }, passing, { metric: 'l2', vector: query, k: 10 });
}
