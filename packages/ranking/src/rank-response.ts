/** The stages of the funnel, in order. */
export const STAGES = [
  'user',
  'sources',
  'filters',
  'light_features',
  'light',
  'heavy_features',
  'heavy',
  'rerank',
] as const;

export type StageName = (typeof STAGES)[number];

/** Rungs of the ladder, mildest first, and what else made the answer less than the best. */
export const DEGRADATIONS = [
  'fewer_candidates',
  'light_only',
  'stale_features',
  'default_features',
  'source_failed',
  'light_skipped',
  'rule_skipped',
  'cached_page',
  'popularity',
] as const;

export type DegradationKind = (typeof DEGRADATIONS)[number];

export interface Degradation {
  readonly kind: DegradationKind;
  readonly stage: StageName;
  /** Why, in words: `source ann: UNAVAILABLE: connection refused`. */
  readonly reason: string;
}

export interface RankResponse {
  readonly ranker: string;
  readonly requestId: string;
  readonly user: string;
  readonly items: readonly RankedItem[];
  readonly page: RankedPage;
  /** Empty: this is the whole funnel's answer. */
  readonly degradations: readonly Degradation[];
  readonly counts: RankCounts;
  /** Only when asked for. */
  readonly explanation: RankExplanation | undefined;
}

export interface RankedItem {
  readonly id: string;
  /** null when no finite score could be had; such items come last. */
  readonly score: number | null;
  /** Which stage the score is from; `fallback` for a cached page or the popularity list. */
  readonly scoredBy: 'heavy' | 'light' | 'source' | 'fallback';
  readonly explanation: ItemExplanation | undefined;
}

export interface RankedPage {
  readonly size: number;
  readonly offset: number;
  /** Items that could be shown in all, this page's included. */
  readonly available: number;
  /** Fetches what follows, for as long as the ranker remembers; undefined at the end, and without a request id. */
  readonly cursor: string | undefined;
}

export interface RankCounts {
  /** Candidates after duplicates were dropped, before filters. */
  readonly candidates: number;
  /** Given more than once in the request. */
  readonly duplicates: number;
  /** Whether any feature of the user was found; true where none is read. */
  readonly userFound: boolean;
  /** Given candidates that the item catalogue does not know. They are ranked nonetheless where no filter speaks of them. */
  readonly unknownItems: number;
  /** Candidates whose score was NaN or infinite and that were moved to the end. */
  readonly nonFiniteScores: number;
}

export interface RankExplanation {
  readonly stages: readonly StageExplanation[];
  readonly totalUs: number;
  readonly deadlineUs: number | null;
  /** Time on this process's main thread plus the share of model runs, in µs: an estimate of what the request cost. */
  readonly costUs: number;
  /** Features that were read or computed, as `view:feature`. */
  readonly features: readonly string[];
  /** Values of the user's. */
  readonly userFeatures: Readonly<Record<string, FeatureExplanation>>;
}

export interface StageExplanation {
  readonly stage: StageName;
  readonly in: number;
  readonly out: number;
  readonly durationUs: number;
  readonly budgetUs: number | null;
  /** Estimated CPU time; model runs included. */
  readonly costUs: number;
  /** Reason → candidates dropped: `filter`, `excluded`, `seen`, `blocked`, `keep`, `duplicate`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Of the stage's models that are cut in two; `costUs` of the stage has them in it. Empty where all are whole. */
  readonly userParts: readonly UserPartRun[];
}

/** The part of a cut model that ran once for the request, on one row, beside earlier stages. */
export interface UserPartRun {
  readonly model: string;
  readonly version: string;
  readonly outcome: 'done' | 'failed' | 'late';
  /** From its start, once the user's features were known. */
  readonly durationUs: number;
  /** For how long the stage had nothing else to do than wait for it. */
  readonly waitedUs: number;
  readonly costUs: number;
}

export interface ItemExplanation {
  readonly sources: readonly string[];
  readonly sourceScore: number | null;
  readonly lightScore: number | null;
  /** Outputs of the heavy models by the name that the formula has for them, after calibration. */
  readonly outputs: Readonly<Record<string, number | null>>;
  readonly heavyScore: number | null;
  /** Values of the item's features that were read, numbers only; vectors in full. */
  readonly features: Readonly<Record<string, FeatureExplanation>>;
  readonly adjustments: readonly Adjustment[];
}

export interface FeatureExplanation {
  readonly value: number | readonly number[] | string;
  readonly status: 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE';
}

/** What re-ranking did to an item. */
export interface Adjustment {
  readonly kind: 'boost' | 'pin' | 'diversity' | 'mmr' | 'diversity_relaxed';
  readonly detail: string;
}
