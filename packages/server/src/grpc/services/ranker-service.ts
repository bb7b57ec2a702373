import type { JsonObject } from '@bufbuild/protobuf';
import type { Limits } from '@rangefinder/base';
import { RankerService, type MessageDecoder } from '@rangefinder/protocol/grpc';
import { rankMessage, rankValue } from '../../ranking/rank-message.ts';
import { rankBytesMax, type RankerCalls } from '../../ranking/ranker-calls.ts';
import { unaryMethod, type GrpcMethod } from '../grpc-method.ts';

/** `rangefinder.v1.RankerService`: what `/v1/rankers` is over HTTP. */
export function rankerMethods(
  rankers: RankerCalls,
  decoder: MessageDecoder,
  { grpcMessageBytes }: Pick<Limits, 'grpcMessageBytes'>,
): GrpcMethod[] {
  const options = { group: 'ranking', messageBytesMax: rankBytesMax(grpcMessageBytes) } as const;
  const { rank, listRankers, getRanker } = RankerService.method;
  return [
    unaryMethod(rank, decoder, options, async (request, call) => {
      const ranker = rankers.ranker(request.ranker);
      return rankMessage(await rankers.rank(ranker, rankValue(request), call));
    }),
    unaryMethod(listRankers, decoder, options, () => ({ rankers: [...rankers.names] })),
    unaryMethod(getRanker, decoder, options, (request) => {
      const { name, config } = rankers.ranker(request.ranker);
      return { name, config: JSON.parse(JSON.stringify(config)) as JsonObject };
    }),
  ];
}
