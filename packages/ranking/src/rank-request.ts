import { DEFAULT_LIMITS, type Limits } from '@rangefinder/base';
import type { WrittenFilter } from './config/ranker-schema.ts';

/** A value of the request's context, which formulas and model inputs read as `context.NAME`. Booleans count as 0 and 1. */
export type ContextValue = number | boolean | string | readonly number[];

export interface RankRequest {
  /** The user entity's id. */
  readonly user: string;
  /** Names the request in answers and lets later pages be fetched with a cursor; empty for none. */
  readonly requestId?: string;
  readonly context?: Readonly<Record<string, ContextValue>>;
  /** Items to rank, in place of the declared sources; duplicates are dropped and counted. */
  readonly candidates?: readonly string[];
  /** Items that must not be shown, besides those that the ranker itself excludes. */
  readonly exclude?: readonly string[];
  /** A filter over item attributes, in addition to the declared ones. */
  readonly filter?: WrittenFilter;
  readonly page?: PageRequest;
  readonly explain?: boolean;
  /** Overrides what the ranker declares for re-ranking: sliders of a page, experiments. */
  readonly rerank?: RerankOverride;
}

export interface PageRequest {
  readonly size?: number;
  readonly offset?: number;
  /** From an earlier answer: the same order, further on. `offset` and all else but `user` and `size` are then ignored. */
  readonly cursor?: string;
}

export interface RerankOverride {
  /** MMR's lambda: 1 is relevance alone, 0 is difference alone. */
  readonly mmrLambda?: number;
  /** Items of one value of the attribute within the declared window; for attributes the ranker declares. */
  readonly maxPerValue?: Readonly<Record<string, number>>;
}

/** Checked before memory is taken. */
export const DEFAULT_RANK_LIMITS = Object.freeze({
  /** Candidates in a request, before duplicates are dropped. */
  rankCandidates: 10_000,
  /** Items in `exclude`. */
  rankExcludedItems: 10_000,
  /** Values in `context`, lists counted by their elements. */
  rankContextValues: 1_000,
  /** Characters of a user, item or request id, and of names in `context`. */
  nameCharacters: DEFAULT_LIMITS.nameCharacters,
});

export type RankLimits = { readonly [name in keyof typeof DEFAULT_RANK_LIMITS]: number } & Pick<
  Limits,
  'nameCharacters'
>;
