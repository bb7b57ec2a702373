import { RangefinderError, type Limits } from '@rangefinder/base';
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
    const bytesMax = rankBytesMax(limits.httpBodyBytes);
    const body = await exchange.body(bytesMax);
    // Parsed in one go, however small it was on its way.
    if (body.length > bytesMax) {
      throw new RangefinderError(
        'PAYLOAD_TOO_LARGE',
        `request body: ${body.length} bytes once inflated: expected at most ${bytesMax} bytes`,
        { field: 'request body' },
      );
    }
    exchange.readDeadline();
    return jsonReply(rankResponseBody(await rankers.rank(ranker, controlJson(body, limits.jsonDepth), exchange)));
  };
  return {
    rankerList: () => jsonReply({ rankers: rankers.names }),
    ranker: (exchange: Exchange) => jsonReply(rankers.ranker(exchange.param(0)).config),
    rank,
  } satisfies Record<string, RouteHandler>;
}
