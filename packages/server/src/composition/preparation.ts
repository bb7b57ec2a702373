import type { Clock, Logger } from '@rangefinder/base';
import type { FeatureService } from '@rangefinder/features';
import type { RankObserver } from '@rangefinder/ranking';
import type { ModelServer } from '@rangefinder/serving';
import type { ServedFeatures } from '../features/feature-handlers.ts';
import type { ServerOptions } from '../options/server-options.ts';
import type { Rankers } from '../ranking/ranker-calls.ts';
import type { ServerParts } from '../server.ts';

/** Features and rankers, ready before the listeners open. */
export interface Prepared {
  readonly rankers: Rankers;
  readonly features: ServedFeatures | undefined;
  /** When nobody asks rankers any more. */
  close(): Promise<void>;
}

export interface PreparationParts extends Pick<ServerParts, 'rankers' | 'features' | 'rankerProgress' | 'stopping'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RankObserver;
}

/** What the options and the program name; each part of it is loaded only where it is served. Shuts the models down when it fails. */
export async function prepare(options: ServerOptions, models: ModelServer, parts: PreparationParts): Promise<Prepared> {
  try {
    const { clock, observer } = parts;
    const given = parts.rankers?.({ models, clock, observer }) ?? new Map();
    if (options.rankerRepository !== '') return await withRepository(options, models, parts, given);
    const features = await featuresOf(options, clock, parts.features);
    return { rankers: given, features, close: async () => features?.service.close() };
  } catch (thrown) {
    await models.shutdown(0);
    throw thrown;
  }
}

async function withRepository(
  options: ServerOptions,
  models: ModelServer,
  parts: PreparationParts,
  given: Rankers,
): Promise<Prepared> {
  const { rankerServing } = await import('./ranker-serving.ts');
  const { clock, logger, observer, features: ownFeatures } = parts;
  const serving = await rankerServing(options, {
    models,
    clock,
    logger,
    observer,
    features: ownFeatures,
    taken: given.keys(),
    progress: parts.rankerProgress ?? { onProgress: () => {}, onOpened: () => {} },
    signal: parts.stopping ?? new AbortController().signal,
  });
  const { features } = serving;
  return {
    rankers: new Map([...serving.rankers, ...given]),
    features,
    close: async () => {
      await serving.close();
      await features?.service.close();
    },
  };
}

async function featuresOf(
  options: ServerOptions,
  clock: Clock,
  given: FeatureService | undefined,
): Promise<ServedFeatures | undefined> {
  if (given === undefined && options.featureRepository === '') return undefined;
  const { featureServing, servedFeatures } = await import('./feature-serving.ts');
  return given === undefined ? featureServing(options, clock) : servedFeatures(given, options);
}
