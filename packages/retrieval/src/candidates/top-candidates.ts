/** Candidates best first; values higher for better. */
export interface BestCandidates {
  readonly ids: Uint32Array;
  readonly values: Float64Array;
}

/** The `limit` offers with the highest values, equal ones by lower id, best first. */
export function topCandidates(
  limit: number,
  enumerate: (offer: (id: number, value: number) => void) => void,
): BestCandidates {
  const top = new TopCandidates(limit);
  enumerate((id, value) => top.offer(id, value));
  return top.best();
}

/** The same for who offers one by one. A heap keeps the worst at its root. */
export class TopCandidates {
  readonly #limit: number;
  readonly #ids: Uint32Array;
  readonly #values: Float64Array;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#ids = new Uint32Array(limit);
    this.#values = new Float64Array(limit);
  }

  /** Whether an offer of this value may be among the best; small enough to be asked for each of thousands. */
  admits(value: number): boolean {
    return this.#count < this.#limit || !(value < this.#values[0]!);
  }

  offer(id: number, value: number): void {
    if (this.#count < this.#limit) this.#siftUp(id, value);
    else if (this.#limit > 0 && !this.#isWorse(value, id, 0)) this.#siftDown(id, value);
  }

  /** Ends the offers: the heap is emptied from its root, the worst, into its own place from behind. */
  best(): BestCandidates {
    const ids = this.#ids;
    const values = this.#values;
    const count = this.#count;
    while (this.#count > 1) {
      const id = ids[0]!;
      const value = values[0]!;
      const last = --this.#count;
      this.#siftDown(ids[last]!, values[last]!);
      ids[last] = id;
      values[last] = value;
    }
    return { ids: ids.subarray(0, count), values: values.subarray(0, count) };
  }

  #isWorse(value: number, id: number, b: number): boolean {
    const other = this.#values[b]!;
    return value < other || (value === other && id > this.#ids[b]!);
  }

  #siftUp(id: number, value: number): void {
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isWorse(value, id, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, id, value);
  }

  /** Puts an offer in place of the root. */
  #siftDown(id: number, value: number): void {
    const ids = this.#ids;
    const values = this.#values;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#count) break;
      if (child + 1 < this.#count && this.#isWorse(values[child + 1]!, ids[child + 1]!, child)) child++;
      if (this.#isWorse(value, id, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, id, value);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#ids[from]!, this.#values[from]!);
  }

  #put(at: number, id: number, value: number): void {
    this.#ids[at] = id;
    this.#values[at] = value;
  }
}
