import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import { createExactIndex, openEmbeddedIndex, type EmbeddedIndex, type VectorIndex } from '@rangefinder/retrieval';
import { filterOf, randomVector } from '@rangefinder/testing';

const DIMENSIONS = 16;
const COUNT = 6000;

function columns(count: number, seed: number): { ids: Uint32Array; vectors: Float32Array } {
  const random = seededRandom(seed);
  return {
    ids: Uint32Array.from({ length: count }, (_, i) => i),
    vectors: Float32Array.from({ length: count * DIMENSIONS }, () => random.next() * 2 - 1),
  };
}

async function withLoaded(
  use: (index: EmbeddedIndex, exact: VectorIndex) => Promise<void>,
  options: Partial<Parameters<typeof openEmbeddedIndex>[0]> = {},
): Promise<void> {
  const shape = { name: 'test', dimensions: DIMENSIONS, metric: 'l2' } as const;
  const index = await openEmbeddedIndex({ ...shape, threads: 2, ...options });
  const exact = createExactIndex(shape);
  try {
    const { ids, vectors } = columns(COUNT, 1);
    const seen: number[] = [];
    await index.load({ ids, vectors, onProgress: (done) => seen.push(done) });
    assert.equal(seen.at(-1), COUNT);
    await exact.upsert(Array.from(ids, (id) => ({ id, vector: vectorOf(vectors, id) })));
    await use(index, exact);
  } finally {
    await index.close();
  }
}

function vectorOf(vectors: Float32Array, i: number): Float32Array {
  return vectors.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS);
}

/** Mean share of the exact index's hits that the index finds too; every answer must be as long as the exact one. */
async function recallAgainst(
  exact: VectorIndex,
  index: VectorIndex,
  filter?: ReturnType<typeof filterOf>,
): Promise<number> {
  const random = seededRandom(99);
  let recall = 0;
  for (let i = 0; i < 40; i++) {
    const search = { query: randomVector(random, DIMENSIONS), k: 10, filter };
    const [hits, truth] = await Promise.all([index.search(search), exact.search(search)]);
    assert.equal(hits.ids.length, truth.ids.length);
    recall += truth.ids.length === 0 ? 1 : truth.ids.filter((id) => hits.ids.includes(id)).length / truth.ids.length;
  }
  return recall / 40;
}

describe('the embedded index', () => {
  it('loses next to no recall when items are deleted, put in again and replaced, and uses their memory again', () =>
    withLoaded(async (index, exact) => {
      const before = await recallAgainst(exact, index);
      const { vectors } = columns(COUNT, 1);
      const fifth = Array.from({ length: COUNT / 5 }, (_, i) => i * 5);
      const items = fifth.map((id) => ({ id, vector: vectorOf(vectors, id) }));
      let bytes = 0;
      for (let round = 0; round < 6; round++) {
        await index.remove(fifth);
        await index.settled();
        assert.equal(index.size, COUNT - fifth.length);
        await index.upsert(items);
        await index.settled();
        if (round === 1) bytes = index.memoryBytes;
      }
      assert.equal(index.size, COUNT);
      assert.ok(index.memoryBytes <= bytes * 1.05, `${index.memoryBytes} bytes after ${bytes}`);
      const after = await recallAgainst(exact, index);
      assert.ok(before >= 0.95 && after >= before - 0.01, `recall ${before}, then ${after}`);
    }));

  it('never shows a removed item or a stale vector while it is changed and repaired', () =>
    withLoaded(async (index) => {
      const far = new Float32Array(DIMENSIONS).fill(100);
      const changing = new AbortController();
      const change = async (): Promise<void> => {
        for (let start = 0; start < 3000; start += 300) {
          const ids = Array.from({ length: 300 }, (_, i) => start + i);
          await index.upsert(ids.map((id) => ({ id, vector: Float32Array.from(far, (x) => x + id / 1e4) })));
          // From here on an item with an even id must be gone, and one with an odd id far away.
          await index.remove(ids.filter((id) => id % 2 === 0));
          const { ids: hits, scores } = await index.search({ query: far, k: 150, filter: filterOf(ids) });
          assert.equal(hits.length, 150);
          assert.ok(hits.every((id) => id % 2 === 1));
          assert.ok(scores.every((score) => score > -5));
        }
        changing.abort();
      };
      const watch = async (): Promise<void> => {
        const random = seededRandom(5);
        while (!changing.signal.aborted) {
          const { ids } = await index.search({ query: randomVector(random, DIMENSIONS), k: 10, filter: undefined });
          assert.equal(new Set(ids).size, 10);
        }
      };
      await Promise.all([change(), watch(), watch()]);
      await index.settled();
      assert.equal(index.size, COUNT - 1500);
    }));

  it('goes on building while searches never cease, and searching while it builds', () =>
    withLoaded(
      async (index) => {
        const random = seededRandom(6);
        const loading = new AbortController();
        let searches = 0;
        const search = async (): Promise<void> => {
          while (!loading.signal.aborted) {
            const { ids } = await index.search({ query: randomVector(random, DIMENSIONS), k: 10, filter: undefined });
            assert.equal(ids.length, 10);
            searches++;
          }
        };
        const searching = Array.from({ length: 12 }, search);
        const { ids, vectors } = columns(1000, 3);
        await index.load({ ids: ids.map((id) => id + COUNT), vectors });
        loading.abort();
        await Promise.all(searching);
        assert.equal(index.size, COUNT + 1000);
        assert.ok(searches > 100, `${searches} searches during the load`);
      },
      { threads: 1 },
    ));

  it('widens its walk, and scans in the end, when a filter passes only what is far from the query', () =>
    withLoaded(
      async (index, exact) => {
        // The half of the items that is farthest from the query: a walk towards it meets none of them.
        const query = new Float32Array(DIMENSIONS).fill(0.5);
        const { ids } = await exact.search({ query, k: COUNT, filter: undefined });
        const filter = filterOf(ids.subarray(COUNT / 2));
        const hits = await index.search({ query, k: 10, filter, explain: true });
        const truth = await exact.search({ query, k: 10, filter });
        assert.deepEqual(hits.ids, truth.ids);
        assert.ok((await recallAgainst(exact, index, filter)) >= 0.95);
      },
      { searchEffort: 16 },
    ));

  it('refuses what passes a limit, by its name, and goes on', () =>
    withLoaded(
      async (index) => {
        const vector = new Float32Array(DIMENSIONS).fill(1);
        await assert.rejects(index.upsert([{ id: COUNT, vector }]), {
          code: 'RESOURCE_EXHAUSTED',
          field: 'limits.items',
        });
        await index.upsert([
          { id: 0, vector },
          { id: 0, vector },
        ]);
        const search = { query: vector, k: 5, filter: undefined };
        await assert.rejects(index.search({ ...search, k: 51 }), { code: 'INVALID_ARGUMENT' });
        await assert.rejects(index.search({ ...search, exclude: new Set([1, 2, 3]) }), { code: 'INVALID_ARGUMENT' });
        const many = await Promise.allSettled(Array.from({ length: 20 }, () => index.search(search)));
        const refused = many.filter(({ status }) => status === 'rejected');
        assert.equal(refused.length, 12);
        assert.equal((await index.search(search)).ids[0], 0);
      },
      { limits: { items: COUNT, k: 50, excluded: 2, pendingSearches: 8 } },
    ));

  it('checks its memory limit before it takes memory', async () => {
    const index = await openEmbeddedIndex({
      name: 'small',
      dimensions: DIMENSIONS,
      metric: 'l2',
      threads: 1,
      limits: { memoryBytes: 4_000_000 },
    });
    const { ids, vectors } = columns(50_000, 1);
    await assert.rejects(index.load({ ids, vectors }), { code: 'RESOURCE_EXHAUSTED', field: 'limits.memoryBytes' });
    assert.equal(index.size, 0);
    await index.close();
  });

  it('stops a load that is given up, keeps what is done, and answers cancelled searches at once', () =>
    withLoaded(async (index) => {
      const { ids, vectors } = columns(COUNT, 2);
      const abort = new AbortController();
      const load = index.load({
        ids: ids.map((id) => id + COUNT),
        vectors,
        signal: abort.signal,
        onProgress: (done) => {
          if (done > 500) abort.abort();
        },
      });
      await assert.rejects(load, { code: 'CANCELLED' });
      assert.ok(index.size > COUNT && index.size < 2 * COUNT);
      const cancelled = new AbortController();
      const search = index.search({
        query: vectorOf(vectors, 0),
        k: 10,
        filter: undefined,
        signal: cancelled.signal,
      });
      cancelled.abort();
      await assert.rejects(search, { code: 'CANCELLED' });
      assert.equal((await index.search({ query: vectorOf(vectors, 0), k: 10, filter: undefined })).ids.length, 10);
    }));

  it('gives the same answer on the calling thread', () =>
    withLoaded(async (index) => {
      const search = { query: new Float32Array(DIMENSIONS).fill(0.1), k: 10, filter: undefined };
      assert.deepEqual(index.blockingSearcher().search(search), await index.search(search));
    }));

  it('refuses options out of range', async () => {
    const good = { name: 'x', dimensions: 4, metric: 'l2' } as const;
    for (const bad of [
      { dimensions: 0 },
      { dimensions: 5000 },
      { linksMax: 7 },
      { threads: 0 },
      { searchEffort: 1e9 },
    ]) {
      await assert.rejects(openEmbeddedIndex({ ...good, ...bad }), { code: 'INVALID_ARGUMENT' });
    }
  });
});
