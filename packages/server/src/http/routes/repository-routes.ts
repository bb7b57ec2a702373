import { decodeIndexRequest, decodeLoadRequest, decodeUnloadRequest, repositoryIndexBody } from '@rangefinder/protocol';
import type { Exchange } from '../exchange.ts';
import { jsonReply } from '../reply.ts';
import { referenceOf, type RouteHandlers, type RouteParts } from './route-parts.ts';

/** Index and unload requests say little; a load may bring a model's files along and may be as large as any. */
const SMALL_BODY_BYTES = 1024 * 1024;

export function repositoryHandlers({ models, limits }: RouteParts) {
  return {
    repositoryIndex: async (exchange: Exchange) => {
      const { ready } = decodeIndexRequest(await exchange.body(SMALL_BODY_BYTES), limits);
      return jsonReply(repositoryIndexBody(await models.index(ready)));
    },
    modelLoad: async (exchange: Exchange) => {
      const { name } = referenceOf(exchange, limits);
      await models.load(name, await decodeLoadRequest(await exchange.body(), limits));
      return jsonReply({});
    },
    // There are no models that depend on others yet, so that unload_dependents is read and has nothing to do.
    modelUnload: async (exchange: Exchange) => {
      const { name } = referenceOf(exchange, limits);
      await decodeUnloadRequest(await exchange.body(SMALL_BODY_BYTES), limits);
      await models.unload(name);
      return jsonReply({});
    },
  } satisfies RouteHandlers;
}
