import type { FeatureColumn, FeatureSpec } from '../feature-reader.ts';
import type { FeatureValue } from '../values/feature-value.ts';

/** A function from features and request context to features, run at every request. */
export interface OnDemandTransform {
  /** As a view is named: its outputs are asked for as `name:output`. */
  readonly name: string;
  /** Stored or aggregated features that it reads, `view:feature`. */
  readonly inputs: readonly string[];
  /** Columns that the request brings along. */
  readonly context: readonly FeatureSpec[];
  readonly outputs: readonly FeatureSpec[];
  /** Output → what stands where there is no value, in place of zero. */
  readonly defaults?: Readonly<Record<string, FeatureValue>>;
  /**
   * One array an output, with one value a row or null; synchronous, and for all rows at once. It must not change its
   * columns. What it throws, and what does not fit the outputs, is reported, and the outputs are NULL_VALUE; of rows that are
   * NaN or infinite, these rows are.
   */
  run(input: TransformInput): Readonly<Record<string, ArrayLike<FeatureValue>>>;
}

export interface TransformInput {
  readonly rows: number;
  /** Inputs by `view:feature`, context by its name. A column has `rows` rows, or one that is for all. */
  readonly columns: ReadonlyMap<string, FeatureColumn>;
}
