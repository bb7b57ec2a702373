/** Up to this many hashes are kept as they are, and the count is exact. */
const EXACT_MAX = 256;
const INDEX_BITS = 11;
const REGISTERS = 2 ** INDEX_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/**
 * Counts distinct hashes: exactly up to 256, above that a HyperLogLog of 2 KiB whose standard error is 2.3%. Sketches of
 * panes are merged into that of a window. Source: Flajolet et al., HyperLogLog, 2007, with linear counting when small.
 */
export class DistinctSketch {
  #exact: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  add(hash: number): void {
    if (this.#exact !== undefined) {
      this.#exact.add(hash);
      if (this.#exact.size > EXACT_MAX) this.#becomeSketch();
      return;
    }
    // The low 32 bits choose the register; the upper 21 are as random as these and give the rank.
    const low = hash % 0x1_0000_0000;
    const index = low >>> (32 - INDEX_BITS);
    const rest = (((low << INDEX_BITS) >>> 0) | (Math.floor(hash / 0x1_0000_0000) & 0x7ff)) >>> 0;
    const rank = Math.clz32(rest) + 1;
    if (rank > this.#registers![index]!) this.#registers![index] = rank;
  }

  merge(other: DistinctSketch): void {
    if (other.#exact !== undefined) {
      for (const hash of other.#exact) this.add(hash);
      return;
    }
    if (this.#exact !== undefined) this.#becomeSketch();
    for (let i = 0; i < REGISTERS; i++) {
      this.#registers![i] = Math.max(this.#registers![i]!, other.#registers![i]!);
    }
  }

  count(): number {
    if (this.#exact !== undefined) return this.#exact.size;
    let sum = 0;
    let empty = 0;
    for (const rank of this.#registers!) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    const small = estimate <= 2.5 * REGISTERS && empty > 0;
    return Math.round(small ? REGISTERS * Math.log(REGISTERS / empty) : estimate);
  }

  /** Hashes, or registers in base64. */
  toJson(): DistinctJson {
    return this.#exact === undefined ? Buffer.from(this.#registers!).toString('base64') : [...this.#exact];
  }

  static fromJson(json: DistinctJson): DistinctSketch {
    const sketch = new DistinctSketch();
    if (typeof json === 'string') {
      sketch.#exact = undefined;
      sketch.#registers = new Uint8Array(REGISTERS);
      sketch.#registers.set(Buffer.from(json, 'base64').subarray(0, REGISTERS));
    } else {
      for (const hash of json) sketch.add(hash);
    }
    return sketch;
  }

  #becomeSketch(): void {
    const hashes = this.#exact ?? [];
    this.#exact = undefined;
    this.#registers = new Uint8Array(REGISTERS);
    for (const hash of hashes) this.add(hash);
  }
}

export type DistinctJson = string | readonly number[];
