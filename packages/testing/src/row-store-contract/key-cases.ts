import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowStoreSubject } from './row-store-contract.ts';
import { entry, readRows, withStore } from './store-steps.ts';

/** Ids that meet in a careless encoding: with separators, spaces, controls, equal after normalisation or case folding. */
const AWKWARD_IDS = [
  'plain', 'Plain', ' plain', 'plain ', 'a b', 'a:b', 'a/b', 'a\u0000b', 'a\nb', 'a\r\nb', '{tag}', '{', '*', '?', '%00',
  '0', '00', '-1', '9223372036854775807', 'Zoë', 'Zoe\u0308', 'ß', 'ss', '用户', 'пользователь', '🎬', '👩‍👩‍👧', '\u202e', '__proto__',
  'constructor', 'get', 'END', 'true', 'null',
]; // prettier-ignore

/** Keys are views and entity ids, two strings that never run into each other. */
export function registerKeyCases(subject: RowStoreSubject): void {
  test('ids of any script and with any character are different keys', () =>
    withStore(subject, async (store) => {
      await store.writeMany(AWKWARD_IDS.map((id, i) => entry('users', id, [i, 255 - i])));
      const keys = AWKWARD_IDS.map((entityId) => ({ view: 'users', entityId }));
      assert.deepEqual(
        await readRows(store, keys),
        AWKWARD_IDS.map((_, i) => [i, 255 - i]),
      );
    }));

  test('where the view ends and the id begins is no guess', () =>
    withStore(subject, async (store) => {
      const pairs = [
        ['a', 'b:c'], ['a:b', 'c'], ['a', 'b/c'], ['a/b', 'c'], ['ab', 'c'], ['a', 'bc'], ['a ', 'b'], ['a', ' b'],
        ['a', '\u0000b'], ['a_b', 'c'], ['a', '_b_c'], ['a', '{b}c'],
      ] as const; // prettier-ignore
      await store.writeMany(pairs.map(([view, id], i) => entry(view, id, [i])));
      const keys = pairs.map(([view, entityId]) => ({ view, entityId }));
      assert.deepEqual(
        await readRows(store, keys),
        pairs.map((_, i) => [i]),
      );
    }));

  test('an id of 512 characters is a key like any other', () =>
    withStore(subject, async (store) => {
      const ascii = 'x'.repeat(512);
      const wide = '界'.repeat(512);
      const almost = `${'界'.repeat(511)}畍`;
      await store.writeMany([entry('v', ascii, [1]), entry('v', wide, [2]), entry('v', almost, [3])]);
      const keys = [ascii, `${ascii}x`, wide, almost].map((entityId) => ({ view: 'v', entityId }));
      assert.deepEqual(await readRows(store, keys), [[1], undefined, [2], [3]]);
    }));
}
