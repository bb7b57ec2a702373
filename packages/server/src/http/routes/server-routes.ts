import { readyModelNames } from '../../handlers/model-information.ts';
import { serverMetadata } from '../../handlers/server-information.ts';
import { jsonReply } from '../reply.ts';
import { notReady, type RouteHandlers, type RouteParts } from './route-parts.ts';

export function serverHandlers({ models, identity, ready }: RouteParts) {
  return {
    serverMetadata: () => jsonReply(serverMetadata(identity)),
    // Triton's clients look at the status, KServe's at the body.
    serverLive: () => (models.live ? jsonReply({ live: true }) : notReady({ live: false }, 'the server is not live')),
    serverReady: () => (ready() ? jsonReply({ ready: true }) : notReady({ ready: false }, 'the server is not ready')),
    modelList: async () => jsonReply({ models: await readyModelNames(models) }),
  } satisfies RouteHandlers;
}
