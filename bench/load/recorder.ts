import { quantile } from '../harness/statistics.ts';
import type { LoadReport } from './load-plan.ts';

/** What a load generator writes down: latencies within the measured time, and what failed. */
export class Recorder {
  readonly untilMs: number;
  readonly #latenciesMs: number[] = [];
  readonly #fromMs: number;
  readonly #durationMs: number;
  readonly #startMs = performance.now();
  readonly #cpu = process.cpuUsage();
  #failures = 0;

  constructor({ warmupMs, durationMs }: { readonly warmupMs: number; readonly durationMs: number }) {
    this.#durationMs = durationMs;
    this.#fromMs = this.#startMs + warmupMs;
    this.untilMs = this.#fromMs + durationMs;
  }

  add(startMs: number, succeeded: boolean): void {
    const nowMs = performance.now();
    if (nowMs < this.#fromMs || nowMs > this.untilMs) return;
    if (succeeded) this.#latenciesMs.push(nowMs - startMs);
    else this.#failures += 1;
  }

  report(): LoadReport {
    const spent = process.cpuUsage(this.#cpu);
    const wallMs = performance.now() - this.#startMs;
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const seconds = this.#durationMs / 1000;
    return {
      requests: sorted.length,
      failures: this.#failures,
      seconds,
      requestsPerSecond: sorted.length / seconds,
      latencyMs: {
        p50: quantile(sorted, 0.5),
        p90: quantile(sorted, 0.9),
        p99: quantile(sorted, 0.99),
        max: sorted.at(-1) ?? 0,
      },
      generatorCpuShare: (spent.user + spent.system) / 1000 / wallMs,
    };
  }
}
