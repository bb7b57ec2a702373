/**
 * Time as a port. Inner rooms take `nowUs` as an argument; only drivers at the edge hold a Clock.
 * Microseconds are JavaScript numbers: exact up to 2^53 µs, which is 285 years.
 */
export interface Clock {
  /** Monotonic microseconds since an arbitrary start. Never goes back. */
  nowUs(): number;
  /** Wall-clock milliseconds since the Unix epoch, for what people read. */
  wallMs(): number;
  /** Calls `fire` once, `delayUs` from now or later. */
  schedule(delayUs: number, fire: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The clock of this process. Timers have millisecond resolution and keep no process alive. */
export const systemClock: Clock = {
  nowUs: () => performance.now() * 1000,
  wallMs: () => Date.now(),
  schedule(delayUs, fire) {
    const handle = setTimeout(fire, Math.max(0, Math.ceil(delayUs / 1000)));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
