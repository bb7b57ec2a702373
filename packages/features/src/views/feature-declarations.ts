import {
  compileConfig,
  type ConfigCheckProblem,
  type ConfigPath,
  invalidArgument,
  RangefinderError,
} from '@rangefinder/base';
import { parse } from 'yaml';
import type { AggregateViewSpec } from '../aggregates/aggregate-spec.ts';
import { aggregateFeature, aggregateViewSpec } from '../aggregates/aggregate-spec.ts';
import type { FeatureSpec, FeatureViewSpec } from '../feature-reader.ts';
import { encodeValue } from '../values/value-encoder.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { featuresSchema, type WrittenAggregateView, type WrittenFeatures, type WrittenView } from './view-schema.ts';

export interface EntitySpec {
  readonly name: string;
  /** What requests call it; the name where nothing else was said. */
  readonly joinKey: string;
}

/** What a `features.yaml` declares, complete and frozen. */
export interface FeatureDeclarations {
  readonly entities: readonly EntitySpec[];
  readonly views: readonly FeatureViewSpec[];
  readonly aggregates: readonly AggregateViewSpec[];
  /** `view:feature` → its default, for those that have one. */
  readonly defaults: Readonly<Record<string, FeatureValue>>;
}

const FILE_MAX_CHARACTERS = 4 * 1024 * 1024;

/** Reads YAML or JSON. Throws one INVALID_ARGUMENT with a line for each problem, each with file and field. */
export function parseFeatureDeclarations(text: string, file: string): FeatureDeclarations {
  if (text.length > FILE_MAX_CHARACTERS) {
    throw invalidArgument(file, `expected at most ${FILE_MAX_CHARACTERS} characters, got ${text.length}`);
  }
  let value: unknown;
  try {
    value = (parse(text, { maxAliasCount: 0 }) as unknown) ?? {};
  } catch (thrown) {
    throw invalidArgument(file, `not valid YAML or JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return compileFeatureDeclarations(value, file);
}

/** The same from an object, as TypeScript programs write it. */
export function compileFeatureDeclarations(value: unknown, source = 'features'): FeatureDeclarations {
  const written = compileConfig({
    schema: featuresSchema,
    layers: [{ source, value }],
    check: problemsOf,
  }) as WrittenFeatures;
  const named = new Map<string, EntitySpec>();
  for (const { name, joinKey } of written.entities) named.set(name, { name, joinKey: joinKey ?? name });
  for (const { entity } of [...written.views, ...written.aggregates]) {
    if (!named.has(entity)) named.set(entity, { name: entity, joinKey: entity });
  }
  return Object.freeze({
    entities: [...named.values()],
    views: written.views.map(viewSpec),
    aggregates: written.aggregates.map(aggregateViewSpec),
    defaults: Object.fromEntries([...written.views, ...written.aggregates].flatMap(defaultsOf)),
  });
}

function viewSpec({ name, entity, maxAgeMs, features }: WrittenView): FeatureViewSpec {
  return { name, entity, maxAgeMs, features: features.map(featureSpec) };
}

function featureSpec({ name, dataType, list, vector }: WrittenView['features'][number]): FeatureSpec {
  const maxLength = list ?? vector;
  const kind = list === undefined ? ('vector' as const) : ('list' as const);
  return { name, dataType, container: maxLength === undefined ? undefined : { kind, maxLength } };
}

function defaultsOf(view: WrittenView | WrittenAggregateView): [string, FeatureValue][] {
  return view.features.flatMap((feature): [string, FeatureValue][] =>
    feature.default === undefined ? [] : [[`${view.name}:${feature.name}`, feature.default]],
  );
}

/** What no schema says: names that meet, containers that exclude each other, defaults of another type, unknown entities. */
function problemsOf({ entities, views, aggregates }: WrittenFeatures): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [
    ...repeated(
      ['entities'],
      entities.map(({ name }) => name),
    ),
    ...repeated(
      ['entities'],
      entities.map(({ name, joinKey }) => joinKey ?? name),
      'joinKey',
    ),
    ...repeated(
      ['views'],
      views.map(({ name }) => name),
    ),
    ...repeated(
      ['aggregates'],
      aggregates.map(({ name }) => name),
    ),
  ];
  const known = new Set(entities.map(({ name }) => name));
  for (const [kind, declared] of [
    ['views', views],
    ['aggregates', aggregates],
  ] as const) {
    for (const [i, { entity, features }] of declared.entries()) {
      problems.push(
        ...repeated(
          [kind, i, 'features'],
          features.map(({ name }) => name),
        ),
      );
      if (entities.length === 0 || known.has(entity)) continue;
      problems.push({
        path: [kind, i, 'entity'],
        message: `expected one of the entities ${[...known].join(', ')}, got "${entity}"`,
      });
    }
  }
  for (const [i, { name }] of aggregates.entries()) {
    if (!views.some((view) => view.name === name)) continue;
    problems.push({ path: ['aggregates', i, 'name'], message: `expected a name that no view has, got "${name}"` });
  }
  for (const [v, view] of views.entries()) {
    for (const [f, feature] of view.features.entries())
      problems.push(...featureProblems(['views', v, 'features', f], feature));
  }
  for (const [a, view] of aggregates.entries()) {
    for (const [f, feature] of view.features.entries()) {
      const path: ConfigPath = ['aggregates', a, 'features', f];
      if (feature.function !== 'count' && feature.field === undefined) {
        problems.push({
          path: [...path, 'field'],
          message: `expected the event's field to take the ${feature.function} of, got nothing`,
        });
      }
      const panes = Math.ceil(feature.windowMs / view.paneMs);
      if (panes > 1_000)
        problems.push({
          path: [...path, 'windowMs'],
          message: `expected at most 1000 panes of ${view.paneMs} ms, got ${panes}`,
        });
      const spec = aggregateViewSpec(view).features[f]!;
      problems.push(...defaultProblems(path, aggregateFeature(spec), feature.default));
    }
  }
  return problems;
}

function featureProblems(path: ConfigPath, feature: WrittenView['features'][number]): ConfigCheckProblem[] {
  if (feature.list !== undefined && feature.vector !== undefined) {
    return [{ path: [...path, 'vector'], message: 'expected either list or vector, got both' }];
  }
  return defaultProblems(path, featureSpec(feature), feature.default);
}

function defaultProblems(path: ConfigPath, spec: FeatureSpec, written: FeatureValue | undefined): ConfigCheckProblem[] {
  if (written === undefined) return [];
  try {
    encodeValue(spec, written, 'default');
    return [];
  } catch (thrown) {
    if (!(thrown instanceof RangefinderError)) throw thrown;
    return [{ path: [...path, 'default'], message: thrown.message.replace(/^default(\[\d+\])?: /, '') }];
  }
}

function repeated(path: ConfigPath, names: readonly string[], key = 'name'): ConfigCheckProblem[] {
  return names.flatMap((name, i) =>
    names.indexOf(name) === i
      ? []
      : [{ path: [...path, i, key], message: `expected a name not used before, got "${name}"` }],
  );
}
