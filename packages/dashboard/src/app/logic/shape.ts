/** Sizes, outermost first; [] is a scalar. */
export type Shape = readonly number[];
/** Declared sizes: -1 (or a name) stands for any. */
export type DeclaredShape = readonly (number | string)[];

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isDynamic(size: number | string | undefined): boolean {
  return typeof size === 'string' || size === undefined || size < 0;
}

/** `[N, 1, 28, 28]`, a dynamic dimension by its name or as `?`. */
export function formatShape(shape: DeclaredShape): string {
  if (shape.length === 0) return 'scalar';
  return `[${shape.map((size) => (typeof size === 'string' ? size : size < 0 ? '?' : String(size))).join(', ')}]`;
}

/** Whether concrete sizes are what a declaration allows. */
export function matchesDeclared(declared: DeclaredShape, shape: Shape): boolean {
  return declared.length === shape.length && declared.every((size, i) => isDynamic(size) || size === shape[i]);
}

/** A first proposal for a declaration: fixed sizes as they are, dynamic ones as 1. */
export function initialShape(declared: DeclaredShape): number[] {
  return declared.map((size) => (typeof size === 'number' && size >= 0 ? size : 1));
}

/**
 * The shape that data of `count` elements gets: the shape the data itself has where the declaration allows it, else the
 * current one where the count fits, else the current one with one dynamic dimension solved for. undefined when nothing fits.
 */
export function fitShape(declared: DeclaredShape, current: Shape, count: number, own?: Shape): number[] | undefined {
  if (own !== undefined && matchesDeclared(declared, own)) return [...own];
  if (own !== undefined && own.length === declared.length - 1) {
    // A single example without its batch dimension.
    const batched = [1, ...own];
    if (matchesDeclared(declared, batched)) return batched;
  }
  if (elementCount(current) === count) return [...current];
  for (const [i, size] of declared.entries()) {
    if (!isDynamic(size)) continue;
    const rest = elementCount(current.filter((_, j) => j !== i));
    if (rest > 0 && count % rest === 0 && count > 0) return current.map((value, j) => (j === i ? count / rest : value));
  }
  return undefined;
}
