import { RangefinderError } from '@rangefinder/base';
import type { RowEntry, RowKey, RowStore } from '@rangefinder/features';
import type { RowStoreSubject } from './row-store-contract.ts';

export const NO_LIMIT = Object.freeze({ timeoutMs: Number.POSITIVE_INFINITY });

/** Opens a store, hands it to `use`, and closes it. */
export async function withStore(subject: RowStoreSubject, use: (store: RowStore) => Promise<void>): Promise<void> {
  const store = await subject.open();
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

export function entry(view: string, entityId: string, row: Uint8Array | readonly number[], expireMs = 0): RowEntry {
  return { view, entityId, row: Uint8Array.from(row), expireMs };
}

/** The rows as arrays of numbers, which compare whatever class of bytes a store answers with. */
export async function readRows(store: RowStore, keys: readonly RowKey[]): Promise<(number[] | undefined)[]> {
  const rows = await store.readMany(keys, NO_LIMIT);
  return rows.map((row) => (row === undefined ? undefined : [...row]));
}

export function hasCode(code: RangefinderError['code']): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof RangefinderError && thrown.code === code && thrown.message.length > 0;
}

const FORGETTING_READS_MAX = 2_000;

/** Reads until the row is gone: a server's clock may lag a little behind ours. Gives up quietly, for the caller to assert. */
export async function untilForgotten(store: RowStore, key: RowKey): Promise<void> {
  for (let read = 0; read < FORGETTING_READS_MAX; read++) {
    const [row] = await store.readMany([key], NO_LIMIT);
    if (row === undefined) return;
  }
}
