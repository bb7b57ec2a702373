import type { DegradationKind, StageName } from './rank-response.ts';

/** Told of what rankers do; metrics are made of it. Called on the request's path: be quick, never throw. */
export interface RankObserver {
  stageFinished?(event: StageFinished): void;
  rankFinished?(event: RankFinished): void;
  transformFailed?(event: TransformFailed): void;
}

/** A transformation that gave no value for all candidates or some of them. */
export interface TransformFailed {
  readonly ranker: string;
  readonly transform: string;
}

export interface StageFinished {
  readonly ranker: string;
  readonly stage: StageName;
  readonly durationUs: number;
}

export interface RankFinished {
  readonly ranker: string;
  readonly outcome: 'success' | 'degraded' | 'rejected' | 'cancelled' | 'failed';
  readonly totalUs: number;
  readonly candidates: number;
  readonly returned: number;
  /** Asked for more items than could be given. */
  readonly shortPage: boolean;
  readonly degradations: readonly DegradationKind[];
}
