import type { Clock } from '@rangefinder/base';

const WINDOW_US = 1_000_000;
/** Lines of one kind in a second. What comes beyond is counted, and told with the first line of a later second. */
const LINES_PER_WINDOW = 10;
/** Kinds remembered at once; there are as many as error codes times routes, so this is never met in earnest. */
const KINDS_MAX = 1000;

interface Kind {
  windowStartUs: number;
  lines: number;
  suppressed: number;
}

/** Keeps a failure that comes thousands of times a second from filling the log, without keeping it silent. */
export class ErrorThrottle {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many lines of this kind were left out before this one; undefined: leave this one out too. */
  admit(kind: string): number | undefined {
    const nowUs = this.#clock.nowUs();
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
      known = { windowStartUs: nowUs, lines: 0, suppressed: 0 };
      this.#kinds.set(kind, known);
    }
    if (nowUs - known.windowStartUs >= WINDOW_US) {
      known.windowStartUs = nowUs;
      known.lines = 0;
    }
    if (known.lines >= LINES_PER_WINDOW) {
      known.suppressed += 1;
      return undefined;
    }
    known.lines += 1;
    const { suppressed } = known;
    known.suppressed = 0;
    return suppressed;
  }
}
