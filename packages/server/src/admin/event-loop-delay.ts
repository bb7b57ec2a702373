import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds by which the event loop was late. */
export interface DelayFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const RESOLUTION_MS = 5;

/**
 * How late the event loop comes to a timer of its own. Node's histogram holds the time between two of its ticks, so the
 * interval itself is taken off: an idle loop shows about 0.
 */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** Since the last call. */
  take(): DelayFigures {
    const figures = {
      p50: delayMs(this.#histogram.percentile(50)),
      p99: delayMs(this.#histogram.percentile(99)),
      max: delayMs(this.#histogram.max),
    };
    const empty = this.#histogram.count === 0;
    this.#histogram.reset();
    return empty ? { p50: 0, p99: 0, max: 0 } : figures;
  }
}

function delayMs(intervalNs: number): number {
  return Math.max(0, Math.round(intervalNs / 1e3 - RESOLUTION_MS * 1e3) / 1e3);
}
