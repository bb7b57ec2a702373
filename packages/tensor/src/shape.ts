/** Sizes of a tensor's dimensions, outermost first; [] is a scalar, a 0 anywhere makes it empty. Never negative. */
export type Shape = readonly number[];

/** A declared dimension: a size, or -1 for any, or a name for any size that is equal wherever the name stands. */
export type Dimension = number | string;

export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** `[1,28,28]`, and declared shapes as `[batch,-1,64]`. */
export function formatShape(shape: readonly Dimension[]): string {
  return `[${shape.join(',')}]`;
}
