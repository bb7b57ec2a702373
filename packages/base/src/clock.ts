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

/** The clock of this process. Its timers keep no process alive. */
export const systemClock: Clock = {
  nowUs: () => performance.now() * 1000,
  wallMs: () => Date.now(),
  schedule: (delayUs, fire) => new ProcessTimer(performance.now() + delayUs / 1000, fire),
};

/**
 * Node's timers fire up to a millisecond late, which is longer than many queue delays. The whole milliseconds are slept,
 * the rest is spent in turns of the event loop, so that sockets are still read: less than a millisecond of one core.
 */
class ProcessTimer implements Timer {
  readonly #dueMs: number;
  readonly #fire: () => void;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(dueMs: number, fire: () => void) {
    this.#dueMs = dueMs;
    this.#fire = fire;
    this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
  }

  readonly #arm = (): void => {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs <= 0) {
      this.#immediate = setImmediate(this.#fire);
    } else if (leftMs >= 2) {
      // A timer of n ms fires between n and n + 1 ms from now.
      this.#timeout = setTimeout(this.#arm, Math.floor(leftMs) - 1);
      this.#timeout.unref();
    } else {
      this.#immediate = setImmediate(this.#arm);
    }
  };
}
