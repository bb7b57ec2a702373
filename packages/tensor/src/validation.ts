import { invalidArgument, RangefinderError, type Limits } from '@rangefinder/base';
import { validateBytesElements } from './bytes-encoding.ts';
import { byteLengthOf, type DataType } from './data-type.ts';
import { formatShape, type Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

export type TensorLimits = Pick<Limits, 'tensorRank' | 'tensorElements' | 'tensorBytes'>;

/**
 * Number of elements of a shape that came from outside. Throws INVALID_ARGUMENT for a size that is not a non-negative
 * integer or too many dimensions, PAYLOAD_TOO_LARGE past the element limit; overflow cannot happen, whatever the sizes.
 */
export function checkedElementCount(shape: Shape, limits: TensorLimits, field = 'shape'): number {
  if (shape.length > limits.tensorRank) {
    throw invalidArgument(field, `has ${shape.length} dimensions; the limit is ${limits.tensorRank}`);
  }
  let count = 1;
  for (const [index, size] of shape.entries()) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw invalidArgument(`${field}[${index}]`, `expected a non-negative integer, got ${size}`);
    }
    count *= size;
  }
  // A 0 makes the tensor empty even where the product overflowed to Infinity before it (Infinity * 0 is NaN).
  if (shape.includes(0)) return 0;
  if (!(count <= limits.tensorElements)) {
    throw tooLarge(field, `${formatShape(shape)} has more than ${limits.tensorElements} elements`);
  }
  return count;
}

/**
 * Bytes that `count` elements take; for BYTES the least they can. Throws PAYLOAD_TOO_LARGE past the byte limit, so that
 * nothing is allocated for them.
 */
export function checkedByteLength(dataType: DataType, count: number, limits: TensorLimits, field = 'shape'): number {
  const byteLength = byteLengthOf(dataType, count) ?? count * 4;
  if (byteLength > limits.tensorBytes) {
    throw tooLarge(
      field,
      `${count} elements of ${dataType} take ${byteLength} bytes; the limit is ${limits.tensorBytes}`,
    );
  }
  return byteLength;
}

/**
 * Throws unless the bytes are what type and shape promise. INVALID_ARGUMENT for a mismatch, PAYLOAD_TOO_LARGE past a limit;
 * messages start with `field`.
 */
export function validateTensor(tensor: Tensor, limits: TensorLimits, field = `tensor '${tensor.name}'`): void {
  const { dataType, shape, bytes } = tensor;
  const count = checkedElementCount(shape, limits, `${field}.shape`);
  const expected = byteLengthOf(dataType, count);
  if (bytes.length > limits.tensorBytes) {
    throw tooLarge(field, `has ${bytes.length} bytes; the limit is ${limits.tensorBytes}`);
  }
  if (expected === undefined) validateBytesElements(bytes, count, field);
  else if (bytes.length !== expected) {
    throw invalidArgument(
      field,
      `has ${bytes.length} bytes, but shape ${formatShape(shape)} of ${dataType} takes ${expected}`,
    );
  }
}

function tooLarge(field: string, problem: string): RangefinderError {
  return new RangefinderError('PAYLOAD_TOO_LARGE', `${field}: ${problem}`, { field });
}
