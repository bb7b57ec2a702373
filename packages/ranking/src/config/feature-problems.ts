import { didYouMean, formatConfigPath } from '@rangefinder/base';
import type { FeaturePort } from '../ports.ts';
import { declaredFeatures } from './ranker-checks.ts';
import type { RankerConfig } from './ranker-config.ts';

/** Features that a ranker reads and nobody declares, or of another entity: a line for each field that names one. */
export function featureProblems(config: RankerConfig, features: FeaturePort): readonly string[] {
  const { user_entity, item_entity } = config;
  return declaredFeatures(config).flatMap(({ path, feature }) => {
    const described = features.describe(feature);
    const field = formatConfigPath(path);
    if (described === undefined) return [`${field}: no feature ${feature}${didYouMean(feature, features.names())}`];
    return [user_entity, item_entity].includes(described.entity)
      ? []
      : [`${field}: ${feature} is of entity ${described.entity}; expected ${user_entity} or ${item_entity}`];
  });
}
