import { invalidArgument } from '@rangefinder/base';
import { columnOfValues } from '../columns/column-of-values.ts';
import type { FeatureColumn, FeatureSpec } from '../feature-reader.ts';
import type { FeatureTransform, TransformError, TransformOutcome } from '../service/feature-service.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { encodeValue } from '../values/value-encoder.ts';
import type { OnDemandTransform, TransformInput } from './on-demand-transform.ts';
import { outputColumn } from './output-column.ts';

/** A transformation with its context checked, its results in columns, and its failures as values. */
export class CompiledTransform implements FeatureTransform {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly context: readonly FeatureSpec[];
  readonly outputs: readonly FeatureSpec[];
  readonly #transform: OnDemandTransform;

  /** Throws INVALID_ARGUMENT for a default that does not fit its output. */
  constructor(transform: OnDemandTransform) {
    this.#transform = transform;
    this.name = transform.name;
    this.inputs = transform.inputs;
    this.context = transform.context;
    this.outputs = transform.outputs;
    for (const spec of transform.outputs) {
      encodeValue(spec, this.#defaultOf(spec), `transforms.${transform.name}.defaults.${spec.name}`);
    }
  }

  contextColumns(context: Readonly<Record<string, readonly FeatureValue[]>>): ReadonlyMap<string, FeatureColumn> {
    const columns = this.context.map((spec) => {
      const field = `context.${spec.name}`;
      const values = Object.hasOwn(context, spec.name) ? context[spec.name] : undefined;
      if (values === undefined) {
        throw invalidArgument(field, `expected values, because ${this.name} reads them; got nothing`);
      }
      const [first] = values;
      // The one value of a ranking request has no index that its caller would know of.
      if (values.length === 1 && first !== undefined) encodeValue(spec, first, field);
      return [spec.name, columnOfValues(field, spec, values)] as const;
    });
    return new Map(columns);
  }

  run(input: TransformInput, wanted?: readonly string[]): TransformOutcome {
    const { name } = this;
    const outputs = this.outputs.filter((spec) => wanted?.includes(`${name}:${spec.name}`) !== false);
    const columns = new Map<string, FeatureColumn>();
    const problems: string[] = [];
    let rowsFailed = 0;
    try {
      const results = this.#transform.run(input);
      for (const spec of outputs) {
        const values = Object.hasOwn(results, spec.name) ? results[spec.name] : undefined;
        if (values?.length !== input.rows) {
          throw invalidArgument(spec.name, `expected ${input.rows} values, got ${values?.length ?? 'nothing'}`);
        }
        const { column, notNumbers } = outputColumn(`${name}:${spec.name}`, spec, values, this.#defaultOf(spec));
        columns.set(column.name, column);
        if (notNumbers === 0) continue;
        problems.push(`${spec.name}: ${notNumbers} of ${input.rows} values are NaN or infinite`);
        rowsFailed = Math.max(rowsFailed, notNumbers);
      }
    } catch (thrown) {
      return this.#failed(outputs, input.rows, thrown instanceof Error ? thrown.message : String(thrown));
    }
    const error: TransformError | undefined =
      problems.length === 0 ? undefined : { transform: name, message: problems.join('; '), rows: rowsFailed };
    return { columns, error };
  }

  #failed(outputs: readonly FeatureSpec[], rows: number, message: string): TransformOutcome {
    const nulls = Array.from({ length: rows }, () => null);
    const columns = outputs.map((spec) => {
      const column = columnOfValues(`${this.name}:${spec.name}`, spec, nulls, this.#defaultOf(spec));
      return [column.name, column] as const;
    });
    return { columns: new Map(columns), error: { transform: this.name, message, rows } };
  }

  #defaultOf({ name }: FeatureSpec): FeatureValue {
    const { defaults = {} } = this.#transform;
    return (Object.hasOwn(defaults, name) ? defaults[name] : null) ?? null;
  }
}
