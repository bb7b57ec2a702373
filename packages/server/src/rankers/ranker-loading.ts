import { RangefinderError, type Clock, type Logger } from '@rangefinder/base';
import type { FeatureService } from '@rangefinder/features';
import type { FeaturePort, ModelPort, RankObserver } from '@rangefinder/ranking';
import type { RankerProblems } from './ranker-problems.ts';

/** What rankers that are folders are loaded with. */
export interface RankerLoading extends RankerProgressObserver {
  readonly models: ModelPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RankObserver;
  /** Undefined where none are served. */
  readonly features: FeatureService | undefined;
  /** What rankers read of them; undefined where it is not known, so that nothing can be checked against it. */
  readonly featurePort: FeaturePort | undefined;
  /** Snapshots of indexes go below it, a folder a ranker; empty: into `.cache` of the ranker's own. */
  readonly cacheDirectory: string;
  /** How far to go: `declarations` reads no items, `items` builds no indexes. */
  readonly extent: 'declarations' | 'items' | 'all';
  readonly problems: RankerProblems;
  readonly signal: AbortSignal;
}

/** Hears how far the loading is. */
export interface RankerProgressObserver {
  readonly onProgress: (progress: RankerProgress) => void;
  /** The ranker is there. */
  readonly onOpened: (ranker: string) => void;
}

export interface RankerProgress {
  readonly ranker: string;
  /** `items`, or `index plot`. */
  readonly doing: string;
  readonly done: number;
  /** Undefined where the file does not say. */
  readonly total: number | undefined;
}

/** Where no features are served, a ranker can name none. */
export const NO_FEATURES: FeaturePort = {
  describe: () => undefined,
  names: () => [],
  reader: () => {
    throw new RangefinderError('UNSUPPORTED', 'no features are served');
  },
};
