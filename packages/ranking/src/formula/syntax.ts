/** A parsed formula. Names are as written: `ctr`, `item_stats:popularity`, `context.hour`, `item_text:vector[3]`. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly operation: Operation; readonly operands: readonly Expression[] };

export type Operation = keyof typeof OPERATIONS;

interface OperationInfo {
  readonly min: number;
  /** Infinity: folded from the left, two at a time. */
  readonly max: number;
  readonly apply: (a: number, b: number, c: number) => number;
}

/**
 * All that formulas can do, on float64 as IEEE 754 has it. Comparisons are 1 or 0; with a NaN only `!=` is 1. `if` takes its second
 * operand when the first is neither 0 nor NaN, its third for 0, and is NaN for NaN, so that garbage is never hidden.
 */
export const OPERATIONS = {
  '+': binary((a, b) => a + b),
  '-': binary((a, b) => a - b),
  '*': binary((a, b) => a * b),
  '/': binary((a, b) => a / b),
  '^': binary((a, b) => a ** b),
  '<': binary((a, b) => Number(a < b)),
  '<=': binary((a, b) => Number(a <= b)),
  '>': binary((a, b) => Number(a > b)),
  '>=': binary((a, b) => Number(a >= b)),
  '==': binary((a, b) => Number(a === b)),
  '!=': binary((a, b) => Number(a !== b)),
  negate: { min: 1, max: 1, apply: (a) => -a },
  exp: { min: 1, max: 1, apply: (a) => Math.exp(a) },
  log: { min: 1, max: 1, apply: (a) => Math.log(a) },
  sqrt: { min: 1, max: 1, apply: (a) => Math.sqrt(a) },
  abs: { min: 1, max: 1, apply: (a) => Math.abs(a) },
  sigmoid: { min: 1, max: 1, apply: (a) => 1 / (1 + Math.exp(-a)) },
  min: { min: 2, max: Infinity, apply: (a, b) => Math.min(a, b) },
  max: { min: 2, max: Infinity, apply: (a, b) => Math.max(a, b) },
  clip: { min: 3, max: 3, apply: (a, b, c) => Math.min(Math.max(a, b), c) },
  if: { min: 3, max: 3, apply: (a, b, c) => (a === 0 ? c : Number.isNaN(a) ? Number.NaN : b) },
} as const satisfies Record<string, OperationInfo>;

/** What a formula may call by name. */
export const FUNCTIONS = ['exp', 'log', 'sqrt', 'abs', 'sigmoid', 'min', 'max', 'clip', 'if'] as const;

function binary(apply: (a: number, b: number) => number): OperationInfo {
  return { min: 2, max: 2, apply };
}
