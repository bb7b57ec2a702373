import type { ItemFilter } from '../vector-index.ts';

/** Where candidates come from: a vector index, a list of popular items, an inverted list, the caller. */
export interface CandidateSource {
  readonly name: string;
  /**
   * Up to `limit` items that pass the filter and are not excluded, best first, without duplicates. May reject: the gathering
   * reports that and goes on with the other sources.
   */
  fetch(request: CandidateRequest): Promise<CandidateList>;
}

export interface CandidateRequest {
  readonly limit: number;
  readonly filter: ItemFilter | undefined;
  readonly exclude: ReadonlySet<number>;
  readonly inputs: CandidateInputs;
  /** Aborts at the source's deadline, or when the whole request is given up. */
  readonly signal: AbortSignal;
}

/** What a source may need of the request; each source names the ones that it reads. */
export interface CandidateInputs {
  /** The user's embedding, [dimensions of the index]. */
  readonly query?: Float32Array;
  /** Values to look up in an inverted list: the user's favourite genres, say. Most wanted first. */
  readonly terms?: readonly string[];
  /** Items that the caller brings; `scores` as long as `ids`, or left out. */
  readonly items?: { readonly ids: Uint32Array; readonly scores?: Float32Array };
}

/** Columns of equal length. Scores are higher for better and comparable within one source only. */
export interface CandidateList {
  readonly ids: Uint32Array;
  readonly scores: Float32Array;
}
