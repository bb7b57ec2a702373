import { didYouMean, RangefinderError, type Limits } from '@rangefinder/base';
import type { Ranker, RankResponse } from '@rangefinder/ranking';
import type { RequestContext } from '@rangefinder/serving';
import { rankBody } from './rank-body.ts';

export type Rankers = ReadonlyMap<string, Ranker>;

/** Rank requests are parsed in one go, so they are kept to what takes a few milliseconds. */
const RANK_BODY_BYTES = 4 * 1024 * 1024;

/** A request as the front end knows it; what it has of its own in `deadlineUs` is what the transport said. */
export interface RankCall extends RequestContext {
  readonly requestId: string;
  /** Monotonic µs at which it arrived. */
  readonly startedUs: number;
  deadlineUs: number;
}

/** What HTTP and gRPC ask of rankers, with the same checks for both. */
export class RankerCalls {
  readonly #rankers: Rankers;

  constructor(rankers: Rankers) {
    this.#rankers = rankers;
  }

  get names(): readonly string[] {
    return [...this.#rankers.keys()];
  }

  /** Throws NOT_FOUND, with a near name where there is one. */
  ranker(name: string): Ranker {
    const ranker = this.#rankers.get(name);
    if (ranker !== undefined) return ranker;
    throw new RangefinderError(
      'NOT_FOUND',
      `ranker '${name.slice(0, 64)}': unknown ranker${didYouMean(name, this.#rankers.keys())}`,
    );
  }

  /** `value`: the request as its JSON has it. Throws as `rankBody` and `Ranker.rank` do. */
  rank(ranker: Ranker, value: unknown, call: RankCall): Promise<RankResponse> {
    const { request, deadlineMs } = rankBody(value, call.requestId);
    if (deadlineMs !== undefined) call.deadlineUs = Math.min(call.deadlineUs, call.startedUs + deadlineMs * 1000);
    return ranker.rank(request, call);
  }
}

/** Bytes of a rank request: the least of what a ranker and the transport take. */
export function rankBytesMax(transportBytes: Limits['httpBodyBytes']): number {
  return Math.min(RANK_BODY_BYTES, transportBytes);
}
