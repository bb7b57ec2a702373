import { toRangefinderError } from '@rangefinder/base';
import type { Ranker } from '@rangefinder/ranking';
import { FolderRanker } from './folder-ranker.ts';
import type { RankerLoading } from './ranker-loading.ts';
import type { RankerRepository } from './ranker-repository.ts';

/** Rankers in service, with what they hold. */
export interface LoadedRankers {
  readonly rankers: ReadonlyMap<string, Ranker>;
  /** Never rejects: what the code of a ranker throws is logged. */
  close(): Promise<void>;
}

/**
 * Opens all rankers of a repository, one after the other. Throws one error with all problems, those included that were
 * there before, when there is any; all is closed again then.
 */
export async function loadRankers(repository: RankerRepository, loading: RankerLoading): Promise<LoadedRankers> {
  const opened: FolderRanker[] = [];
  const rankers = new Map<string, Ranker>();
  const close = async (): Promise<void> => {
    for (const folder of opened.splice(0)) {
      try {
        await folder.close();
      } catch (thrown) {
        loading.logger.error({ err: toRangefinderError(thrown) }, 'a ranker could not be closed');
      }
    }
  };
  try {
    for (const found of repository.rankers) {
      const folder = new FolderRanker(found, loading);
      opened.push(folder);
      const ranker = await folder.open();
      if (ranker !== undefined) rankers.set(ranker.name, ranker);
    }
    loading.problems.throwIfAny();
    return { rankers, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
