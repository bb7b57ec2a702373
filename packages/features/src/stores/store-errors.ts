import { RangefinderError } from '@rangefinder/base';
import type { ReadOptions } from '../row-store.ts';

export function storeClosed(store: string): RangefinderError {
  return new RangefinderError('UNAVAILABLE', `the ${store} row store is closed`);
}

/** Throws DEADLINE_EXCEEDED when a read has no time left before it starts. NaN counts as none. */
export function checkTimeLeft(store: string, { timeoutMs }: ReadOptions): void {
  if (timeoutMs > 0) return;
  throw new RangefinderError('DEADLINE_EXCEEDED', `the ${store} row store was asked with ${timeoutMs} ms left`);
}
