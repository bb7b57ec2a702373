import { basename, sep } from 'node:path';
import { RangefinderError, silentLogger, systemClock, toRangefinderError } from '@rangefinder/base';
import { ServiceFeatures, type ModelPort } from '@rangefinder/ranking';
import { serverOptions } from '../options/option-sources.ts';
import { loadRankers } from '../rankers/load-rankers.ts';
import { RankerProblems } from '../rankers/ranker-problems.ts';
import type { RankerRepository } from '../rankers/ranker-repository.ts';
import { featuresFor, readRepository, UNKNOWN } from './ranker-features.ts';

export interface RankerCheck {
  /** By folder: its name, and what is wrong with it. */
  readonly rankers: readonly { readonly name: string; readonly problems: readonly string[] }[];
  /** What is wrong beside. */
  readonly problems: readonly string[];
  /** Whether features were checked: only where somebody declares them. */
  readonly hasFeatures: boolean;
}

export interface RankerCheckOptions {
  /** Folder of the features; empty: one of the rankers may bring them. */
  readonly featureRepository: string;
  /** Whether to run the code of rankers and to read their items. */
  readonly load: boolean;
  readonly signal: AbortSignal;
}

/** Looks at a ranker repository as the server would, without models, and builds no indexes. Rejects with CANCELLED only. */
export async function checkRankers(rankerRepository: string, wanted: RankerCheckOptions): Promise<RankerCheck> {
  const { featureRepository, load, signal } = wanted;
  const options = serverOptions({ rankerRepository, featureRepository, featureStore: 'memory' });
  const problems = new RankerProblems();
  const parts = { features: undefined, clock: systemClock };
  const repository = await readRepository(options, parts, problems, load);
  const isDeclared = featureRepository !== '' || repository.featuresFile !== undefined;
  const found = isDeclared ? await featuresFor(options, parts, repository, problems) : UNKNOWN;
  const features = found === UNKNOWN ? undefined : found;
  try {
    const loaded = await loadRankers(repository, {
      models: NO_MODELS,
      clock: systemClock,
      logger: silentLogger,
      observer: {},
      onProgress: () => {},
      onOpened: () => {},
      features: features?.service,
      featurePort: features === undefined ? undefined : new ServiceFeatures(features.service),
      cacheDirectory: '',
      extent: load ? 'items' : 'declarations',
      problems,
      signal,
    });
    await loaded.close();
  } catch (thrown) {
    if (toRangefinderError(thrown).code === 'CANCELLED') throw thrown;
  } finally {
    await features?.service.close();
  }
  return report(repository, problems, features !== undefined);
}

function report({ directories }: RankerRepository, { lines }: RankerProblems, hasFeatures: boolean): RankerCheck {
  const isIn = (directory: string, line: string): boolean => line.startsWith(directory + sep);
  return {
    rankers: directories.map((directory) => ({
      name: basename(directory),
      problems: lines.filter((line) => isIn(directory, line)),
    })),
    problems: lines.filter((line) => !directories.some((directory) => isIn(directory, line))),
    hasFeatures,
  };
}

/** A check serves none; who asks them in `setup` is told. */
const NO_MODELS: ModelPort = {
  infer: () => Promise.reject(new RangefinderError('UNAVAILABLE', 'a check serves no models')),
  metadata: () => {
    throw new RangefinderError('UNAVAILABLE', 'a check serves no models');
  },
};
