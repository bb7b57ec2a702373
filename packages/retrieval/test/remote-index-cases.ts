import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, systemClock } from '@rangefinder/base';
import {
  AttributeTable,
  createExactIndex,
  gatherCandidates,
  popularSource,
  vectorSource,
  type RemoteVectorIndex,
  type VectorIndex,
  type VectorItem,
} from '@rangefinder/retrieval';
import { filterOf, randomVector } from '@rangefinder/testing';

export interface RemoteSubject {
  readonly name: string;
  /** Handles with the same place share their items. */
  open(options: { readonly place: string; readonly batchItems?: number }): Promise<RemoteVectorIndex>;
  /** As `open`, over an index without a graph. */
  openScanning(options: { readonly place: string }): Promise<RemoteVectorIndex>;
}

export const DIMENSIONS = 8;

/** What is true of indexes in other servers beyond the contract of all vector indexes. */
export function describeRemoteIndex(subject: RemoteSubject): void {
  describe(`${subject.name} as a server's index`, () => {
    registerPlanCases(subject);
    registerScanCase(subject);
    registerChangeCases(subject);
    registerSourceCase(subject);
  });
}

function registerPlanCases(subject: RemoteSubject): void {
  it('walks the graph for wide filters, looks at what passes for narrow ones, and says so', () =>
    withItems(subject.open({ place: 'plans' }), 3000, async (index) => {
      const query = randomVector(seededRandom(3), DIMENSIONS);
      const planOf = async (filter: ReturnType<typeof filterOf> | undefined): Promise<unknown> => {
        const { explanation } = await index.search({ query, k: 10, filter, explain: true });
        return [explanation?.plan, explanation?.selectivity];
      };
      assert.deepEqual(await planOf(undefined), ['graph', 1]);
      assert.deepEqual(await planOf(filterOf(every(3000, 2))), ['graph', 0.5]);
      assert.deepEqual(await planOf(filterOf(every(3000, 100))), ['filter_first', 0.01]);
    }));

  it('widens a walk that meets too few, and ends in a scan that finds them all', () =>
    withItems(subject.open({ place: 'far' }), 3000, async (index, exact) => {
      // All that pass lie where the query points away from: no walk to the near ones meets them.
      const query = new Float32Array(DIMENSIONS).fill(1);
      const far = await exact.search({ query: query.map((x) => -x), k: 1500, filter: undefined });
      const search = { query, k: 30, filter: filterOf(far.ids), explain: true };
      const { ids, explanation } = await index.search(search);
      assert.equal(ids.length, 30);
      assert.ok(explanation!.widenings > 0);
      if (explanation!.plan === 'filter_first') assert.deepEqual([...ids], [...(await exact.search(search)).ids]);
    }));

  it('gives the same for filters that are written differently', () =>
    withItems(subject.open({ place: 'same' }), 2000, async (index) => {
      const table = new AttributeTable({ year: 'int' });
      for (let id = 0; id < 2000; id++) table.set(id, { year: id % 50 });
      const query = randomVector(seededRandom(9), DIMENSIONS);
      const written = [
        { range: { year: { gte: 20 } } },
        { not: { range: { year: { lt: 20 } } } },
        { or: [{ range: { year: { gte: 30 } } }, { range: { year: { gte: 20, lte: 29 } } }] },
      ];
      const answers = await Promise.all(
        written.map((filter) => index.search({ query, k: 40, filter: table.compile(filter) })),
      );
      assert.equal(answers[0]!.ids.length, 40);
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
    }));
}

function registerScanCase(subject: RemoteSubject): void {
  it('finds by scanning exactly what the exact index finds', () =>
    withItems(subject.openScanning({ place: 'scans' }), 1500, async (index, exact) => {
      const random = seededRandom(5);
      const filters = [undefined, filterOf(every(1500, 2)), filterOf(every(1500, 90)), filterOf([7, 1_000_000])];
      for (const filter of filters) {
        for (const exclude of [new Set<number>(), new Set(every(1500, 3)), new Set([5, 4_000_000_000])]) {
          for (const k of [1, 25, 1500]) {
            const search = { query: randomVector(random, DIMENSIONS), k, filter, exclude };
            const [found, truth] = await Promise.all([index.search(search), exact.search(search)]);
            // Rank by rank: servers compute in single precision, where near scores may change places.
            assert.equal(found.ids.length, truth.ids.length);
            found.scores.forEach((score, i) => assert.ok(Math.abs(score - truth.scores[i]!) < 1e-5));
            assert.equal(new Set(found.ids).size, found.ids.length);
            for (const id of found.ids) assert.ok(!exclude.has(id) && (filter === undefined || passes(filter, id)));
          }
        }
      }
    }));
}

function registerChangeCases(subject: RemoteSubject): void {
  it('writes in batches, the last of an id wins, and ids go up to the largest', async () => {
    const index = await subject.open({ place: 'batches', batchItems: 7 });
    try {
      const at = (x: number): Float32Array => new Float32Array(DIMENSIONS).fill(x);
      const items: VectorItem[] = Array.from({ length: 40 }, (_, i) => ({ id: i % 30, vector: at(i) }));
      await index.upsert([...items, { id: 4_294_967_294, vector: at(1000) }]);
      assert.equal(index.size, 31);
      const { ids, scores } = await index.search({ query: at(1000), k: 3, filter: undefined });
      assert.deepEqual([...ids], [4_294_967_294, 9, 8]);
      assert.equal(scores[0], 0);
      await index.remove([9, 9, 77, 4_294_967_294]);
      assert.equal(index.size, 29);
      await index.upsert([]);
      await index.remove([]);
    } finally {
      await index.close();
    }
  });

  it('sees what another process changes, and counts it when asked', async () => {
    const [one, other] = [await subject.open({ place: 'shared' }), await subject.open({ place: 'shared' })];
    try {
      const vector = new Float32Array(DIMENSIONS).fill(2);
      await one.upsert([1, 2, 3].map((id) => ({ id, vector })));
      assert.deepEqual([...(await other.search({ query: vector, k: 9, filter: undefined })).ids], [1, 2, 3]);
      assert.equal(await other.recount(), 3);
      assert.equal(other.size, 3);
      await other.remove([2]);
      assert.deepEqual([...(await one.search({ query: vector, k: 9, filter: undefined })).ids], [1, 3]);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
}

function registerSourceCase(subject: RemoteSubject): void {
  it('is a candidate source; when it is down the others fill its place and the report says why', async () => {
    const index = await subject.open({ place: 'source' });
    const vector = new Float32Array(DIMENSIONS).fill(2);
    await index.upsert([11, 12].map((id) => ({ id, vector })));
    const gather = async (): Promise<{ ids: number[]; statuses: string[]; code: string | undefined }> => {
      const popular = popularSource('popular', {
        ids: Uint32Array.of(1, 2, 3, 4),
        scores: Float32Array.of(4, 3, 2, 1),
      });
      const { ids, reports } = await gatherCandidates({
        sources: [
          { source: vectorSource('near', index), quota: 2, deadlineMs: 5_000, inputs: { query: vector } },
          { source: popular, quota: 2, deadlineMs: 5_000 },
        ],
        limit: 4,
        filter: undefined,
        clock: systemClock,
      });
      return { ids: [...ids], statuses: reports.map(({ status }) => status), code: reports[0]?.error?.code };
    };
    assert.deepEqual(await gather(), { ids: [11, 12, 1, 2], statuses: ['ok', 'ok'], code: undefined });
    await index.close();
    assert.deepEqual(await gather(), { ids: [1, 2, 3, 4], statuses: ['failed', 'ok'], code: 'UNAVAILABLE' });
  });
}

/** Items 0 to count - 1, the same in both. */
async function withItems(
  opening: Promise<RemoteVectorIndex>,
  count: number,
  use: (index: RemoteVectorIndex, exact: VectorIndex) => Promise<void>,
): Promise<void> {
  const index = await opening;
  try {
    const random = seededRandom(count);
    const items = Array.from({ length: count }, (_, id) => ({ id, vector: randomVector(random, DIMENSIONS) }));
    const exact = createExactIndex({ name: 'exact', dimensions: DIMENSIONS, metric: 'l2' });
    await Promise.all([index.upsert(items), exact.upsert(items)]);
    await use(index, exact);
  } finally {
    await index.close();
  }
}

function passes({ bits }: ReturnType<typeof filterOf>, id: number): boolean {
  return (bits[id >>> 5]! & (1 << (id & 31))) !== 0;
}

function every(count: number, step: number): number[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
