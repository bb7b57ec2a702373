import type { Clock, Logger } from '@rangefinder/base';
import type { FeatureService } from '@rangefinder/features';
import { ServiceFeatures, type ModelPort, type RankObserver } from '@rangefinder/ranking';
import type { ServedFeatures } from '../features/feature-handlers.ts';
import type { ServerOptions } from '../options/server-options.ts';
import { loadRankers, type LoadedRankers } from '../rankers/load-rankers.ts';
import { NO_FEATURES, type RankerProgressObserver } from '../rankers/ranker-loading.ts';
import { RankerProblems } from '../rankers/ranker-problems.ts';
import { featuresFor, readRepository, UNKNOWN } from './ranker-features.ts';

export interface RankerServingParts {
  readonly models: ModelPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RankObserver;
  /** Features that the program brings; else those of the options, or of a ranker's folder, are opened. */
  readonly features: FeatureService | undefined;
  /** Names of rankers that the program brings. */
  readonly taken: Iterable<string>;
  readonly progress: RankerProgressObserver;
  /** Gives the start up. */
  readonly signal: AbortSignal;
}

export interface RankerServing extends LoadedRankers {
  /** Of the server, whoever named them. Closing them is the caller's. */
  readonly features: ServedFeatures | undefined;
}

/**
 * The rankers of the repository that the options name, and the features that they share with the server. Rejects with one
 * error that has a line for each problem of any ranker, with everything closed again.
 */
export async function rankerServing(options: ServerOptions, parts: RankerServingParts): Promise<RankerServing> {
  const problems = new RankerProblems();
  const repository = await readRepository(options, parts, problems, true);
  const taken = new Set(parts.taken);
  for (const { folder } of repository.rankers) {
    if (taken.has(folder.config.name))
      problems.add(`${folder.configFile}: name: the program that started the server has a ranker of this name already`);
  }
  // The folder with the views may be one of those that could not be read: then nobody knows which features there are.
  const found = await featuresFor(options, parts, repository, problems);
  const features = found === UNKNOWN ? undefined : found;
  const served = features === undefined ? NO_FEATURES : new ServiceFeatures(features.service);
  try {
    const loaded = await loadRankers(repository, {
      ...parts,
      ...parts.progress,
      features: features?.service,
      featurePort: found === UNKNOWN ? undefined : served,
      cacheDirectory: options.rankerCacheDir,
      extent: problems.count === 0 ? 'all' : 'items',
      problems,
    });
    return { ...loaded, features };
  } catch (thrown) {
    await features?.service.close();
    throw thrown;
  }
}
