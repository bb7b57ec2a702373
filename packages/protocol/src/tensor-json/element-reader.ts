import type { RangefinderError } from '@rangefinder/base';
import type { JsonCursor } from '../json/cursor.ts';

/** How a run of elements ended: where its array goes on. */
export const RUN_END = {
  /** Behind an element; a comma, a bracket or blanks follow. */
  afterElement: 0,
  /** Behind a comma; the next element or blanks follow. */
  beforeElement: 1,
  /** The slice ended within an element; call again with nothing skipped. */
  insideElement: 2,
} as const;

export type RunEnd = (typeof RUN_END)[keyof typeof RUN_END];

/**
 * Reads the scalars of a JSON array into a tensor's bytes. One implementation for each kind of element; the array structure
 * around them is the business of `readTensorData`.
 */
export interface ElementReader {
  /** Elements read so far. */
  readonly count: number;
  /**
   * Reads the element at the cursor and, as long as a comma and an element follow and the slice lasts, those after it.
   * Throws INVALID_ARGUMENT for an element that does not fit the type, and for more elements than there is room for.
   */
  readRun(cursor: JsonCursor): RunEnd;
  /** The bytes of all elements, once `count` is what was promised. */
  finish(): Uint8Array;
}

export function tooManyElements(cursor: JsonCursor, capacity: number): RangefinderError {
  return cursor.fail(`has more than the ${capacity} elements of the shape`);
}
