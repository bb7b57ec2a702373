import type { FeatureService } from '@rangefinder/features';
import type { ServerOptions } from '../options/server-options.ts';
import type { ServedFeatures } from './feature-handlers.ts';
import type { FeatureMetrics } from './feature-metrics.ts';
import { FeatureNames } from './feature-names.ts';

/** A feature service as the Feast endpoints serve it. Throws INVALID_ARGUMENT for names in the options that it lacks. */
export function servedFeatures(service: FeatureService, options: ServerOptions, metrics: FeatureMetrics): ServedFeatures {
  const { featureServices: services, featurePushSources: pushSources, featureTimeoutMs: timeoutMs } = options;
  return { service, names: new FeatureNames(service.describe(), { services, pushSources }), metrics, timeoutMs };
}
