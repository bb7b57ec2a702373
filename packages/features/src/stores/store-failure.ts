import { RangefinderError, reasonOf } from '@rangefinder/base';

/** UNAVAILABLE, in the words of every external store: `redis: connect ECONNREFUSED 127.0.0.1:6379`. */
export function storeUnavailable(store: string, cause: unknown): RangefinderError {
  if (cause instanceof RangefinderError) return cause;
  return new RangefinderError('UNAVAILABLE', `${store}: ${reasonOf(cause)}`, { cause });
}

export function storeTooSlow(store: string, timeoutMs: number): RangefinderError {
  return new RangefinderError('DEADLINE_EXCEEDED', `${store}: no answer within ${Math.round(timeoutMs)} ms`);
}

/**
 * What `start` comes to, or DEADLINE_EXCEEDED once `timeoutMs` have passed; nothing is started when they are over already.
 * Work that is late is left alone: its answer has a place on a shared connection and must be read for those behind it.
 */
export async function withinDeadline<T>(timeoutMs: number, store: string, start: () => Promise<T>): Promise<T> {
  if (timeoutMs === Infinity) return start();
  if (!(timeoutMs > 0)) throw storeTooSlow(store, 0);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(storeTooSlow(store, timeoutMs)), Math.min(timeoutMs, TIMER_MAX_MS));
  const work = start();
  // The loser of the race must not become an unhandled rejection.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A check has no deadline of its caller's: whatever goes wrong in it is UNAVAILABLE. */
export async function answering(check: Promise<unknown>): Promise<void> {
  try {
    await check;
  } catch (thrown) {
    const { message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new RangefinderError('UNAVAILABLE', message, { cause: thrown });
  }
}

/** setTimeout fires at once for longer ones. */
const TIMER_MAX_MS = 2 ** 31 - 1;
