import type { FeatureColumn, FeatureTransform } from '@rangefinder/features';
import type { ContextValue } from '../rank-request.ts';
import type { StageName } from '../rank-response.ts';
import type { FeatureColumns } from './feature-set.ts';
import type { PlannedTransform } from './stage-features.ts';
import type { StageLog } from './stage-log.ts';

type Context = Readonly<Record<string, ContextValue>>;

/** Transformation → the request's context as it reads it: columns of one row. */
export type TransformContext = ReadonlyMap<string, FeatureColumns>;

/** Throws INVALID_ARGUMENT that names `context.X` when a value is missing or of another type than a transformation reads. */
export function transformContext(transforms: readonly FeatureTransform[], context: Context): TransformContext {
  return new Map(
    transforms.map((transform) => {
      const values = transform.context.flatMap(({ name, dataType }) => {
        const value = Object.hasOwn(context, name) ? context[name] : undefined;
        if (value === undefined) return [];
        return [[name, [typeof value === 'boolean' && dataType !== 'BOOL' ? Number(value) : value]] as const];
      });
      return [transform.name, transform.contextColumns(Object.fromEntries(values))] as const;
    }),
  );
}

export interface TransformRun {
  readonly transforms: readonly PlannedTransform[];
  readonly context: TransformContext;
  readonly rows: number;
  /** Columns of `rows` rows, or of one that is for all; undefined for what could not be had. */
  readonly columnOf: (feature: string) => FeatureColumn | undefined;
  /** Whether defaults may stand for what a transformation failed to give. */
  readonly defaults: boolean;
  readonly log: StageLog;
  readonly stage: StageName;
}

/**
 * Columns that are computed, by `transform:output`. What fails is in the log, and its rows have defaults, or no column where
 * those are not allowed; a transformation whose inputs could not be had is left out, which the log knows of already.
 */
export function runTransforms(run: TransformRun): FeatureColumns {
  const { transforms, context, rows, columnOf, defaults, log, stage } = run;
  const computed = new Map<string, FeatureColumn>();
  for (const { transform, wanted } of transforms) {
    const inputs = new Map(context.get(transform.name));
    for (const name of transform.inputs) {
      const column = columnOf(name);
      if (column !== undefined) inputs.set(name, column);
    }
    if (transform.inputs.some((name) => !inputs.has(name))) continue;
    const { columns, error } = transform.run({ rows, columns: inputs }, wanted);
    if (error !== undefined) {
      log.transformFailed(transform.name);
      log.degrade('default_features', stage, `transformation ${transform.name}: ${error.message}`);
      if (error.rows === rows && !defaults) continue;
    }
    for (const [name, column] of columns) computed.set(name, column);
  }
  return computed;
}
