import type { FeatureService } from '@rangefinder/features';
import type { ServerOptions } from '../options/server-options.ts';
import type { ServedFeatures } from './feature-handlers.ts';
import { FeatureMetrics } from './feature-metrics.ts';
import { FeatureNames } from './feature-names.ts';

/**
 * A feature service as the Feast endpoints serve it. Rejects with INVALID_ARGUMENT for names in the options that it lacks, and
 * closes the service then.
 */
export async function servedFeatures(service: FeatureService, options: ServerOptions): Promise<ServedFeatures> {
  const { featureServices: services, featurePushSources: pushSources, featureTimeoutMs: timeoutMs } = options;
  try {
    const names = new FeatureNames(service.describe(), { services, pushSources });
    return { service, names, metrics: new FeatureMetrics(), timeoutMs };
  } catch (thrown) {
    await service.close();
    throw thrown;
  }
}
