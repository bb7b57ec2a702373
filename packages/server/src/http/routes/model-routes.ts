import { RangefinderError } from '@rangefinder/base';
import { modelMetadataBody, statisticsBody } from '@rangefinder/protocol';
import { requireReadyModel } from '../../handlers/model-information.ts';
import { requireKnownModel, type ModelReference } from '../../handlers/model-reference.ts';
import type { RouteHandler } from '../api-route.ts';
import type { Exchange } from '../exchange.ts';
import { InferRoute } from '../infer-route.ts';
import { jsonReply } from '../reply.ts';
import { notReady, referenceOf, type RouteHandlers, type RouteParts } from './route-parts.ts';

export function modelHandlers(parts: RouteParts) {
  const { models, limits } = parts;
  const of = (exchange: Exchange): ModelReference => referenceOf(exchange, limits);
  const metadata: RouteHandler = (exchange) => {
    const { name, version } = of(exchange);
    return jsonReply(modelMetadataBody(models.metadata(name, version)));
  };
  const ready: RouteHandler = (exchange) => {
    const reference = of(exchange);
    try {
      requireReadyModel(models, reference);
      return jsonReply({ name: reference.name, ready: true });
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError) || thrown.code === 'NOT_FOUND') throw thrown;
      return notReady({ name: reference.name, ready: false }, thrown.message);
    }
  };
  const config: RouteHandler = (exchange) => {
    const { name, version } = of(exchange);
    return jsonReply(models.config(name, version));
  };
  const statistics: RouteHandler = (exchange) => {
    const { name, version } = of(exchange);
    return jsonReply(statisticsBody(models.statistics(name, version)));
  };
  const generate: RouteHandler = (exchange) => {
    requireKnownModel(models, of(exchange));
    throw new RangefinderError(
      'UNSUPPORTED',
      'generate: only for models that generate text, and this is none; use infer',
    );
  };
  const inferRoute = new InferRoute(parts);
  const infer: RouteHandler = (exchange) => inferRoute.handle(exchange);
  return {
    modelMetadata: metadata,
    modelVersionMetadata: metadata,
    modelReady: ready,
    modelVersionReady: ready,
    modelInfer: infer,
    modelVersionInfer: infer,
    modelConfig: config,
    modelVersionConfig: config,
    allStatistics: () => jsonReply(statisticsBody(models.statistics())),
    modelStatistics: statistics,
    modelVersionStatistics: statistics,
    modelGenerate: generate,
    modelVersionGenerate: generate,
    modelGenerateStream: generate,
    modelVersionGenerateStream: generate,
  } satisfies RouteHandlers;
}
