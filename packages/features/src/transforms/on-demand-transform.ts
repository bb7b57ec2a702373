import { invalidArgument } from '@rangefinder/base';
import { columnOfValues } from '../columns/column-of-values.ts';
import type { FeatureColumn, FeatureSpec } from '../feature-reader.ts';
import type { TransformError } from '../service/feature-service.ts';
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
  /**
   * One array an output, with one value a row or null; synchronous, and for all rows at once. It must not change its
   * columns. What it throws, and what does not fit the outputs, is reported, and the outputs are NULL_VALUE.
   */
  run(input: TransformInput): Readonly<Record<string, ArrayLike<FeatureValue>>>;
}

export interface TransformInput {
  readonly rows: number;
  /** Inputs by `view:feature`, context by its name. A column has `rows` rows, or one that is for all. */
  readonly columns: ReadonlyMap<string, FeatureColumn>;
}

export interface TransformOutcome {
  readonly columns: ReadonlyMap<string, FeatureColumn>;
  readonly error: TransformError | undefined;
}

/** Runs one transformation; never throws. Columns are named `transform:output`. */
export function runTransform(transform: OnDemandTransform, input: TransformInput): TransformOutcome {
  const { name, outputs } = transform;
  try {
    const results = transform.run(input);
    const columns = outputs.map((spec) => {
      const values = Object.hasOwn(results, spec.name) ? results[spec.name] : undefined;
      if (values?.length !== input.rows) {
        throw invalidArgument(spec.name, `expected ${input.rows} values, got ${values?.length ?? 'nothing'}`);
      }
      return [`${name}:${spec.name}`, columnOfValues(`${name}:${spec.name}`, spec, Array.from(values))] as const;
    });
    return { columns: new Map(columns), error: undefined };
  } catch (thrown) {
    const nulls = Array.from({ length: input.rows }, () => null);
    const columns = outputs.map((spec) => [`${name}:${spec.name}`, columnOfValues(spec.name, spec, nulls)] as const);
    const named = columns.map(([key, column]) => [key, { ...column, name: key }] as const);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { columns: new Map(named), error: { transform: name, message } };
  }
}
