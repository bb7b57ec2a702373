import type { BatchFinished, RequestFinished } from '@rangefinder/serving';
import { LogHistogram } from './log-histogram.ts';

/** Different batch sizes that are told apart in one second; the rest is counted with the nearest one below. */
const BATCH_SIZES_MAX = 64;

/** What one model version did in one second. Reused second after second. */
export class TrafficSecond {
  requests = 0;
  inferences = 0;
  failures = 0;
  batches = 0;
  batchRows = 0;
  readonly latency = new LogHistogram();
  readonly queue = new LogHistogram();
  readonly batchSizes = new Map<number, number>();

  requestFinished(event: RequestFinished): void {
    this.requests++;
    if (event.outcome === 'success') {
      this.inferences += event.rows;
      this.latency.add(event.totalUs);
    } else if (event.outcome !== 'cancelled') this.failures++;
    this.queue.add(event.queueUs);
  }

  batchFinished({ rows }: BatchFinished): void {
    this.batches++;
    this.batchRows += rows;
    const size = this.batchSizes.has(rows) || this.batchSizes.size < BATCH_SIZES_MAX ? rows : this.#nearestSize(rows);
    this.batchSizes.set(size, (this.batchSizes.get(size) ?? 0) + 1);
  }

  clear(): void {
    this.requests = 0;
    this.inferences = 0;
    this.failures = 0;
    this.batches = 0;
    this.batchRows = 0;
    this.latency.clear();
    this.queue.clear();
    this.batchSizes.clear();
  }

  #nearestSize(rows: number): number {
    let best = Infinity;
    for (const size of this.batchSizes.keys()) if (Math.abs(size - rows) < Math.abs(best - rows)) best = size;
    return best;
  }
}

/** The sums of the last seconds of one model version, for the overview. */
export interface TrafficWindow {
  readonly requests: number;
  readonly inferences: number;
  readonly failures: number;
  readonly latency: LogHistogram;
  readonly queue: LogHistogram;
  readonly batchSizes: ReadonlyMap<number, number>;
}

export interface TrafficHistory {
  readonly requests: Float64Array;
  readonly inferences: Float64Array;
  readonly failures: Float64Array;
  /** NaN where there was nothing. */
  readonly latencyP50Ms: Float64Array;
  readonly latencyP99Ms: Float64Array;
  readonly queueP99Ms: Float64Array;
  readonly meanBatchSize: Float64Array;
}

/**
 * One model version's traffic: the second that is filling, a ring of the full ones for the window, and a ring of their
 * figures for the history. All of it is of fixed size.
 */
export class ModelTraffic {
  /** The second, by the sampler's count, in which something last happened. */
  lastActiveTick: number;
  readonly history: TrafficHistory;
  readonly #seconds: readonly TrafficSecond[];
  readonly #windowSeconds: number;

  constructor(windowSeconds: number, historySeconds: number, tick: number) {
    this.#windowSeconds = windowSeconds;
    this.lastActiveTick = tick;
    this.#seconds = Array.from({ length: windowSeconds + 1 }, () => new TrafficSecond());
    const empty = (): Float64Array => new Float64Array(historySeconds);
    const unknown = (): Float64Array => new Float64Array(historySeconds).fill(NaN);
    this.history = {
      requests: empty(),
      inferences: empty(),
      failures: empty(),
      latencyP50Ms: unknown(),
      latencyP99Ms: unknown(),
      queueP99Ms: unknown(),
      meanBatchSize: unknown(),
    };
  }

  /** The second that is filling at `tick`. */
  current(tick: number): TrafficSecond {
    this.lastActiveTick = tick;
    return this.#second(tick);
  }

  /** Second `tick` is over: its figures go to `slot` of the history, and the oldest second is emptied for `tick + 1`. */
  close(tick: number, slot: number): void {
    const second = this.#second(tick);
    const { history } = this;
    history.requests[slot] = second.requests;
    history.inferences[slot] = second.inferences;
    history.failures[slot] = second.failures;
    history.latencyP50Ms[slot] = inMs(second.latency.quantileUs(0.5));
    history.latencyP99Ms[slot] = inMs(second.latency.quantileUs(0.99));
    history.queueP99Ms[slot] = inMs(second.queue.quantileUs(0.99));
    history.meanBatchSize[slot] = second.batches === 0 ? NaN : second.batchRows / second.batches;
    this.#second(tick + 1).clear();
  }

  /** Over the full seconds before `tick`. */
  window(tick: number): TrafficWindow {
    const sum = { requests: 0, inferences: 0, failures: 0, latency: new LogHistogram(), queue: new LogHistogram() };
    const batchSizes = new Map<number, number>();
    for (let ago = 1; ago <= Math.min(this.#windowSeconds, tick); ago++) {
      const second = this.#second(tick - ago);
      sum.requests += second.requests;
      sum.inferences += second.inferences;
      sum.failures += second.failures;
      sum.latency.merge(second.latency);
      sum.queue.merge(second.queue);
      for (const [size, count] of second.batchSizes) batchSizes.set(size, (batchSizes.get(size) ?? 0) + count);
    }
    return { ...sum, batchSizes };
  }

  #second(tick: number): TrafficSecond {
    return this.#seconds[tick % this.#seconds.length]!;
  }
}

function inMs(us: number | null): number {
  return us === null ? NaN : us / 1000;
}
