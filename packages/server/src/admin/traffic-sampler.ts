import type { Clock, Timer } from '@rangefinder/base';
import type { BatchFinished, ModelServer, RequestFinished } from '@rangefinder/serving';
import { EventLoopDelay, type DelayFigures } from './event-loop-delay.ts';
import { ModelTraffic, type TrafficWindow } from './model-traffic.ts';
import type { History, ModelHistory } from './overview.ts';

const WINDOW_SECONDS = 10;
const HISTORY_SECONDS = 300;

/**
 * Watches the serving layer and, once a second, closes that second: the source of the overview, the history and the event
 * stream. Memory grows with the number of model versions that had traffic in the last five minutes, and with nothing else.
 */
export class TrafficSampler {
  readonly #clock: Clock;
  readonly #delay = new EventLoopDelay(WINDOW_SECONDS);
  readonly #models = new Map<string, Map<string, ModelTraffic>>();
  readonly #listeners = new Set<() => void>();
  readonly #atSeconds = new Float64Array(HISTORY_SECONDS);
  readonly #rssBytes = new Float64Array(HISTORY_SECONDS);
  readonly #cpuPercent = new Float64Array(HISTORY_SECONDS);
  readonly #delayP99Ms = new Float64Array(HISTORY_SECONDS);
  /** Seconds closed so far. */
  #tick = 0;
  #timer: Timer | undefined = undefined;
  #unobserve: () => void = () => {};
  #cpuBefore = process.cpuUsage();
  #tickedUs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(models: ModelServer): void {
    this.#unobserve = models.observe({
      requestFinished: (event) => this.requestFinished(event),
      batchFinished: (event) => this.batchFinished(event),
    });
    this.#delay.start();
    this.#cpuBefore = process.cpuUsage();
    this.#tickedUs = this.#clock.nowUs();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#unobserve();
    this.#delay.stop();
    this.#listeners.clear();
  }

  requestFinished(event: RequestFinished): void {
    this.#traffic(event.model, event.version).current(this.#tick).requestFinished(event);
  }

  batchFinished(event: BatchFinished): void {
    this.#traffic(event.model, event.version).current(this.#tick).batchFinished(event);
  }

  /** Calls back after each second. Returns the unsubscribe function. */
  onSecond(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Undefined for a model version without traffic lately. */
  window(model: string, version: string): TrafficWindow | undefined {
    return this.#models.get(model)?.get(version)?.window(this.#tick);
  }

  /** Seconds that the window covers by now: fewer just after the start. */
  get windowSeconds(): number {
    return Math.max(1, Math.min(WINDOW_SECONDS, this.#tick));
  }

  /** Over the window. */
  get process(): { cpuPercent: number; eventLoopDelayMs: DelayFigures } {
    const seconds = Math.min(WINDOW_SECONDS, this.#tick);
    let sum = 0;
    for (let ago = 1; ago <= seconds; ago++) sum += this.#cpuPercent[(this.#tick - ago) % HISTORY_SECONDS]!;
    return { cpuPercent: seconds === 0 ? 0 : rounded(sum / seconds), eventLoopDelayMs: this.#delay.window() };
  }

  history(): History {
    const models: ModelHistory[] = [];
    for (const [name, versions] of this.#models) {
      for (const [version, traffic] of versions) models.push(this.#modelHistory(name, version, traffic));
    }
    return {
      stepSeconds: 1,
      atSeconds: this.#unrolled(this.#atSeconds),
      process: {
        rssBytes: this.#unrolled(this.#rssBytes),
        cpuPercent: this.#unrolled(this.#cpuPercent),
        eventLoopDelayP99Ms: this.#unrolled(this.#delayP99Ms),
      },
      models,
    };
  }

  /** Ends the second that is filling. Called by the timer; by tests without one. */
  closeSecond(): void {
    const nowUs = this.#clock.nowUs();
    const cpu = process.cpuUsage(this.#cpuBefore);
    this.#cpuBefore = process.cpuUsage();
    const elapsedUs = Math.max(1, nowUs - this.#tickedUs);
    this.#tickedUs = nowUs;
    const slot = this.#tick % HISTORY_SECONDS;
    this.#atSeconds[slot] = Math.floor(this.#clock.wallMs() / 1000);
    this.#rssBytes[slot] = process.memoryUsage.rss();
    this.#cpuPercent[slot] = rounded((100 * (cpu.user + cpu.system)) / elapsedUs);
    this.#delayP99Ms[slot] = this.#delay.closeSecond().p99;
    this.#closeModels(slot);
    this.#tick++;
    for (const listener of this.#listeners) listener();
  }

  #closeModels(slot: number): void {
    for (const [name, versions] of this.#models) {
      for (const [version, traffic] of versions) {
        if (this.#tick - traffic.lastActiveTick > HISTORY_SECONDS) versions.delete(version);
        else traffic.close(this.#tick, slot);
      }
      if (versions.size === 0) this.#models.delete(name);
    }
  }

  #arm(): void {
    this.#timer = this.#clock.schedule(1e6, () => {
      this.closeSecond();
      this.#arm();
    });
  }

  #traffic(model: string, version: string): ModelTraffic {
    let versions = this.#models.get(model);
    if (versions === undefined) this.#models.set(model, (versions = new Map()));
    let traffic = versions.get(version);
    if (traffic === undefined)
      versions.set(version, (traffic = new ModelTraffic(WINDOW_SECONDS, HISTORY_SECONDS, this.#tick)));
    return traffic;
  }

  #modelHistory(name: string, version: string, { history }: ModelTraffic): ModelHistory {
    return {
      name,
      version,
      requestsPerSecond: this.#unrolled(history.requests),
      inferencesPerSecond: this.#unrolled(history.inferences),
      failuresPerSecond: this.#unrolled(history.failures),
      latencyP50Ms: this.#unrolledOrNull(history.latencyP50Ms),
      latencyP99Ms: this.#unrolledOrNull(history.latencyP99Ms),
      queueP99Ms: this.#unrolledOrNull(history.queueP99Ms),
      meanBatchSize: this.#unrolledOrNull(history.meanBatchSize),
    };
  }

  /** A ring as a list, oldest first. */
  #unrolled(ring: Float64Array): number[] {
    const length = Math.min(this.#tick, HISTORY_SECONDS);
    const list: number[] = [];
    for (let i = this.#tick - length; i < this.#tick; i++) list.push(rounded(ring[i % HISTORY_SECONDS]!));
    return list;
  }

  #unrolledOrNull(ring: Float64Array): (number | null)[] {
    return this.#unrolled(ring).map((value) => (Number.isNaN(value) ? null : value));
  }
}

/** Three digits after the point are more than any chart shows, and keep the JSON small. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
