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
    const [costs, timesUs] = [this.#costs, this.#timesUs];
    let recent = 0;
    for (let i = 0; i < SAMPLES; i++) recent += Number(nowUs - timesUs[i]! <= this.#maxAgeUs);
    if (recent < 3) return 0;
    // Of so few samples the percentile is one of the highest: the highest that fewer than `above` exceed.
    const above = recent - Math.ceil(recent * 0.95);
    let limit = Infinity;
    for (let taken = 0; ;) {
      let highest = -Infinity;
      for (let i = 0; i < SAMPLES; i++) {
        if (nowUs - timesUs[i]! <= this.#maxAgeUs && costs[i]! < limit && costs[i]! > highest) highest = costs[i]!;
      }
      for (let i = 0; i < SAMPLES; i++) {
        taken += Number(nowUs - timesUs[i]! <= this.#maxAgeUs && costs[i] === highest);
      }
      if (taken > above) return highest;
      limit = highest;
    }
  }
}
