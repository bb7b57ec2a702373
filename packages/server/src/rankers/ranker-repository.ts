import { resolve } from 'node:path';
import type { OnDemandTransform } from '@rangefinder/features';
import { importCode } from './ranker-code.ts';
import { readRankerFolders, type RankerFolder } from './ranker-folder.ts';
import type { RankerProblems } from './ranker-problems.ts';
import type { RankerModule } from './ranker-setup.ts';

/** A ranker as it was found, with the code that belongs to it. */
export interface FoundRanker {
  readonly folder: RankerFolder;
  readonly module: RankerModule;
}

/** A folder of rankers, read as far as it can be without features and models. */
export interface RankerRepository {
  /** Of all folders with a `ranker.yaml`, those included that could not be read. */
  readonly directories: readonly string[];
  readonly rankers: readonly FoundRanker[];
  /** Of all rankers, for the feature service that they share. */
  readonly transforms: readonly OnDemandTransform[];
  /** The `features.yaml` that a ranker brings along; at most one. */
  readonly featuresFile: string | undefined;
}

/**
 * Reads each `NAME/ranker.yaml` and imports the code beside it, unless `runCode` says otherwise. `features` says what else
 * the server has features from; a folder's own are refused then.
 */
export async function readRankerRepository(
  root: string,
  { features, runCode = true }: { readonly features: string | undefined; readonly runCode?: boolean },
  problems: RankerProblems,
): Promise<RankerRepository> {
  const rankers: FoundRanker[] = [];
  const { directories, folders } = await readRankerFolders(resolve(root), problems);
  for (const folder of folders) {
    try {
      rankers.push({ folder, module: runCode ? await importCode(folder) : {} });
    } catch (thrown) {
      problems.addThrown(folder.configFile, thrown);
    }
  }
  return {
    directories,
    rankers,
    transforms: rankers.flatMap(({ module }) => module.transforms ?? []),
    featuresFile: onlyFeatures(rankers, features, problems),
  };
}

/** Features have one home: two services would disagree about what an entity is. */
function onlyFeatures(
  rankers: readonly FoundRanker[],
  elsewhere: string | undefined,
  problems: RankerProblems,
): string | undefined {
  let first: string | undefined;
  for (const { folder } of rankers) {
    const { featuresFile } = folder;
    if (featuresFile === undefined) continue;
    const other = elsewhere ?? first;
    if (other !== undefined)
      problems.add(`${featuresFile}: a server has features from one place, and has them from ${other} already`);
    first ??= featuresFile;
  }
  return elsewhere === undefined ? first : undefined;
}
