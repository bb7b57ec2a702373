/**
 * Counts of durations in buckets that grow by a fixed ratio: fixed memory, relative error below 5%, mergeable by adding.
 *
 *     bucket 0: [0, 1 µs)   bucket i: [1 µs · 2^((i-1)/8), 1 µs · 2^(i/8))   last: everything from 134 s on
 *
 * Eight buckets per doubling is a ratio of 1.09; a value is reported as the geometric middle of its bucket.
 */
export class LogHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  add(us: number): void {
    const bucket = bucketOf(us);
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    this.#total++;
  }

  merge(other: LogHistogram): void {
    if (other.#total === 0) return;
    for (let i = 0; i < BUCKETS; i++) this.#counts[i] = this.#counts[i]! + other.#counts[i]!;
    this.#total += other.#total;
  }

  clear(): void {
    if (this.#total === 0) return;
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The value below which the share `quantile` of all values lies, in µs; null when there are none. */
  quantileUs(quantile: number): number | null {
    if (this.#total === 0) return null;
    const rank = Math.max(1, Math.ceil(quantile * this.#total));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i]!;
      if (seen >= rank) return middleOf(i);
    }
    return middleOf(BUCKETS - 1);
  }
}

const PER_DOUBLING = 8;
const DOUBLINGS = 27;
const BUCKETS = PER_DOUBLING * DOUBLINGS + 2;

function bucketOf(us: number): number {
  if (!(us >= 1)) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(us) * PER_DOUBLING));
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : 2 ** ((bucket - 0.5) / PER_DOUBLING);
}
