import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowStoreSubject } from './row-store-contract.ts';
import { entry, hasCode, NO_LIMIT, withStore } from './store-steps.ts';

const KEY = { view: 'v', entityId: 'k' };

/** How a store says no: with a code that tells a caller what to do. */
export function registerTroubleCases(subject: RowStoreSubject): void {
  test('it has a name and answers check', () =>
    withStore(subject, async (store) => {
      assert.match(store.name, /^[a-z][a-z0-9-]*$/);
      await store.check();
    }));

  test('a read whose time is over already is DEADLINE_EXCEEDED', () =>
    withStore(subject, async (store) => {
      await store.writeMany([entry('v', 'k', [1])]);
      await assert.rejects(store.readMany([KEY], { timeoutMs: 0 }), hasCode('DEADLINE_EXCEEDED'));
      await assert.rejects(store.readMany([KEY], { timeoutMs: -5 }), hasCode('DEADLINE_EXCEEDED'));
      assert.equal((await store.readMany([KEY], { timeoutMs: 60_000 })).length, 1);
    }));

  test('a closed store is UNAVAILABLE for everything, and may be closed again', async () => {
    const store = await subject.open();
    await store.writeMany([entry('v', 'k', [1])]);
    await Promise.all([store.close(), store.close()]);
    await assert.rejects(store.readMany([KEY], NO_LIMIT), hasCode('UNAVAILABLE'));
    await assert.rejects(store.writeMany([entry('v', 'k', [1])]), hasCode('UNAVAILABLE'));
    await assert.rejects(store.deleteMany([KEY]), hasCode('UNAVAILABLE'));
    await assert.rejects(store.check(), hasCode('UNAVAILABLE'));
    await store.close();
  });

  test('a store that is too slow is DEADLINE_EXCEEDED', { skip: subject.openSlow === undefined }, async () => {
    const store = await subject.openSlow!();
    try {
      await assert.rejects(store.readMany([KEY], { timeoutMs: 20 }), hasCode('DEADLINE_EXCEEDED'));
    } finally {
      await store.close();
    }
  });

  test('a store out of reach is UNAVAILABLE', { skip: subject.openUnreachable === undefined }, async () => {
    const store = await subject.openUnreachable!();
    try {
      await assert.rejects(store.check(), hasCode('UNAVAILABLE'));
      await assert.rejects(store.readMany([KEY], { timeoutMs: 60_000 }), hasCode('UNAVAILABLE'));
      await assert.rejects(store.writeMany([entry('v', 'k', [1])]), hasCode('UNAVAILABLE'));
    } finally {
      await store.close();
    }
  });
}
