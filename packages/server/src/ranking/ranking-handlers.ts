import type { Limits } from '@rangefinder/base';
import { controlJson } from '../handlers/control-body.ts';
import type { RouteHandler } from '../http/api-route.ts';
import type { Exchange } from '../http/exchange.ts';
import { jsonReply } from '../http/reply.ts';
import { rankResponseBody } from './rank-body.ts';
import { rankBytesMax, type RankerCalls } from './ranker-calls.ts';

export interface RankingRouteParts {
  readonly rankers: RankerCalls;
  readonly limits: Limits;
}

/** `/v1/rankers` over HTTP. */
export function rankingHandlers({ rankers, limits }: RankingRouteParts) {
  const rank = async (exchange: Exchange) => {
    const ranker = rankers.ranker(exchange.param(0));
    const body = await exchange.body(rankBytesMax(limits.httpBodyBytes));
    exchange.readDeadline();
    return jsonReply(rankResponseBody(await rankers.rank(ranker, controlJson(body, limits.jsonDepth), exchange)));
  };
  return {
    rankerList: () => jsonReply({ rankers: rankers.names }),
    ranker: (exchange: Exchange) => jsonReply(rankers.ranker(exchange.param(0)).config),
    rank,
  } satisfies Record<string, RouteHandler>;
}
