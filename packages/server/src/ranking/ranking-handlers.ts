import { didYouMean, RangefinderError, type Limits } from '@rangefinder/base';
import type { Ranker } from '@rangefinder/ranking';
import type { RouteHandler } from '../http/api-route.ts';
import type { Exchange } from '../http/exchange.ts';
import { jsonReply } from '../http/reply.ts';
import { decodeRankBody, rankResponseBody } from './rank-body.ts';

export type Rankers = ReadonlyMap<string, Ranker>;

/** Rank requests are parsed in one go, so they are kept to what takes a few milliseconds. */
const RANK_BODY_BYTES = 4 * 1024 * 1024;

export interface RankingRouteParts {
  readonly rankers: Rankers;
  readonly limits: Limits;
}

export function rankingHandlers({ rankers, limits }: RankingRouteParts) {
  const rankerOf = (exchange: Exchange): Ranker => {
    const name = exchange.param(0);
    const ranker = rankers.get(name);
    if (ranker !== undefined) return ranker;
    throw new RangefinderError(
      'NOT_FOUND',
      `ranker '${name.slice(0, 64)}': unknown ranker${didYouMean(name, rankers.keys())}`,
    );
  };
  const rank = async (exchange: Exchange) => {
    const ranker = rankerOf(exchange);
    const body = await exchange.body(Math.min(RANK_BODY_BYTES, limits.httpBodyBytes));
    exchange.readDeadline();
    const { request, deadlineMs } = decodeRankBody(body, limits.jsonDepth, exchange.requestId);
    if (deadlineMs !== undefined)
      exchange.deadlineUs = Math.min(exchange.deadlineUs, exchange.startedUs + deadlineMs * 1000);
    return jsonReply(rankResponseBody(await ranker.rank(request, exchange)));
  };
  return {
    rankerList: () => jsonReply({ rankers: [...rankers.keys()] }),
    ranker: (exchange: Exchange) => jsonReply(rankerOf(exchange).config),
    rank,
  } satisfies Record<string, RouteHandler>;
}
