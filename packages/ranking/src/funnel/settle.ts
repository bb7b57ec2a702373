import { RangefinderError, toRangefinderError, type Clock } from '@rangefinder/base';
import type { Cancellation } from './cancellation.ts';

/** How a piece of work ended. Lateness and failure are values: a stage decides what to do without. */
export type Settled<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: RangefinderError }
  | { readonly kind: 'late' };

/**
 * Waits for `work` until `limitUs` and not a moment longer; what comes later is dropped. Rejects with CANCELLED at once when
 * the signal fires. Work that fails with DEADLINE_EXCEEDED was late too.
 */
export function settle<T>(clock: Clock, work: Promise<T>, limitUs: number, signal: Cancellation): Promise<Settled<T>> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      timer?.cancel();
      signal.remove(onAbort);
      end();
    };
    const onAbort = (): void => finish(() => reject(cancelled()));
    const timer =
      limitUs === Infinity
        ? undefined
        : clock.schedule(Math.max(0, limitUs - clock.nowUs()), () => finish(() => resolve({ kind: 'late' })));
    work.then(
      (value) => finish(() => resolve({ kind: 'done', value })),
      (thrown: unknown) => finish(() => resolve(failure(thrown))),
    );
    if (signal.aborted) onAbort();
    else signal.add(onAbort);
  });
}

export function failure(thrown: unknown): Exclude<Settled<never>, { kind: 'done' }> {
  const error = toRangefinderError(thrown);
  return error.code === 'DEADLINE_EXCEEDED' ? { kind: 'late' } : { kind: 'failed', error };
}

export function cancelled(): RangefinderError {
  return new RangefinderError('CANCELLED', 'the caller cancelled the request');
}

/** Words for what went wrong: `late` or `UNAVAILABLE: connection refused`. */
export function reasonOf(settled: Exclude<Settled<unknown>, { kind: 'done' }>): string {
  return settled.kind === 'late' ? 'late' : `${settled.error.code}: ${settled.error.message}`;
}
