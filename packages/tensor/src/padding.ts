import { invalidArgument } from '@rangefinder/base';
import { elementCount, formatShape, type Shape } from './shape.ts';

/**
 * Ragged batches: requests whose inner dimensions differ are written into one tensor as large as the largest, the rest
 * filled. For a part [2,3] in a target [4,5]:
 *
 *     rowStart → p p p · ·      p  copied, in runs as long as possible
 *                p p p · ·      ·  the fill element, written once, only where there is no data
 *
 * Every byte of the part's rows is written exactly once, so the target's memory may be dirty before. For element types of
 * whole bytes; BYTES has no fixed element size and 4-bit types no byte of their own.
 */
export interface PaddedPart {
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/**
 * Writes a part's rows into rows [rowStart, rowStart + part.shape[0]) of `target`, padding all inner dimensions that are
 * smaller than the target's. `fill` is one element, `elementBytes` long. Throws INVALID_ARGUMENT when it does not fit.
 */
export function writePadded(
  target: Uint8Array,
  targetShape: Shape,
  rowStart: number,
  part: PaddedPart,
  elementBytes: number,
  fill: Uint8Array,
): void {
  checkFits(target, targetShape, rowStart, part.shape, elementBytes);
  if (part.bytes.length !== elementCount(part.shape) * elementBytes) {
    throw invalidArgument('part', `has ${part.bytes.length} bytes, not those of shape ${formatShape(part.shape)}`);
  }
  if (fill.length !== elementBytes) throw invalidArgument('fill', `is ${fill.length} bytes, not ${elementBytes}`);
  const large = [part.shape[0]!, ...targetShape.slice(1)];
  const start = rowStart * elementCount(targetShape.slice(1)) * elementBytes;
  transfer({ small: part.bytes, large: target, smallShape: part.shape, largeShape: large, elementBytes, fill }, start);
}

/**
 * Reads rows [rowStart, rowStart + shape[0]) of `source` back without their padding: for each inner dimension the first
 * shape[d] of sourceShape[d]. Returns a copy of its own. Throws INVALID_ARGUMENT when the shape is not inside the source's.
 */
export function readUnpadded(
  source: Uint8Array,
  sourceShape: Shape,
  rowStart: number,
  shape: Shape,
  elementBytes: number,
): Uint8Array {
  checkFits(source, sourceShape, rowStart, shape, elementBytes);
  const result = new Uint8Array(elementCount(shape) * elementBytes);
  const large = [shape[0]!, ...sourceShape.slice(1)];
  const start = rowStart * elementCount(sourceShape.slice(1)) * elementBytes;
  transfer(
    { small: result, large: source, smallShape: shape, largeShape: large, elementBytes, fill: undefined },
    start,
  );
  return result;
}

/** The largest size of each dimension, the first one added up: the shape of a batch that all of `shapes` fit in. */
export function paddedBatchShape(shapes: readonly Shape[]): number[] {
  const padded = [...(shapes[0] ?? [])];
  for (const shape of shapes.slice(1)) {
    if (shape.length !== padded.length) {
      throw invalidArgument('shape', `${formatShape(shape)} and ${formatShape(padded)} differ in rank`);
    }
    for (let d = 1; d < shape.length; d++) padded[d] = Math.max(padded[d]!, shape[d]!);
    padded[0]! += shape[0]!;
  }
  return padded;
}

/** Fills [start, end) with copies of `element`; the length is a multiple of the element's. */
export function fillElements(target: Uint8Array, start: number, end: number, element: Uint8Array): void {
  if (element.every((byte) => byte === element[0])) {
    target.fill(element[0] ?? 0, start, end);
    return;
  }
  if (start >= end) return;
  target.set(element, start);
  let filled = element.length;
  while (start + filled < end) {
    const length = Math.min(filled, end - start - filled);
    target.copyWithin(start + filled, start, start + length);
    filled += length;
  }
}

interface Transfer {
  readonly small: Uint8Array;
  readonly large: Uint8Array;
  readonly smallShape: Shape;
  readonly largeShape: Shape;
  readonly elementBytes: number;
  /** Set when small is written into large; undefined when large is read into small. */
  readonly fill: Uint8Array | undefined;
}

/** Copies between a dense small tensor and the corner of a large one that starts at byte `largeStart`. */
function transfer(job: Transfer, largeStart: number): void {
  const rank = job.smallShape.length;
  // Dimensions from `runDim` on are equal, so a run of them is one copy.
  let runDim = rank;
  while (runDim > 0 && job.smallShape[runDim - 1] === job.largeShape[runDim - 1]) runDim--;
  const bytesFrom = (shape: Shape, dim: number): number => elementCount(shape.slice(dim)) * job.elementBytes;
  const largeStrides = Array.from({ length: rank + 1 }, (_, d) => bytesFrom(job.largeShape, d));
  const smallStrides = Array.from({ length: rank + 1 }, (_, d) => bytesFrom(job.smallShape, d));
  const copyDim = Math.max(0, runDim - 1);
  const copyBytes = smallStrides[copyDim]!;

  const visit = (dim: number, smallOffset: number, largeOffset: number): void => {
    if (dim === copyDim) {
      copyRun(job, smallOffset, largeOffset, copyBytes);
      if (job.fill) fillElements(job.large, largeOffset + copyBytes, largeOffset + largeStrides[dim]!, job.fill);
      return;
    }
    const size = job.smallShape[dim]!;
    const largeStride = largeStrides[dim + 1]!;
    for (let i = 0; i < size; i++)
      visit(dim + 1, smallOffset + i * smallStrides[dim + 1]!, largeOffset + i * largeStride);
    if (job.fill) fillElements(job.large, largeOffset + size * largeStride, largeOffset + largeStrides[dim]!, job.fill);
  };
  visit(0, 0, largeStart);
}

const SHORT_RUN_BYTES = 48;

function copyRun(job: Transfer, smallOffset: number, largeOffset: number, byteLength: number): void {
  const { small, large } = job;
  const intoLarge = job.fill !== undefined;
  if (byteLength > SHORT_RUN_BYTES) {
    if (intoLarge) large.set(small.subarray(smallOffset, smallOffset + byteLength), largeOffset);
    else small.set(large.subarray(largeOffset, largeOffset + byteLength), smallOffset);
    return;
  }
  // Below this, making the subarray costs more than the copy.
  if (intoLarge) for (let i = 0; i < byteLength; i++) large[largeOffset + i] = small[smallOffset + i]!;
  else for (let i = 0; i < byteLength; i++) small[smallOffset + i] = large[largeOffset + i]!;
}

function checkFits(large: Uint8Array, largeShape: Shape, rowStart: number, shape: Shape, elementBytes: number): void {
  const inside =
    shape.length > 0 &&
    shape.length === largeShape.length &&
    rowStart >= 0 &&
    rowStart + shape[0]! <= largeShape[0]! &&
    shape.every((size, d) => d === 0 || size <= largeShape[d]!);
  if (!inside) {
    throw invalidArgument(
      'shape',
      `${formatShape(shape)} at row ${rowStart} does not fit into ${formatShape(largeShape)}`,
    );
  }
  const expected = elementCount(largeShape) * elementBytes;
  if (large.length !== expected) {
    throw invalidArgument('shape', `${formatShape(largeShape)} takes ${expected} bytes, but there are ${large.length}`);
  }
}
