import { invalidArgument } from '@rangefinder/base';
import { elementCount, formatShape, type Dimension, type Shape } from '@rangefinder/tensor';
import type { ArrayData } from './array-data.ts';

/**
 * Gives data the rank that a model declares without changing the order of its elements. In this order: as it is, with
 * leading dimensions of 1 added (a missing batch dimension), with leading dimensions of 1 taken away, or, for a flat list (or one for each row), reshaped when at most one declared dimension is open.
 *
 * @param declared with the batch dimension; -1 or a name for any size; undefined when the model does not say.
 * @throws INVALID_ARGUMENT naming `field`, the shape found and the shape declared.
 */
export function fitShape(array: ArrayData, declared: readonly Dimension[] | undefined, field: string): ArrayData {
  if (declared === undefined) return array;
  const fitted = fittedShape(array.shape, declared);
  if (fitted === undefined) {
    throw invalidArgument(
      field,
      `the data has shape ${formatShape(array.shape)}, the model declares ${formatShape(declared)}`,
    );
  }
  return { ...array, shape: fitted };
}

/** Whether each size is what the declaration allows. */
export function matchesShape(shape: Shape, declared: readonly Dimension[]): boolean {
  return shape.length === declared.length && shape.every((size, axis) => sizeMatches(size, declared[axis]));
}

function fittedShape(shape: Shape, declared: readonly Dimension[]): Shape | undefined {
  if (matchesSteps(shape, declared)) return shape;
  const missing = declared.length - shape.length;
  if (missing > 0) {
    const padded = [...Array.from({ length: missing }, () => 1), ...shape];
    if (matchesSteps(padded, declared)) return padded;
  }
  if (missing < 0 && shape.slice(0, -missing).every((size) => size === 1)) {
    const stripped = shape.slice(-missing);
    if (matchesSteps(stripped, declared)) return stripped;
  }
  const flat = reshapedFlat(shape, declared);
  if (flat !== undefined) return flat;
  // The protocol has no way to say "of any rank", so servers write [-1] for it.
  return declared.length === 1 && isOpen(declared[0]) ? shape : undefined;
}

/** A list of elements, or one for each row of what is declared: nobody can have meant another order of elements. */
function reshapedFlat(shape: Shape, declared: readonly Dimension[]): Shape | undefined {
  const isList = shape.length > 0 && shape.slice(0, -1).every((size) => size === 1);
  if (isList) return reshaped(elementCount(shape), declared);
  const [rows = 0, length] = shape;
  const rest = declared.slice(1);
  if (shape.length !== 2 || declared.length === 0 || !isOpen(declared[0]) || rest.some(isOpen)) return undefined;
  return elementCount(rest as Shape) === length ? [rows, ...(rest as number[])] : undefined;
}

/** A fixed leading 1 allows more rows: they become requests of their own. */
function matchesSteps(shape: Shape, declared: readonly Dimension[]): boolean {
  if (matchesShape(shape, declared)) return true;
  return (
    declared.length > 1 &&
    declared[0] === 1 &&
    shape.length === declared.length &&
    matchesShape(shape.slice(1), declared.slice(1))
  );
}

function reshaped(count: number, declared: readonly Dimension[]): Shape | undefined {
  const open = declared.filter(isOpen).length;
  const fixed = declared.reduce<number>((product, size) => (isOpen(size) ? product : product * (size as number)), 1);
  if (open === 0) {
    if (count === fixed) return declared as Shape;
    const steps = count / fixed;
    return declared[0] === 1 && Number.isInteger(steps) && steps > 0
      ? [steps, ...(declared.slice(1) as number[])]
      : undefined;
  }
  const rest = fixed === 0 ? Number.NaN : count / fixed;
  if (open > 1 || !Number.isInteger(rest)) return undefined;
  return declared.map((size) => (isOpen(size) ? rest : (size as number)));
}

export function isOpen(size: Dimension | undefined): boolean {
  return typeof size !== 'number' || size < 0;
}

function sizeMatches(size: number, declared: Dimension | undefined): boolean {
  return isOpen(declared) || size === declared;
}
