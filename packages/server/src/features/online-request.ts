import { invalidArgument } from '@rangefinder/base';
import type { EntityId, FeatureValue, OnlineFeaturesRequest } from '@rangefinder/features';
import type { FeastOnlineRequest, JsonScalar } from '@rangefinder/protocol';
import type { FeatureNames } from './feature-names.ts';

/** A Feast request in the terms of the feature service. */
export interface OnlineQuery {
  readonly request: Pick<OnlineFeaturesRequest, 'features' | 'entities' | 'context'>;
  /** Keys of `entities` that the features need: the answer repeats them, as the caller named them. */
  readonly echoed: readonly string[];
  /** What the answer calls the features. */
  readonly columnNames: readonly string[];
}

/** Throws NOT_FOUND for an unknown view or service, INVALID_ARGUMENT for the rest. */
export function onlineQuery(body: FeastOnlineRequest, names: FeatureNames): OnlineQuery {
  const features = body.features ?? names.featuresOfService(body.featureService ?? '');
  const views = new Set(features.map((feature, i) => names.viewOf(feature, `features[${i}]`)));
  const computed = [...views].some(({ entity }) => entity === undefined);
  const needed = new Set([...views].map(({ entity }) => entity));
  const contextNames = new Set([...views].flatMap(({ context }) => context));
  const entities: Record<string, readonly EntityId[]> = {};
  const context: Record<string, readonly FeatureValue[]> = {};
  const echoed: string[] = [];
  for (const [key, values] of Object.entries(body.entities)) {
    const entity = names.entityOf(key);
    // What a transformation is computed from may need entities that no view asked for names.
    if (entity !== undefined && (computed || needed.has(entity))) {
      entities[key] = values.map((value, i) => entityIdOf(value, `entities.${key}[${i}]`));
      echoed.push(key);
    } else if (contextNames.has(key)) context[key] = values;
  }
  for (const entity of needed) {
    if (entity !== undefined && !echoed.some((key) => names.entityOf(key) === entity)) {
      throw invalidArgument('entities', `expected a list for the join key ${names.joinKeyOf(entity)}`);
    }
  }
  return {
    request: { features, entities, ...(contextNames.size === 0 ? {} : { context }) },
    echoed,
    columnNames: columnNames(features, body.fullFeatureNames),
  };
}

function columnNames(features: readonly string[], full: boolean): string[] {
  const names = features.map((feature) =>
    full ? feature.replace(':', '__') : feature.slice(feature.indexOf(':') + 1),
  );
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name)) {
      const advice = full ? '' : '; full_feature_names tells features of two views apart';
      throw invalidArgument(`features[${i}]`, `${name} comes twice in the answer${advice}`);
    }
    seen.add(name);
  }
  return names;
}

function entityIdOf(value: JsonScalar, field: string): EntityId {
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw invalidArgument(field, 'expected the id of an entity: text or a whole number');
}
