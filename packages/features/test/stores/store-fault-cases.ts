import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { eventually, FaultProxy, type ProxyFault } from '@rangefinder/testing';
import type { RowStore } from '../../src/index.ts';

const KEY = { view: 'v', entityId: 'k' };
const FAULTS: readonly ProxyFault[] = ['slow', 'black-hole', 'reset', 'garbage', 'half-close', 'refuse'];

export interface FaultSubject {
  readonly name: string;
  serverPort(): number;
  /** A store at this port that gives a silent connection up after 100 ms. */
  open(port: number): RowStore;
}

/** Whatever the connection does, calls end in time with a code, and the store is used again as soon as it is back. */
export function describeStoreFaults(subject: FaultSubject): void {
  describe(`${subject.name} behind a faulty connection`, () => {
    for (const fault of FAULTS) {
      test(`${fault}: calls fail with a code, and succeed once it is over`, async () => {
        await withProxy(subject, async (store, proxy) => {
          await store.writeMany([{ ...KEY, row: Uint8Array.of(7), expireMs: 0 }]);
          await proxy.become(fault);
          for (let i = 0; i < 5; i++) await assert.rejects(store.readMany([KEY], { timeoutMs: 200 }), isStoreError);
          await assert.rejects(store.check(), isStoreError);
          await proxy.become('pass');
          await eventually(() => reads(store, 7));
        });
      });
    }

    test('a call that was late leaves the connection usable', async () => {
      await withProxy(subject, async (store, proxy) => {
        await store.writeMany([{ ...KEY, row: Uint8Array.of(9), expireMs: 0 }]);
        const before = proxy.connections;
        // Too short for any answer, whichever way it ends.
        await Promise.allSettled(Array.from({ length: 20 }, () => store.readMany([KEY], { timeoutMs: 0.01 })));
        assert.deepEqual([...((await store.readMany([KEY], { timeoutMs: 5_000 }))[0] ?? [])], [9]);
        assert.equal(proxy.connections, before);
      });
    });

    test('answers belong to their calls, whichever of them were late', async () => {
      await withProxy(subject, async (store) => {
        const keys = Array.from({ length: 50 }, (_, i) => ({ view: 'v', entityId: `n${i}` }));
        await store.writeMany(keys.map((key, i) => ({ ...key, row: Uint8Array.of(i), expireMs: 0 })));
        const calls = keys.map(async (key, i) => {
          try {
            const [row] = await store.readMany([key], { timeoutMs: i % 3 === 0 ? 0.01 : 5_000 });
            assert.deepEqual([...(row ?? [])], [i]);
          } catch (thrown) {
            assert.ok(isStoreError(thrown) && i % 3 === 0, String(thrown));
          }
        });
        await Promise.all(calls);
      });
    });
  });
}

async function withProxy(
  subject: FaultSubject,
  use: (store: RowStore, proxy: FaultProxy) => Promise<void>,
): Promise<void> {
  const proxy = new FaultProxy(subject.serverPort());
  await proxy.listen();
  const store = subject.open(proxy.port);
  try {
    await use(store, proxy);
  } finally {
    await store.close();
    await proxy.close();
  }
}

async function reads(store: RowStore, byte: number): Promise<boolean> {
  try {
    const [row] = await store.readMany([KEY], { timeoutMs: 1_000 });
    assert.deepEqual([...(row ?? [])], [byte]);
    return true;
  } catch (thrown) {
    if (isStoreError(thrown)) return false;
    throw thrown;
  }
}

function isStoreError(thrown: unknown): boolean {
  return thrown instanceof RangefinderError && ['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(thrown.code);
}
