import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError, type Clock, type Timer } from '@rangefinder/base';
import {
  AttributeTable,
  createExactIndex,
  gatherCandidates,
  invertedListSource,
  popularSource,
  recentSource,
  suppliedSource,
  vectorSource,
  type CandidateSource,
  type SourceShare,
} from '@rangefinder/retrieval';
import fc from 'fast-check';

/** Time that stands still until a test moves it. */
class HandClock implements Clock {
  #nowUs = 0;
  readonly #timers = new Set<{ readonly dueUs: number; readonly fire: () => void }>();
  nowUs = (): number => this.#nowUs;
  wallMs = (): number => this.#nowUs / 1000;
  schedule = (delayUs: number, fire: () => void): Timer => {
    const timer = { dueUs: this.#nowUs + delayUs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  };
  advance(us: number): void {
    this.#nowUs += us;
    for (const timer of this.#timers) {
      if (timer.dueUs > this.#nowUs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
  get pendingTimers(): number {
    return this.#timers.size;
  }
}

function listSource(name: string, ids: readonly number[]): CandidateSource {
  return {
    name,
    fetch: async ({ limit }) => ({
      ids: Uint32Array.from(ids.slice(0, limit)),
      scores: Float32Array.from(ids.slice(0, limit), (_, i) => -i),
    }),
  };
}

function share(source: CandidateSource, quota: number, more: Partial<SourceShare> = {}): SourceShare {
  return { source, quota, deadlineMs: 10, ...more };
}

describe('gathering candidates', () => {
  it('takes quotas first, then fills up in the order asked for, and says where each item came from', async () => {
    const clock = new HandClock();
    const gathered = await gatherCandidates({
      sources: [
        share(listSource('a', [1, 2, 3, 4, 5]), 2, { backfillOrder: 1 }),
        share(listSource('b', [2, 6]), 3, { backfillOrder: 'never' }),
        share(listSource('c', [7, 8, 1, 9]), 1, { backfillOrder: 0 }),
      ],
      limit: 7,
      exclude: new Set([8]),
      clock,
    });
    assert.deepEqual([...gathered.ids], [1, 2, 6, 7, 9, 3, 4]);
    assert.deepEqual([...gathered.firstSource], [0, 0, 1, 2, 2, 0, 0]);
    assert.deepEqual([...gathered.sourceBits], [0b101, 0b011, 0b010, 0b100, 0b100, 0b001, 0b001]);
    assert.deepEqual(
      gathered.reports.map(({ status, taken, backfilled }) => [status, taken, backfilled]),
      [
        ['ok', 4, 2],
        ['ok', 1, 0],
        ['ok', 2, 1],
      ],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it('reports sources that fail or are late and fills their places', async () => {
    const clock = new HandClock();
    let lateSignal: AbortSignal | undefined;
    const late: CandidateSource = {
      name: 'late',
      fetch: ({ signal }) => {
        lateSignal = signal;
        clock.advance(10_000);
        return new Promise(() => undefined);
      },
    };
    const failing: CandidateSource = {
      name: 'failing',
      fetch: () => {
        throw new RangefinderError('UNAVAILABLE', 'the store is down');
      },
    };
    const garbage: CandidateSource = {
      name: 'garbage',
      fetch: async () => ({ ids: Uint32Array.of(99), scores: Float32Array.of(Number.NaN) }),
    };
    const { ids, reports } = await gatherCandidates({
      sources: [
        share(failing, 2, { deadlineMs: 1000 }),
        share(garbage, 2, { deadlineMs: 1000 }),
        share(late, 2),
        share(listSource('good', [1, 2, 3, 4, 5, 6]), 1, { deadlineMs: 1000 }),
      ],
      limit: 6,
      clock,
    });
    assert.deepEqual([...ids], [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(
      reports.map(({ status, error }) => [status, error?.code]),
      [
        ['failed', 'UNAVAILABLE'],
        ['failed', 'INTERNAL'],
        ['late', 'DEADLINE_EXCEEDED'],
        ['ok', undefined],
      ],
    );
    assert.equal(lateSignal?.aborted, true);
  });

  it('is full while any source has items, without duplicates or excluded items', async () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ids, quota: fc.nat(20) }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        ids,
        async (lists, limit, excluded) => {
          const exclude = new Set(excluded);
          const fetchAll = (list: readonly number[]): CandidateSource => ({
            name: 'list',
            fetch: async () => ({ ids: Uint32Array.from(list), scores: new Float32Array(list.length) }),
          });
          const gathered = await gatherCandidates({
            sources: lists.map((list) => share(fetchAll(list.ids), list.quota)),
            limit,
            exclude,
            clock: new HandClock(),
          });
          const available = new Set(lists.flatMap((list) => list.ids).filter((id) => !exclude.has(id)));
          assert.equal(new Set(gathered.ids).size, gathered.ids.length);
          assert.equal(gathered.ids.length, Math.min(limit, available.size));
          gathered.ids.forEach((id, i) => {
            assert.ok(available.has(id));
            lists.forEach((list, source) => {
              assert.equal(((gathered.sourceBits[i]! >>> source) & 1) === 1, list.ids.includes(id));
            });
          });
          assert.equal(
            gathered.reports.reduce((sum, { taken }) => sum + taken, 0),
            gathered.ids.length,
          );
        },
      ),
    );
  });

  it('refuses requests that make no sense and rejects when it is cancelled', async () => {
    const clock = new HandClock();
    const sources = [share(listSource('a', [1]), 1)];
    const refused = [
      { sources: [], limit: 1, clock },
      { sources, limit: 0, clock },
      { sources, limit: 1e9, clock },
      { sources: [share(listSource('a', [1]), -1)], limit: 1, clock },
      { sources: [share(listSource('a', [1]), 1, { deadlineMs: Number.NaN })], limit: 1, clock },
    ];
    for (const request of refused) {
      await assert.rejects(gatherCandidates(request), { code: 'INVALID_ARGUMENT' });
    }
    await assert.rejects(gatherCandidates({ sources, limit: 1, clock, signal: AbortSignal.abort() }), {
      code: 'CANCELLED',
    });
  });
});

describe('candidate sources', () => {
  const clock = new HandClock();
  const table = new AttributeTable({ genre: 'keyword', tags: 'keyword_list', added: 'timestamp', votes: 'int' });
  table.set(1, { genre: 'drama', tags: ['war', 'old'], added: 1000, votes: 5 });
  table.set(2, { genre: 'comedy', tags: ['old'], added: 3000, votes: 9 });
  table.set(3, { genre: 'drama', tags: ['war'], added: 2000, votes: 7 });
  table.set(4, { genre: 'drama' });
  const only = async (
    source: CandidateSource,
    inputs: SourceShare['inputs'],
    exclude?: Set<number>,
  ): Promise<number[]> => {
    const filter = table.compile({ not: { eq: { votes: 9 } } });
    const request = { sources: [share(source, 10, { inputs: inputs ?? {} })], limit: 10, filter, clock };
    const { ids, reports } = await gatherCandidates(exclude === undefined ? request : { ...request, exclude });
    assert.equal(reports[0]!.error, undefined);
    return [...ids];
  };

  it('are popular, recent, listed, near or supplied, and keep to the filter', async () => {
    const popular = popularSource('popular', { ids: Uint32Array.of(2, 1, 4, 3), scores: Float32Array.of(9, 1, 5, 5) });
    assert.deepEqual(await only(popular, {}), [3, 4, 1]);
    assert.deepEqual(await only(recentSource('recent', table, 'added'), {}), [3, 1]);
    const byTag = invertedListSource('tags', table, 'tags', { orderBy: 'votes' });
    assert.deepEqual(await only(byTag, { terms: ['war', 'old'] }), [1, 3]);
    const byGenre = invertedListSource('genre', table, 'genre', { orderBy: 'votes' });
    assert.deepEqual(await only(byGenre, { terms: ['drama'] }), [3, 1, 4]);
    assert.deepEqual(await only(byGenre, { terms: ['drama'] }, new Set([3])), [1, 4]);
    assert.deepEqual(await only(byGenre, {}), []);
    assert.deepEqual(await only(suppliedSource('mine'), { items: { ids: Uint32Array.of(4, 2, 1, 4) } }), [4, 1]);
    const index = createExactIndex({ name: 'vectors', dimensions: 2, metric: 'l2' });
    await index.upsert([1, 2, 3].map((id) => ({ id, vector: Float32Array.of(id, 0) })));
    assert.deepEqual(await only(vectorSource('near', index), { query: Float32Array.of(3, 0) }), [3, 1]);
  });

  it('refuse what they cannot use', async () => {
    assert.throws(() => recentSource('recent', table, 'genre'), /genre: expected the name of/);
    assert.throws(() => invertedListSource('list', table, 'votes'), /expected a keyword or keyword_list attribute/);
    assert.throws(
      () => popularSource('p', { ids: Uint32Array.of(1, 1), scores: new Float32Array(2) }),
      /every id once/,
    );
    const items = { ids: Uint32Array.of(1, 2), scores: Float32Array.of(1, Number.NaN) };
    const { reports } = await gatherCandidates({
      sources: [
        share(suppliedSource('mine'), 1, { inputs: { items } }),
        share(vectorSource('near', createExactIndex({ name: 'v', dimensions: 2, metric: 'l2' })), 1),
      ],
      limit: 1,
      clock,
    });
    assert.deepEqual(
      reports.map(({ error }) => error?.field),
      ['mine.scores[1]', 'near.query'],
    );
  });
});
