import type { ApiGroup } from '../transport/api-group.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

/** A handler answers with a Reply, or `undefined` when it has taken the response over (a stream of events does). */
export type RouteHandler = (exchange: Exchange) => Reply | undefined | Promise<Reply | undefined>;

export interface ApiRoute {
  /** Also the label of the HTTP metrics, so that their number is fixed. */
  readonly operationId: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly group: ApiGroup;
  readonly handle: RouteHandler;
}
