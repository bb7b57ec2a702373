/**
 * A filter as it is written in JSON. Every object has exactly one operator, and every comparison exactly one field.
 *
 *     { "and": [ { "eq": { "language": "en" } }, { "range": { "year": { "gte": 1990, "lt": 2000 } } },
 *                { "contains": { "genres": ["Drama", "Comedy"] } }, { "not": { "exists": "withdrawn_at" } } ] }
 *
 * An item without the attribute passes no comparison, and so does pass its negation. `contains` on a keyword list is true
 * when the list has at least one of the values.
 */
export type FilterExpression =
  | { readonly and: readonly FilterExpression[] }
  | { readonly or: readonly FilterExpression[] }
  | { readonly not: FilterExpression }
  | { readonly eq: Readonly<Record<string, FilterValue>> }
  | { readonly in: Readonly<Record<string, readonly FilterValue[]>> }
  | { readonly range: Readonly<Record<string, FilterRange>> }
  | { readonly contains: Readonly<Record<string, string | readonly string[]>> }
  | { readonly exists: string };

/** Strings for keywords, numbers for int, float and timestamp (Unix milliseconds; ISO 8601 text is taken too). */
export type FilterValue = string | number | boolean;

/** At least one bound; on int, float and timestamp attributes. */
export interface FilterRange {
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
}

export type AttributeType = 'keyword' | 'keyword_list' | 'int' | 'float' | 'bool' | 'timestamp';
export type AttributeSchema = Readonly<Record<string, AttributeType>>;
export type AttributeValue = string | number | boolean | readonly string[] | null;
