const SAMPLES = 64;

/**
 * What a row of the heavy stage takes, learned: the 95th percentile of the last runs. Samples grow old and are forgotten, so
 * that after a bad time the full funnel is tried again without anybody doing anything.
 */
export class RowCost {
  readonly #maxAgeUs: number;
  readonly #costs = new Float64Array(SAMPLES);
  readonly #timesUs = new Float64Array(SAMPLES).fill(-Infinity);
  #next = 0;

  constructor(maxAgeUs: number) {
    this.#maxAgeUs = maxAgeUs;
  }

  add(rows: number, durationUs: number, nowUs: number): void {
    if (rows <= 0) return;
    this.#costs[this.#next] = durationUs / rows;
    this.#timesUs[this.#next] = nowUs;
    this.#next = (this.#next + 1) % SAMPLES;
  }

  /** µs per row; 0 while too little is known. */
  p95(nowUs: number): number {
    const recent = this.#costs.filter((_, i) => nowUs - this.#timesUs[i]! <= this.#maxAgeUs).toSorted();
    return recent.length < 3 ? 0 : recent[Math.min(recent.length - 1, Math.ceil(recent.length * 0.95) - 1)]!;
  }
}
