import { RangefinderError } from '@rangefinder/base';
import { abortError, throwIfAborted } from '../abort-error.ts';

/**
 * What `start` comes to; rejects as soon as the caller's signal aborts or `limitMs` are over, with DEADLINE_EXCEEDED for the
 * latter. What was started is told by its own signal, and may end later.
 */
export async function withinLimit<T>(
  {
    name,
    limitMs,
    signal,
  }: { readonly name: string; readonly limitMs: number; readonly signal?: AbortSignal | undefined },
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const abort = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const giveUp = (error: RangefinderError): void => {
    reject(error);
    abort.abort(error);
  };
  const timer = setTimeout(
    () => giveUp(new RangefinderError('DEADLINE_EXCEEDED', `${name}: no answer within ${limitMs} ms`)),
    limitMs,
  );
  const onAbort = (): void => giveUp(abortError(signal!));
  signal?.addEventListener('abort', onAbort);
  const work = start(abort.signal);
  // The losers of the race must not become unhandled rejections.
  work.catch(() => {});
  ended.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
