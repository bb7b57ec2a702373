import { dirname } from 'node:path';
import { invalidArgument, RangefinderError, type Clock } from '@rangefinder/base';
import type { FeatureService } from '@rangefinder/features';
import type { ServedFeatures } from '../features/feature-handlers.ts';
import type { ServerOptions } from '../options/server-options.ts';
import type { RankerProblems } from '../rankers/ranker-problems.ts';
import { readRankerRepository, type RankerRepository } from '../rankers/ranker-repository.ts';
import { featureServing, servedFeatures } from './feature-serving.ts';

interface FeatureParts {
  /** Features that the program brings; else those of the options, or of a ranker's folder, are opened. */
  readonly features: FeatureService | undefined;
  readonly clock: Clock;
}

/** What lies in the folder that the options name. */
export function readRepository(
  { rankerRepository, featureRepository }: ServerOptions,
  { features }: Pick<FeatureParts, 'features'>,
  problems: RankerProblems,
  runCode: boolean,
): Promise<RankerRepository> {
  const named = featureRepository === '' ? undefined : '--feature-repository';
  const elsewhere = features === undefined ? named : 'the program that started it';
  return readRankerRepository(rankerRepository, { features: elsewhere, runCode }, problems);
}

/** Whatever the features are, something is wrong with them, and that is among the problems. */
export const UNKNOWN = Symbol('features that could not be had');

/** The features that the rankers share with the server; undefined where nobody declares any. What is wrong is a problem. */
export async function featuresFor(
  options: ServerOptions,
  parts: FeatureParts,
  repository: RankerRepository,
  problems: RankerProblems,
): Promise<ServedFeatures | undefined | typeof UNKNOWN> {
  try {
    const features = await openFeatures(options, parts, repository, problems.count > 0);
    return features === undefined && problems.count > 0 ? UNKNOWN : features;
  } catch (thrown) {
    // The rest is looked at nevertheless, so that all is told at once.
    problems.addThrown('features', withCodeFiles(repository, thrown));
    return UNKNOWN;
  }
}

/** What is wrong with a transformation is said by name; here is where it stands. */
function withCodeFiles({ rankers }: RankerRepository, thrown: unknown): unknown {
  if (!(thrown instanceof RangefinderError) || !thrown.message.startsWith('transforms')) return thrown;
  const files = rankers.flatMap(({ folder, module }) => (module.transforms === undefined ? [] : [folder.codeFile]));
  return new RangefinderError(thrown.code, `${files.join(', ')}: ${thrown.message}`, { cause: thrown });
}

async function openFeatures(
  options: ServerOptions,
  { features, clock }: FeatureParts,
  { featuresFile, transforms }: RankerRepository,
  mayBeMissing: boolean,
): Promise<ServedFeatures | undefined> {
  if (features !== undefined) {
    if (transforms.length === 0) return servedFeatures(features, options);
    throw invalidArgument('transforms', 'the program that started the server brings its features itself');
  }
  if (options.featureRepository !== '') return featureServing(options, clock, transforms);
  if (featuresFile !== undefined)
    return featureServing({ ...options, featureRepository: dirname(featuresFile) }, clock, transforms);
  // The folder that has them may be one of those that could not be read.
  if (!mayBeMissing && (transforms.length > 0 || options.featureStore !== 'embedded'))
    throw invalidArgument('featureRepository', 'required where no ranker has a features.yaml');
  return undefined;
}
