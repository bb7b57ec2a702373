/** Samples without which a size class says nothing. */
const EVIDENCE_MIN_SAMPLES = 4;
/**
 * Age past which evidence is dropped. Refusals rest on evidence and keep new evidence from coming in: without this limit one
 * slow minute could have every request refused for ever.
 */
const EVIDENCE_MAX_AGE_US = 2_000_000;
/** Weight of a new sample, as in TCP's round-trip estimate (RFC 6298): 1/8 for the mean, 1/4 for the deviation. */
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
/** One run that hung, or a jump of the clock, counts at most this many times the mean. */
const OUTLIER_FACTOR = 8;

interface SizeClass {
  samples: number;
  meanRows: number;
  meanUs: number;
  deviationUs: number;
  updatedUs: number;
}

/**
 * How long a batch of so many rows runs, learned from the runs that succeeded. Size classes are powers of two; between two
 * classes it interpolates. It assumes what holds for every engine we know: more rows do not take less time, and half
 * the rows take at least half the time. So below the smallest known size it scales down, and above the largest it does not scale
 * up. Both err towards "fast", as does `atLeastUs`: a request is refused only when a run faster than nearly all seen is too slow.
 */
export class RunTimeEstimator {
  readonly #classes: (SizeClass | undefined)[] = [];

  /** A run of `rows` rows took `durationUs`. */
  observe(rows: number, durationUs: number, nowUs: number): void {
    const index = classOf(rows);
    const known = this.#classes[index];
    if (known === undefined || nowUs - known.updatedUs > EVIDENCE_MAX_AGE_US) {
      this.#classes[index] = {
        samples: 1,
        meanRows: rows,
        meanUs: durationUs,
        deviationUs: durationUs / 2,
        updatedUs: nowUs,
      };
      return;
    }
    const sampleUs =
      known.samples < EVIDENCE_MIN_SAMPLES ? durationUs : Math.min(durationUs, known.meanUs * OUTLIER_FACTOR + 1);
    const errorUs = sampleUs - known.meanUs;
    known.samples += 1;
    known.meanRows += MEAN_WEIGHT * (rows - known.meanRows);
    known.meanUs += MEAN_WEIGHT * errorUs;
    known.deviationUs += DEVIATION_WEIGHT * (Math.abs(errorUs) - known.deviationUs);
    known.updatedUs = nowUs;
  }

  /** A run was aborted after `durationUs`: it would have taken longer. Tells something only when that is more than expected. */
  observeAborted(rows: number, durationUs: number, nowUs: number): void {
    const expectedUs = this.expectedUs(rows, nowUs);
    if (expectedUs === undefined || durationUs > expectedUs) this.observe(rows, durationUs, nowUs);
  }

  /** Mean of recent runs; undefined without fresh evidence. */
  expectedUs(rows: number, nowUs: number): number | undefined {
    return this.#estimate(rows, nowUs, 0);
  }

  /** Faster than nearly all recent runs: two mean deviations below the mean. */
  atLeastUs(rows: number, nowUs: number): number | undefined {
    return this.#estimate(rows, nowUs, -2);
  }

  /** Slower than most recent runs: two mean deviations above the mean. */
  atMostUs(rows: number, nowUs: number): number | undefined {
    return this.#estimate(rows, nowUs, 2);
  }

  /** From the largest class down, so that no class is thought slower than a larger one: what a small batch waited for was not its size. */
  #estimate(rows: number, nowUs: number, deviations: number): number | undefined {
    let aboveRows = Infinity;
    let aboveUs = Infinity;
    for (let index = this.#classes.length - 1; index >= 0; index--) {
      const known = this.#classes[index];
      if (known === undefined || known.samples < EVIDENCE_MIN_SAMPLES) continue;
      if (nowUs - known.updatedUs > EVIDENCE_MAX_AGE_US) continue;
      const levelUs = Math.min(aboveUs, Math.max(0, known.meanUs + deviations * known.deviationUs));
      if (known.meanRows <= rows) {
        if (aboveRows === Infinity) return levelUs;
        return levelUs + ((aboveUs - levelUs) * (rows - known.meanRows)) / (aboveRows - known.meanRows);
      }
      aboveRows = known.meanRows;
      aboveUs = levelUs;
    }
    return aboveRows === Infinity ? undefined : (aboveUs * rows) / aboveRows;
  }
}

/** 0 for 1 row, 1 for 2, 2 for 3 and 4, 3 for 5 to 8, … */
function classOf(rows: number): number {
  return rows <= 1 ? 0 : Math.ceil(Math.log2(rows));
}
