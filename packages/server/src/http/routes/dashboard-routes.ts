import { docsPage, DOCS_POLICY } from '../../pages/docs-page.ts';
import { openApiDocument } from '../../pages/openapi-document.ts';
import { pageHeaders } from '../../pages/static-pages.ts';
import { jsonReply, type Reply } from '../reply.ts';
import type { Exchange } from '../exchange.ts';
import { referenceOf, type RouteHandlers, type RouteParts } from './route-parts.ts';

export function dashboardHandlers({ models, identity, limits, pages, sampler, overview, events }: RouteParts) {
  const document = openApiDocument(identity.version);
  const documentText = JSON.stringify(document, null, 2);
  const page = docsPage(document);
  return {
    overview: async () => fresh(jsonReply(await overview.build())),
    events: (exchange: Exchange) => events.open(exchange),
    history: () => fresh(jsonReply(sampler.history())),
    recentBatches: (exchange: Exchange) => {
      const { name, version } = referenceOf(exchange, limits);
      return fresh(jsonReply({ batches: models.recentBatches(name, version) }));
    },
    openApiDocument: () => ({ status: 200, contentType: 'application/json', body: documentText }),
    docsPage: () => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      body: page,
      headers: pageHeaders(DOCS_POLICY),
    }),
    dashboard: (exchange: Exchange) => pages.index(exchange),
    dashboardAsset: (exchange: Exchange) => pages.asset(exchange),
  } satisfies RouteHandlers;
}

function fresh(reply: Reply): Reply {
  return { ...reply, headers: ['Cache-Control', 'no-store'] };
}
