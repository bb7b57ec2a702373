import { RangefinderError } from '@rangefinder/base';

/** What a call rejects with when its signal was aborted: the reason if it is one of ours, else CANCELLED. */
export function abortError(signal: AbortSignal): RangefinderError {
  return signal.reason instanceof RangefinderError
    ? signal.reason
    : new RangefinderError('CANCELLED', 'the request was cancelled', { cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
