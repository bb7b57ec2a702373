import type { Clock } from '@rangefinder/base';
import {
  createFeatureService,
  type FeatureService,
  type FeatureServiceOptions,
  type OnDemandTransform,
  type RowStore,
} from '@rangefinder/features';
import type { ServedFeatures } from '../features/feature-handlers.ts';
import { FeatureMetrics } from '../features/feature-metrics.ts';
import { FeatureNames } from '../features/feature-names.ts';
import { readFeatureRepository } from '../features/feature-repository.ts';
import { openFeatureStore } from '../features/feature-store.ts';
import type { ServerOptions } from '../options/server-options.ts';

/** The features that the options name, over the store that they name. Rejects with INVALID_ARGUMENT, file and field named. */
export async function featureServing(
  options: ServerOptions,
  clock: Clock,
  transforms: readonly OnDemandTransform[] = [],
): Promise<ServedFeatures> {
  const declarations = await readFeatureRepository(options.featureRepository);
  const metrics = new FeatureMetrics();
  const opened = await openFeatureStore(options, clock, metrics);
  metrics.watch(opened);
  return servedFeatures(await serviceOver(opened.store, { declarations, transforms, clock }), options, metrics);
}

/** Closes the store when a transformation does not fit the declarations. */
async function serviceOver(store: RowStore, options: Omit<FeatureServiceOptions, 'store'>): Promise<FeatureService> {
  try {
    return createFeatureService({ ...options, store });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/**
 * A feature service as the Feast endpoints serve it. Rejects with INVALID_ARGUMENT for names in the options that it lacks, and
 * closes the service then.
 */
export async function servedFeatures(
  service: FeatureService,
  options: ServerOptions,
  metrics = new FeatureMetrics(),
): Promise<ServedFeatures> {
  const { featureServices: services, featurePushSources: pushSources, featureTimeoutMs: timeoutMs } = options;
  try {
    const names = new FeatureNames(service.describe(), { services, pushSources });
    return { service, names, metrics, timeoutMs };
  } catch (thrown) {
    await service.close();
    throw thrown;
  }
}
