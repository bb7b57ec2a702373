import type { Clock, RangefinderError } from '@rangefinder/base';
import type { ItemFilter } from '../vector-index.ts';
import type { CandidateInputs, CandidateSource } from './candidate-source.ts';

export interface GatheringRequest {
  /** Asked in parallel; their order decides who keeps a duplicate and who fills up first. At most 32. */
  readonly sources: readonly SourceShare[];
  /** Candidates wanted in all, at most 100,000. Quotas that add up to more are cut in proportion. */
  readonly limit: number;
  readonly filter?: ItemFilter | undefined;
  /** Items to leave out, seen ones for example. */
  readonly exclude?: ReadonlySet<number>;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** One source's part of a request. */
export interface SourceShare {
  readonly source: CandidateSource;
  /** Candidates that this source is to contribute, before it helps to fill up for others. */
  readonly quota: number;
  /** Past it the source is reported as late and the rest is used. */
  readonly deadlineMs: number;
  readonly inputs?: CandidateInputs;
  /** Position in the order in which sources fill up what others left empty; lowest first. Default: its position. */
  readonly backfillOrder?: number | 'never';
}

/** Deduplicated candidates as columns of equal length. */
export interface GatheredCandidates {
  readonly ids: Uint32Array;
  /** The score that its first source gave; comparable within one source only. */
  readonly scores: Float32Array;
  /** Index into `reports` of the source that it was taken from. */
  readonly firstSource: Uint8Array;
  /** Bit i is set when source i returned the item. */
  readonly sourceBits: Uint32Array;
  /** One for each source, in the order of the request. */
  readonly reports: readonly SourceReport[];
}

export interface SourceReport {
  readonly name: string;
  readonly status: 'ok' | 'failed' | 'late';
  /** What it returned, before duplicates and excluded items were dropped. */
  readonly fetched: number;
  /** What of it is in the result, filling up included. */
  readonly taken: number;
  /** What of `taken` went beyond its quota, to fill up for others. */
  readonly backfilled: number;
  readonly durationUs: number;
  readonly error?: RangefinderError;
}
