import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { RangefinderError, seededRandom } from '@rangefinder/base';
import type { VectorIndex } from '@rangefinder/retrieval';
import { registerModelCase } from './vector-index-model.ts';
import type { SnapshotSubject, VectorIndexShape, VectorIndexSubject } from './vector-index-subject.ts';
import { filterOf, randomVector, recallOf, trueScore } from './vector-oracle.ts';

const METRICS = ['cosine', 'inner_product', 'l2'] as const;
const MODEL_SEEDS = [1, 2, 3];

/** Registers, with node:test, every case that an implementation of the VectorIndex port must pass. */
export function describeVectorIndexContract(subject: VectorIndexSubject): void {
  describe(`vector index contract: ${subject.name}`, () => {
    for (const metric of METRICS) registerSearchCase(subject, metric);
    registerFilterCases(subject);
    registerRefusalCases(subject);
    if (subject.snapshots !== undefined) registerSnapshotCases(subject.snapshots);
    for (const seed of MODEL_SEEDS) registerModelCase(subject, seed);
  });
}

async function withIndex<Index extends VectorIndex>(
  subject: { create(shape: VectorIndexShape): Promise<Index> },
  shape: VectorIndexShape,
  use: (index: Index) => Promise<void>,
): Promise<void> {
  const index = await subject.create(shape);
  try {
    await use(index);
  } finally {
    await index.close();
  }
}

async function fill(index: VectorIndex, count: number, seed: number): Promise<Map<number, Float32Array>> {
  const random = seededRandom(seed);
  const vectors = new Map<number, Float32Array>();
  for (let i = 0; i < count; i++) vectors.set(i * 3, randomVector(random, index.dimensions));
  await index.upsert(Array.from(vectors, ([id, vector]) => ({ id, vector })));
  return vectors;
}

function registerSearchCase(subject: VectorIndexSubject, metric: VectorIndex['metric']): void {
  it(`finds the nearest by ${metric}, best first, with true scores`, () =>
    withIndex(subject, { dimensions: 20, metric }, async (index) => {
      const vectors = await fill(index, 3000, 7);
      assert.equal(index.size, 3000);
      const random = seededRandom(8);
      let recall = 0;
      for (let i = 0; i < 40; i++) {
        const query = randomVector(random, 20);
        const hits = await index.search({ query, k: 10, filter: undefined });
        assert.equal(hits.ids.length, 10);
        hits.ids.forEach((id, rank) => {
          const truth = trueScore(metric, query, vectors.get(id)!);
          assert.ok(
            Math.abs(hits.scores[rank]! - truth) <= subject.scoreTolerance,
            `${hits.scores[rank]} for ${truth}`,
          );
          if (rank > 0) assert.ok(hits.scores[rank - 1]! >= hits.scores[rank]!);
        });
        recall += recallOf(hits, vectors, { metric, vector: query, k: 10 }) / 40;
      }
      assert.ok(recall >= 0.95, `recall ${recall}`);
    }));
}

function registerFilterCases(subject: VectorIndexSubject): void {
  for (const share of [0.5, 0.1, 0.01, 0.001]) {
    it(`returns min(k, matches) of a filter that ${share * 100}% pass, with the recall that is promised`, () =>
      withIndex(subject, { dimensions: 16, metric: 'cosine' }, async (index) => {
        const vectors = await fill(index, 4000, 3);
        const random = seededRandom(4);
        const passing = new Map([...vectors].filter(() => random.next() < share));
        const filter = filterOf(passing.keys());
        let recall = 0;
        for (let i = 0; i < 30; i++) {
          const query = randomVector(random, 16);
          const hits = await index.search({ query, k: 20, filter, explain: true });
          assert.equal(hits.ids.length, Math.min(20, passing.size));
          for (const id of hits.ids) assert.ok(passing.has(id));
          assert.ok(hits.explanation !== undefined);
          recall += recallOf(hits, passing, { metric: 'cosine', vector: query, k: 20 }) / 30;
        }
        assert.ok(recall >= 0.95, `recall ${recall}`);
      }));
  }

  it('leaves out excluded items, unknown ids in filters, and nothing else', () =>
    withIndex(subject, { dimensions: 8, metric: 'l2' }, async (index) => {
      const vectors = await fill(index, 300, 5);
      const exclude = new Set([...vectors.keys()].slice(0, 290).concat(999_999));
      const query = randomVector(seededRandom(1), 8);
      const rest = await index.search({ query, k: 50, filter: undefined, exclude });
      assert.equal(rest.ids.length, 10);
      const some = await index.search({ query, k: 50, filter: filterOf([0, 1, 2, 3, 870, 873, 5_000_000]), exclude });
      assert.deepEqual(
        [...some.ids].sort((a, b) => a - b),
        [870, 873],
      );
      const none = await index.search({ query, k: 5, filter: { bits: new Uint32Array(0), count: 0 } });
      assert.equal(none.ids.length, 0);
    }));

  it('breaks ties by the lower id', () =>
    withIndex(subject, { dimensions: 4, metric: 'cosine' }, async (index) => {
      const vector = Float32Array.of(1, 2, 3, 4);
      await index.upsert([9, 4, 7, 1].map((id) => ({ id, vector })));
      const { ids } = await index.search({ query: vector, k: 3, filter: undefined });
      assert.deepEqual([...ids], [1, 4, 7]);
    }));
}

function registerRefusalCases(subject: VectorIndexSubject): void {
  const rejects = (promise: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(promise, (error: unknown) => error instanceof RangefinderError && error.code === code);

  it('refuses wrong dimensions, NaN, infinities, bad ids and k, and changes nothing', () =>
    withIndex(subject, { dimensions: 3, metric: 'cosine' }, async (index) => {
      const good = Float32Array.of(1, 2, 3);
      const bad = [
        Float32Array.of(1, 2),
        Float32Array.of(1, Number.NaN, 3),
        Float32Array.of(1, Infinity, 3),
        new Float32Array(3),
      ];
      for (const vector of bad) {
        await rejects(
          index.upsert([
            { id: 1, vector: good },
            { id: 2, vector },
          ]),
          'INVALID_ARGUMENT',
        );
        await rejects(index.search({ query: vector, k: 1, filter: undefined }), 'INVALID_ARGUMENT');
      }
      for (const id of [-1, 1.5, 2 ** 32, Number.NaN]) {
        await rejects(index.upsert([{ id, vector: good }]), 'INVALID_ARGUMENT');
        await rejects(index.remove([id]), 'INVALID_ARGUMENT');
      }
      for (const k of [0, -1, 1.5, 2 ** 31]) {
        await rejects(index.search({ query: good, k, filter: undefined }), 'INVALID_ARGUMENT');
      }
      assert.equal(index.size, 0);
      assert.equal((await index.search({ query: good, k: 5, filter: undefined })).ids.length, 0);
    }));

  it('rejects a cancelled search, and any call once closed', async () => {
    const index = await subject.create({ dimensions: 3, metric: 'l2' });
    const query = Float32Array.of(1, 2, 3);
    await index.upsert([{ id: 1, vector: query }]);
    await rejects(index.search({ query, k: 1, filter: undefined, signal: AbortSignal.abort() }), 'CANCELLED');
    const late = AbortSignal.abort(new RangefinderError('DEADLINE_EXCEEDED', 'late'));
    await rejects(index.search({ query, k: 1, filter: undefined, signal: late }), 'DEADLINE_EXCEEDED');
    await index.close();
    await rejects(index.search({ query, k: 1, filter: undefined }), 'UNAVAILABLE');
    await rejects(index.upsert([{ id: 1, vector: query }]), 'UNAVAILABLE');
  });
}

function registerSnapshotCases(subject: SnapshotSubject): void {
  const shape: VectorIndexShape = { dimensions: 12, metric: 'l2' };
  it('opens what it saved, and refuses a snapshot with any byte changed or missing', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rangefinder-vectors-'));
    const file = path.join(folder, 'index');
    try {
      const query = randomVector(seededRandom(2), 12);
      const search = { query, k: 15, filter: undefined };
      await withIndex(subject, shape, async (index) => {
        await fill(index, 800, 1);
        await index.remove([0, 3, 6]);
        await index.save(file);
        await index.save(file);
        const before = await index.search(search);
        const opened = await subject.open(file, shape);
        assert.deepEqual(await opened.search(search), before);
        await opened.upsert([{ id: 0, vector: query }]);
        assert.equal((await opened.search(search)).ids[0], 0);
        assert.equal(opened.size, 798);
        await opened.close();
      });
      assert.deepEqual(await readdir(folder), ['index']);
      const whole = await readFile(file);
      const random = seededRandom(6);
      for (const at of [0, 9, 13, whole.length - 1, ...Array.from({ length: 12 }, () => random.below(whole.length))]) {
        const changed = Buffer.from(whole);
        changed[at]! ^= 1 << random.below(8);
        await writeFile(file, changed);
        await refuses(subject, file, shape, 'MODEL_INVALID');
      }
      await writeFile(file, whole);
      for (const bytes of [whole.length - 1, whole.length >> 1, 21, 5, 0]) {
        await truncate(file, bytes);
        await refuses(subject, file, shape, 'MODEL_INVALID');
      }
      await writeFile(file, whole);
      await refuses(subject, file, { ...shape, dimensions: 13 }, 'INVALID_ARGUMENT');
      await refuses(subject, path.join(folder, 'absent'), shape, 'NOT_FOUND');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function refuses(subject: SnapshotSubject, file: string, shape: VectorIndexShape, code: string): Promise<void> {
  return assert.rejects(
    subject.open(file, shape),
    (error: unknown) => error instanceof RangefinderError && error.code === code,
  );
}
