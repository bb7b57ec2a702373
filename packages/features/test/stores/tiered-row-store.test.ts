import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RangefinderError, type Clock, type Timer } from '@rangefinder/base';
import { describeRowStoreContract } from '@rangefinder/testing';
import { MemoryRowStore, TieredRowStore, type ReadOptions, type RowKey, type RowStore } from '../../src/index.ts';

const KEY = { view: 'v', entityId: 'k' };
const LIMIT = { timeoutMs: 1_000 };

describeRowStoreContract({ name: 'tiered', open: async () => new TieredRowStore(new MemoryRowStore()) });

describe('tiered row store', () => {
  test('a fresh row is served without the store, an old one with it', async () => {
    const { store, inner, clock } = tiered({ freshMs: 100 });
    await put(store, 1);
    inner.rows.set('k', Uint8Array.of(2));
    assert.deepEqual(await byte(store), 1);
    assert.equal(inner.reads, 0);
    clock.advance(101);
    assert.deepEqual(await byte(store), 2);
    assert.equal(inner.reads, 1);
  });

  test('that there is no row is known for a while', async () => {
    const { store, inner, clock } = tiered({ negativeMs: 50 });
    assert.equal(await byte(store), undefined);
    inner.rows.set('k', Uint8Array.of(1));
    assert.equal(await byte(store), undefined);
    assert.equal(inner.reads, 1);
    clock.advance(51);
    assert.equal(await byte(store), 1);
  });

  test('reads of the same rows share a load', async () => {
    const { store, inner } = tiered();
    inner.rows.set('k', Uint8Array.of(1));
    inner.hold();
    const reads = Array.from({ length: 10 }, () => byte(store));
    inner.release();
    assert.deepEqual(new Set(await Promise.all(reads)), new Set([1]));
    assert.equal(inner.reads, 1);
  });

  test('a row that gets old is loaded again while it is served', async () => {
    const { store, inner, clock } = tiered({ freshMs: 100 });
    await put(store, 1);
    inner.rows.set('k', Uint8Array.of(2));
    clock.advance(85);
    assert.equal(await byte(store), 1);
    await settled();
    assert.equal(await byte(store), 2);
    assert.equal(inner.reads, 1);
  });

  for (const trouble of ['down', 'garbage', 'short'] as const) {
    test(`a store that is ${trouble}: copies, reported; recovered afterwards`, async () => {
      const { store, inner, clock } = tiered({ freshMs: 100, isSound: (row) => row[0] !== 255 });
      await put(store, 1);
      clock.advance(200);
      inner.trouble = trouble;
      assert.deepEqual(await staleRead(store), { byte: 1, stale: 1 });
      assert.equal(store.statistics.suspected, true);
      // Suspected: served at once, one load asks on.
      assert.deepEqual(await staleRead(store), { byte: 1, stale: 1 });
      await assert.rejects(store.readMany([{ view: 'v', entityId: 'unknown' }], LIMIT), { code: 'UNAVAILABLE' });
      inner.trouble = undefined;
      inner.rows.set('k', Uint8Array.of(3));
      await staleRead(store);
      await settled();
      assert.deepEqual(await staleRead(store), { byte: 3, stale: 0 });
      assert.equal(store.statistics.suspected, false);
    });
  }

  test('a slow store is waited for as long as patience goes, then copies are served', async () => {
    const { store, inner, clock } = tiered({ freshMs: 100, patienceMs: 20 });
    await put(store, 1);
    clock.advance(200);
    inner.hold();
    const read = staleRead(store);
    await settled();
    clock.advance(21);
    assert.deepEqual(await read, { byte: 1, stale: 1 });
    inner.rows.set('k', Uint8Array.of(4));
    inner.release();
    await settled();
    assert.deepEqual(await staleRead(store), { byte: 4, stale: 0 });
  });

  test('without a copy a slow store costs the deadline, no more', async () => {
    const { store, inner, clock } = tiered();
    inner.hold();
    const read = store.readMany([KEY], { timeoutMs: 30 });
    await settled();
    clock.advance(31);
    await assert.rejects(read, { code: 'DEADLINE_EXCEEDED' });
    inner.release();
  });

  test('copies older than staleMs are not served', async () => {
    const { store, inner, clock } = tiered({ freshMs: 100, staleMs: 1_000 });
    await put(store, 1);
    clock.advance(1_001);
    inner.trouble = 'down';
    await assert.rejects(store.readMany([KEY], LIMIT), { code: 'UNAVAILABLE' });
  });

  test('a write during a load is not undone by it', async () => {
    const { store, inner } = tiered();
    inner.rows.set('k', Uint8Array.of(1));
    inner.hold();
    const before = byte(store);
    await settled();
    await put(store, 2);
    assert.equal(await byte(store), 2);
    inner.release(Uint8Array.of(1));
    assert.equal(await before, 1);
    assert.equal(await byte(store), 2);
  });

  test('a write that failed leaves a copy for bad times only', async () => {
    const { store, inner } = tiered();
    await put(store, 1);
    inner.trouble = 'down';
    await assert.rejects(put(store, 2), { code: 'UNAVAILABLE' });
    assert.deepEqual(await staleRead(store), { byte: 1, stale: 1 });
    inner.trouble = undefined;
    inner.rows.set('k', Uint8Array.of(2));
    await staleRead(store);
    await settled();
    assert.deepEqual(await staleRead(store), { byte: 2, stale: 0 });
  });

  test('the cache keeps to its bytes; the rows used last stay', async () => {
    const { store, inner } = tiered({ cacheBytesMax: 12_000 });
    const entry = (i: number) => ({ view: 'v', entityId: `k${i}`, row: new Uint8Array(1_000).fill(i), expireMs: 0 });
    for (let i = 0; i < 50; i++) {
      await store.writeMany([entry(i)]);
      await store.readMany([entry(0)], LIMIT);
    }
    assert.ok(store.statistics.cachedBytes <= 12_000);
    assert.ok(store.statistics.cachedRows >= 8);
    assert.equal(inner.reads, 0);
    await store.readMany([entry(20)], LIMIT);
    assert.equal(inner.reads, 1);
  });

  test('a row past its expiry is not served from the cache', async () => {
    const { store, inner, clock } = tiered();
    await store.writeMany([{ ...KEY, row: Uint8Array.of(1), expireMs: clock.wallMs() + 50 }]);
    inner.rows.clear();
    clock.advance(51);
    assert.equal(await byte(store), undefined);
  });
});

/** Rows by entity id; fails, lies or waits as it is told. */
class ScriptedStore implements RowStore {
  readonly name = 'scripted';
  readonly rows = new Map<string, Uint8Array>();
  trouble: 'down' | 'garbage' | 'short' | undefined = undefined;
  reads = 0;
  #held: PromiseWithResolvers<Uint8Array | undefined> | undefined = undefined;

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(row?: Uint8Array): void {
    this.#held?.resolve(row);
    this.#held = undefined;
  }

  async readMany(keys: readonly RowKey[], _options: ReadOptions): Promise<(Uint8Array | undefined)[]> {
    this.reads++;
    if (this.trouble === 'down') throw new RangefinderError('UNAVAILABLE', 'scripted: down');
    if (this.trouble === 'garbage') return keys.map(() => Uint8Array.of(255));
    if (this.trouble === 'short') return [];
    const forced = await this.#held?.promise;
    return keys.map(({ entityId }) => forced ?? this.rows.get(entityId));
  }

  async writeMany(entries: readonly { entityId: string; row: Uint8Array }[]): Promise<void> {
    if (this.trouble !== undefined) throw new RangefinderError('UNAVAILABLE', 'scripted: down');
    for (const { entityId, row } of entries) this.rows.set(entityId, row);
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    for (const { entityId } of keys) this.rows.delete(entityId);
  }

  async check(): Promise<void> {}
  async close(): Promise<void> {}
}

/** Time that passes when it is told to. */
class HandClock implements Clock {
  #nowUs = 1_000_000;
  readonly #timers = new Set<{ dueUs: number; fire: () => void }>();

  nowUs(): number {
    return this.#nowUs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowUs / 1000;
  }

  schedule(delayUs: number, fire: () => void): Timer {
    const timer = { dueUs: this.#nowUs + delayUs, fire };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  advance(ms: number): void {
    this.#nowUs += ms * 1000;
    for (const timer of this.#timers) {
      if (timer.dueUs > this.#nowUs) continue;
      this.#timers.delete(timer);
      timer.fire();
    }
  }
}

function tiered(options: ConstructorParameters<typeof TieredRowStore>[1] = {}) {
  const inner = new ScriptedStore();
  const clock = new HandClock();
  return { inner, clock, store: new TieredRowStore(inner, { clock, ...options }) };
}

async function put(store: RowStore, value: number): Promise<void> {
  await store.writeMany([{ ...KEY, row: Uint8Array.of(value), expireMs: 0 }]);
}

async function byte(store: RowStore): Promise<number | undefined> {
  return (await store.readMany([KEY], LIMIT))[0]?.[0];
}

async function staleRead(store: RowStore): Promise<{ byte: number | undefined; stale: number }> {
  let stale = 0;
  const [row] = await store.readMany([KEY], { ...LIMIT, onStaleRows: (rows) => (stale += rows) });
  return { byte: row?.[0], stale };
}

/** All that can happen without time passing has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
