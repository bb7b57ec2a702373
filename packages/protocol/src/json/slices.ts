// Nothing is timed here: this is only the default way to give other work its turn, and callers may bring their own.
// oxlint-disable-next-line no-restricted-imports
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { YieldToEventLoop } from '../inference/decode-options.ts';

/**
 * Work that hands the event loop back from time to time. A step is a generator that yields about once in SLICE_BYTES of
 * input read or output written, which is well under 2 ms; so a large body never holds up other requests, and a small one
 * never yields and costs no promise.
 */
export type Slices<Result> = Generator<void, Result, void>;

export const SLICE_BYTES = 64 * 1024;

export const yieldToTurn: YieldToEventLoop = () => nextTurn();

/** Runs work to its end: at once where it never yields, otherwise over several turns of the event loop. */
export function runSlices<Result>(
  work: Slices<Result>,
  yieldToEventLoop: YieldToEventLoop = yieldToTurn,
): Result | Promise<Result> {
  const first = work.next();
  return first.done ? first.value : finishSlices(work, yieldToEventLoop);
}

async function finishSlices<Result>(work: Slices<Result>, yieldToEventLoop: YieldToEventLoop): Promise<Result> {
  for (;;) {
    await yieldToEventLoop();
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Runs work to its end in one go; for small input where nothing else may wait. */
export function runAtOnce<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
