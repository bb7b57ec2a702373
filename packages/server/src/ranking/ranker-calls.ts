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
  readonly #onIdle: (() => void)[] = [];
  #running = 0;
  #stopping = false;

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

  /** `value`: the request as its JSON has it. Rejects as `rankBody` and `Ranker.rank` do, and with UNAVAILABLE once stopped. */
  async rank(ranker: Ranker, value: unknown, call: RankCall): Promise<RankResponse> {
    if (this.#stopping) throw new RangefinderError('UNAVAILABLE', 'the server is shutting down');
    const { request, deadlineMs } = rankBody(value, call.requestId);
    if (deadlineMs !== undefined) call.deadlineUs = Math.min(call.deadlineUs, call.startedUs + deadlineMs * 1000);
    this.#running++;
    try {
      return await ranker.rank(request, call);
    } finally {
      if (--this.#running === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  /** Takes no more requests; resolves when those under way are done, which need their models until then. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }
}

/** Bytes of a rank request: the least of what a ranker and the transport take. */
export function rankBytesMax(transportBytes: Limits['httpBodyBytes']): number {
  return Math.min(RANK_BODY_BYTES, transportBytes);
}
