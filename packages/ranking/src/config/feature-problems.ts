import { didYouMean, formatConfigPath } from '@rangefinder/base';
import type { FeaturePort } from '../ports.ts';
import { isOfItems } from '../funnel/stage-features.ts';
import { declaredFeatures } from './ranker-checks.ts';
import type { RankerConfig } from './ranker-config.ts';

/**
 * Features that a ranker reads and nobody declares, of another entity, computed from one of another entity, or an item's where
 * only the user is known: a line for each field that names one.
 */
export function featureProblems(config: RankerConfig, features: FeaturePort): readonly string[] {
  const { user_entity, item_entity } = config;
  return declaredFeatures(config).flatMap(({ path, feature }) => {
    const described = features.describe(feature);
    const field = formatConfigPath(path);
    if (described === undefined) return [`${field}: no feature ${feature}${didYouMean(feature, features.names())}`];
    const strangers = (described.transform?.inputs ?? [feature]).flatMap((name) => {
      const entity = features.describe(name)?.entity;
      if (entity === user_entity || entity === item_entity) return [];
      const what = name === feature ? feature : `${feature} is computed from ${name}, which`;
      return [`${field}: ${what} is of entity ${entity}; expected ${user_entity} or ${item_entity}`];
    });
    const knowsUserAlone = path[0] === 'sources' || path[0] === 'filters';
    if (strangers.length > 0 || !knowsUserAlone || user_entity === item_entity) return strangers;
    return isOfItems(features, feature, item_entity)
      ? [`${field}: ${feature} is of the items; only the user is known here`]
      : [];
  });
}
