import { didYouMean, invalidArgument, systemClock, type Clock } from '@rangefinder/base';
import { FeatureWriter, importFeatures, type ImportOptions, type ImportProgress } from '@rangefinder/features';
import { serverOptions } from '../options/option-sources.ts';
import { readFeatureRepository } from './feature-repository.ts';
import { openFeatureStore } from './feature-store.ts';

/** Where the rows go, by the names of the server's options. */
export interface FeatureImportTarget {
  readonly featureRepository: string;
  readonly featureStore?: string;
  readonly featureStoreDir?: string;
  readonly view: string;
}

/**
 * Writes a file's rows into a view of a feature repository, through no server: one that serves from the same store sees
 * them at its next read. INVALID_ARGUMENT for a view or a store that cannot be had, and as `importFeatures` for the file.
 */
export async function importFeatureFile(
  { view: name, ...target }: FeatureImportTarget,
  options: ImportOptions,
  clock: Clock = systemClock,
): Promise<ImportProgress> {
  // A cache of what is read once would only take memory.
  const serving = serverOptions({ ...target, featureCacheBytes: 0 });
  if (serving.featureStore === 'memory')
    throw invalidArgument('featureStore', 'expected a store that outlives this import, got memory');
  const { views } = await readFeatureRepository(serving.featureRepository);
  const view = views.find((declared) => declared.name === name);
  if (view === undefined) {
    const names = views.map((declared) => declared.name);
    throw invalidArgument(
      'view',
      `expected one of ${names.join(', ')}, got '${name.slice(0, 64)}'${didYouMean(name, names)}`,
    );
  }
  const { store } = await openFeatureStore(serving, clock, { storeRead: () => {} });
  try {
    return await importFeatures(new FeatureWriter({ store, view, clock }), options);
  } finally {
    await store.close();
  }
}
