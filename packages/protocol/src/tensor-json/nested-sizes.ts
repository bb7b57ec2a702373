import { formatShape, type Shape } from '@rangefinder/tensor';
import type { JsonCursor } from '../json/cursor.ts';

/**
 * Keeps watch over the sizes of nested arrays: all arrays of one level are equally long, scalars are in the innermost ones
 * only, and in the end the sizes are those of the shape. Dimensions of size 1 may be left out or put in, and the inner
 * dimensions written as one, down to a flat array: so much is common among clients and cannot be mistaken.
 */
export class NestedSizes {
  readonly #cursor: JsonCursor;
  /** Elements so far of the open array of each level. */
  readonly #counts: number[] = [];
  /** Size of the first array of each level that was closed; -1 before. */
  readonly #sizes: number[] = [];
  #leafLevel = -1;

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  open(): void {
    const level = this.#counts.length;
    if (level > 0) {
      if (level - 1 === this.#leafLevel) throw this.#cursor.fail('mixes arrays and values on one level');
      this.#counts[level - 1]!++;
    }
    this.#counts.push(0);
    if (this.#sizes.length === level) this.#sizes.push(-1);
  }

  /** Before scalars, the cursor at the first: throws where arrays are already on this level, or scalars on another. */
  beginScalars(): void {
    const level = this.#counts.length - 1;
    const isDeepest = level === this.#sizes.length - 1;
    if (!isDeepest || (this.#leafLevel >= 0 && this.#leafLevel !== level)) {
      throw this.#cursor.fail('mixes arrays and values on one level');
    }
    this.#leafLevel = level;
  }

  addScalars(count: number): void {
    this.#counts[this.#leafLevel]! += count;
  }

  close(): void {
    const count = this.#counts.pop()!;
    const level = this.#counts.length;
    const size = this.#sizes[level]!;
    if (size < 0) this.#sizes[level] = count;
    else if (size !== count) {
      throw this.#cursor.fail(`has arrays of ${size} and of ${count} elements on one level; the second ends`);
    }
  }

  /** Throws unless the sizes can be read as `shape` with `elements` elements. */
  check(shape: Shape, elements: number): void {
    if (elements === 0) return;
    const declared = shape.filter((size) => size !== 1);
    const nested = this.#sizes.filter((size) => size !== 1);
    const last = nested.length - 1;
    let outer = 1;
    for (let level = 0; level < last; level++) {
      if (nested[level] !== declared[level]) throw this.#mismatch(shape);
      outer *= nested[level]!;
    }
    if (last >= 0 && nested[last] !== elements / outer) throw this.#mismatch(shape);
  }

  #mismatch(shape: Shape): Error {
    return this.#cursor.fail(
      `is nested as ${formatShape(this.#sizes)}, but the shape is ${formatShape(shape)}; it ends`,
    );
  }
}
