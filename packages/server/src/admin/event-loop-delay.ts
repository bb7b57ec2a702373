import { LogHistogram } from './log-histogram.ts';

/** Milliseconds by which the event loop was late. */
export interface DelayFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const INTERVAL_MS = 5;

interface Second {
  readonly lateUs: LogHistogram;
  maxUs: number;
}

/**
 * How late the event loop comes to a timer of its own, second by second and over the last seconds together. Node's own
 * monitor cannot be merged over seconds, and a window that jumps to zero hides what just happened. An idle loop shows up to
 * a millisecond, the resolution of timers.
 */
export class EventLoopDelay {
  readonly #seconds: readonly Second[];
  /** Seconds closed so far; the one that is filling is beyond the window. */
  #tick = 0;
  #lastMs = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(windowSeconds: number) {
    this.#seconds = Array.from({ length: windowSeconds + 1 }, () => ({ lateUs: new LogHistogram(), maxUs: 0 }));
  }

  start(): void {
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Ends the second that is filling and tells its figures. */
  closeSecond(): DelayFigures {
    const figures = figuresOf([this.#second(this.#tick)]);
    this.#tick++;
    const next = this.#second(this.#tick);
    next.lateUs.clear();
    next.maxUs = 0;
    return figures;
  }

  /** Over the window's full seconds. */
  window(): DelayFigures {
    return figuresOf(this.#seconds.filter((second) => second !== this.#second(this.#tick)));
  }

  #sample(): void {
    const nowMs = performance.now();
    const lateUs = Math.max(0, (nowMs - this.#lastMs - INTERVAL_MS) * 1000);
    this.#lastMs = nowMs;
    const second = this.#second(this.#tick);
    second.lateUs.add(lateUs);
    second.maxUs = Math.max(second.maxUs, lateUs);
  }

  #second(tick: number): Second {
    return this.#seconds[tick % this.#seconds.length]!;
  }
}

function figuresOf(seconds: readonly Second[]): DelayFigures {
  const sum = new LogHistogram();
  let maxUs = 0;
  for (const second of seconds) {
    sum.merge(second.lateUs);
    maxUs = Math.max(maxUs, second.maxUs);
  }
  const ms = (us: number | null): number => Math.round(Math.min(us ?? 0, maxUs)) / 1000;
  return { p50: ms(sum.quantileUs(0.5)), p99: ms(sum.quantileUs(0.99)), max: ms(maxUs) };
}
