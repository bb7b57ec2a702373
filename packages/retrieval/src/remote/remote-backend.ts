import type { ItemFilter, VectorItem } from '../vector-index.ts';

/**
 * What a server that keeps vectors is asked for. Each call stops its work at the server, as far as that can be done, when its
 * signal aborts; it rejects with RangefinderErrors, with UNAVAILABLE for all that speaks against the server. Under cosine all
 * vectors have length 1.
 */
export interface RemoteBackend {
  /** Items that a walk may be asked for; 0 where the server has no graph, so that every search is a scan. */
  readonly walkMax: number;
  /** Items of a filter that `scan` looks at in the time that one item takes that `walk` returns. */
  readonly scannedPerReturned: number;
  /** Up to `limit` items that are near, by the server's graph; `limit` is at most `walkMax`. */
  walk(query: Float32Array, need: WalkNeed, signal: AbortSignal): Promise<Neighbours>;
  /** The `limit` nearest of the items that pass and are not excluded, by looking at each: exact. */
  scan(query: Float32Array, need: ScanNeed, signal: AbortSignal): Promise<Neighbours>;
  /** Ids are unique. Returns how many of the items were not there before. */
  upsert(items: readonly VectorItem[], signal: AbortSignal): Promise<number>;
  /** Ids are unique. Returns how many of the items were there. */
  remove(ids: readonly number[], signal: AbortSignal): Promise<number>;
  count(signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

export interface WalkNeed {
  readonly limit: number;
  /** Width of the walk, `limit` or more. */
  readonly effort: number;
}

export interface ScanNeed {
  readonly limit: number;
  readonly filter: ItemFilter | undefined;
  readonly exclude: ReadonlySet<number>;
}

/** Columns of equal length, in any order, with the port's scores: higher for better. */
export interface Neighbours {
  readonly ids: readonly number[];
  readonly scores: readonly number[];
}
