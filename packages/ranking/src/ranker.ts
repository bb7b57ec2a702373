import type { Clock } from '@rangefinder/base';
import type { RequestContext } from '@rangefinder/serving';
import type { RankerConfig } from './config/ranker-config.ts';
import type { CandidatePort, FeaturePort, ItemPort, ModelPort } from './ports.ts';
import type { RankObserver } from './rank-observer.ts';
import type { RankLimits, RankRequest } from './rank-request.ts';
import type { RankResponse } from './rank-response.ts';

/** One declared funnel, ready to answer. Made by `createRanker`. */
export interface Ranker {
  readonly name: string;
  readonly config: RankerConfig;
  /**
   * Ranks for one user within one deadline. Answers, degraded if need be, as long as there is anything to answer with.
   *
   * Rejects with INVALID_ARGUMENT for a request that does not fit (the message names the field), PAYLOAD_TOO_LARGE past a
   * limit, NOT_FOUND for a cursor that is known no more, CANCELLED when the caller went away, and, when every rung of
   * the declared ladder has failed, UNAVAILABLE or DEADLINE_EXCEEDED.
   */
  rank(request: RankRequest, context?: RequestContext): Promise<RankResponse>;
}

/** What a ranker is bound to. */
export interface RankerParts {
  readonly models: ModelPort;
  readonly features: FeaturePort;
  readonly items: ItemPort;
  readonly candidates: CandidatePort;
  readonly clock: Clock;
  /** DEFAULT_RANK_LIMITS when left out. */
  readonly limits?: RankLimits;
  readonly observer?: RankObserver;
}
