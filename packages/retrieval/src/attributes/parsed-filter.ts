/** A filter after parsing: checked against the schema, values in the form that columns hold. */
export type ParsedFilter =
  | { readonly kind: 'all' | 'none' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ParsedFilter[] }
  | { readonly kind: 'not'; readonly part: ParsedFilter }
  | { readonly kind: 'exists'; readonly field: string }
  /** One of these values; for a list, one of its keywords is one of them. Sorted, without duplicates, never empty. */
  | { readonly kind: 'any_of'; readonly field: string; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'range'; readonly field: string; readonly bounds: Bounds };

/** Infinite where there is no bound. */
export interface Bounds {
  readonly low: number;
  readonly lowOpen: boolean;
  readonly high: number;
  readonly highOpen: boolean;
}
