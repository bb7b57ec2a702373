import type { RequestMemory } from './request-memory.ts';

/** Runs of this length are sorted by insertion before they are merged. */
const RUN = 8;

/**
 * Positions by the score that each has, best first; scores that are NaN or infinite last, equals by id, so that the same
 * scores always give the same order. A merge sort over typed arrays: no comparator is called and nothing is boxed, and what is
 * in order already costs one look.
 */
export class ScoreSort {
  readonly #keys: Float64Array;
  readonly #idOf: (position: number) => string;
  readonly #memory: RequestMemory;

  constructor(scores: Float64Array | Float32Array, idOf: (position: number) => string, memory: RequestMemory) {
    this.#idOf = idOf;
    this.#memory = memory;
    // Without a finite score all are alike, and behind every finite one.
    this.#keys = memory.doubles(scores.length);
    for (let i = 0; i < scores.length; i++) this.#keys[i] = Number.isFinite(scores[i]) ? scores[i]! : -Infinity;
  }

  /** Sorts places `from` to `to`, not including it, of an array of positions. */
  sort(positions: Uint32Array, from: number, to: number): void {
    if (this.#isSorted(positions, from, to)) return;
    for (let start = from; start < to; start += RUN) this.#insert(positions, start, Math.min(to, start + RUN));
    if (to - from <= RUN) return;
    let source = this.#memory.numbers(to - from);
    let target = this.#memory.numbers(to - from);
    source.set(positions.subarray(from, to));
    for (let width = RUN; width < source.length; width *= 2) {
      for (let start = 0; start < source.length; start += 2 * width) this.#merge(source, target, start, width);
      [source, target] = [target, source];
    }
    positions.set(source, from);
  }

  #isSorted(positions: Uint32Array, from: number, to: number): boolean {
    for (let i = from + 1; i < to; i++) if (!this.#isBefore(positions[i - 1]!, positions[i]!)) return false;
    return true;
  }

  #insert(positions: Uint32Array, from: number, to: number): void {
    for (let i = from + 1; i < to; i++) {
      const position = positions[i]!;
      let j = i;
      for (; j > from && this.#isBefore(position, positions[j - 1]!); j--) positions[j] = positions[j - 1]!;
      positions[j] = position;
    }
  }

  /** Two sorted runs of `width`, side by side from `start`, into one. */
  #merge(source: Uint32Array, target: Uint32Array, start: number, width: number): void {
    const middle = Math.min(source.length, start + width);
    const end = Math.min(source.length, middle + width);
    let left = start;
    let right = middle;
    for (let i = start; i < end; i++) {
      const takesRight = right < end && (left >= middle || this.#isBefore(source[right]!, source[left]!));
      target[i] = takesRight ? source[right++]! : source[left++]!;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#keys[a]!;
    const y = this.#keys[b]!;
    return x > y || (x === y && this.#idOf(a) < this.#idOf(b));
  }
}
