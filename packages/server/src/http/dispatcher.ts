import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_CATALOGUE, invalidArgument, RangefinderError, type Clock, type Logger } from '@rangefinder/base';
import { FailureLog } from '../logging/failure-log.ts';
import type { ByteBudget } from '../transport/byte-budget.ts';
import type { RequestIds } from '../transport/request-ids.ts';
import type { RestrictedAccess } from '../transport/restricted-access.ts';
import type { ApiRoute } from './api-route.ts';
import type { BodyLimits } from './body-reader.ts';
import type { Connection } from './connection.ts';
import { Exchange } from './exchange.ts';
import { errorReply, type Reply } from './reply.ts';
import { checkOrigin, corsHeaders, type OriginPolicy } from './request-origin.ts';
import { Router } from './router.ts';
import { sendReply } from './send-reply.ts';

/** Told of every answer; counts and traces are made of it. */
export interface HttpObserver {
  /** The request is about to be handled. */
  began?(exchange: Exchange): void;
  /** `operationId` is `unmatched` where no route was found, so that labels stay few. `exchange` is undefined there. */
  answered(operationId: string, status: number, durationUs: number, exchange: Exchange | undefined): void;
}

export interface DispatcherParts {
  readonly routes: readonly ApiRoute[];
  readonly limits: BodyLimits;
  readonly budget: ByteBudget;
  readonly origins: OriginPolicy;
  readonly restrictions: RestrictedAccess;
  readonly requestIds: RequestIds;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: readonly HttpObserver[];
}

/** A request before it is known what for, or its Exchange after. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedUs: number;
}

const NO_HEADERS: readonly string[] = [];
const PREFLIGHT_MAX_AGE_S = '600';

/** Takes each request through routing, access checks and its handler to exactly one answer. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #router: Router<ApiRoute>;
  readonly #failures: FailureLog;
  #stopping = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#router = new Router(parts.routes);
    this.#failures = new FailureLog(parts.logger, parts.clock);
  }

  /** From now on every answer closes its connection. */
  stop(): void {
    this.#stopping = true;
  }

  dispatch(request: IncomingMessage, response: ServerResponse, connection: Connection, awaitsContinue: boolean): void {
    const { clock, limits, budget, origins, restrictions, requestIds, observers } = this.#parts;
    const arrival: Arrival = {
      request,
      response,
      requestId: requestIds.of(request.headers['x-request-id']),
      startedUs: clock.nowUs(),
    };
    let exchange: Exchange | undefined;
    try {
      const { path, query } = splitTarget(request.url ?? '/');
      checkConnection(request, connection);
      const match = this.#router.match(request.method ?? '', path);
      if (request.method === 'OPTIONS') {
        void this.#send(arrival, optionsReply(request, match.kind === 'wrong-method' ? match.allow : '', origins));
        return;
      }
      if (match.kind === 'unknown') throw new RangefinderError('NOT_FOUND', `no endpoint at "${path.slice(0, 256)}"`);
      if (match.kind === 'wrong-method') {
        void this.#send(arrival, wrongMethodReply(request.method ?? '', match.allow));
        return;
      }
      const { route, params } = match;
      exchange = new Exchange({ ...arrival, route, params, query, awaitsContinue, clock, limits, budget });
      this.#follow(exchange, connection);
      checkOrigin(request, origins);
      restrictions.check(request.headers, route.group);
      for (const observer of observers) observer.began?.(exchange);
      void this.#handle(exchange);
    } catch (thrown) {
      void this.#send(exchange ?? arrival, this.#errorReply(thrown, arrival.requestId, exchange), connection.surplus);
    }
  }

  async #handle(exchange: Exchange): Promise<void> {
    let reply: Reply | undefined;
    try {
      reply = await exchange.route.handle(exchange);
    } catch (thrown) {
      if (exchange.gone) {
        this.#observe(ERROR_CATALOGUE.CANCELLED.httpStatus, exchange);
        return;
      }
      reply = this.#errorReply(thrown, exchange.requestId, exchange);
    }
    if (reply !== undefined) await this.#send(exchange, reply);
  }

  async #send(arrival: Arrival, reply: Reply, close = false): Promise<void> {
    const { request, response, requestId } = arrival;
    const cors = request.headers.origin === undefined ? NO_HEADERS : corsHeaders(request, this.#parts.origins);
    const headers = ['X-Request-Id', requestId, 'X-Content-Type-Options', 'nosniff', ...cors];
    try {
      await sendReply(request, response, reply, {
        headers,
        close: close || this.#stopping,
        broken: arrival instanceof Exchange && arrival.broken,
      });
      this.#observe(reply.status, arrival);
    } catch (thrown) {
      this.#parts.logger.error({ err: thrown, requestId }, 'an answer could not be written');
      response.destroy();
    }
  }

  #observe(status: number, arrival: Arrival): void {
    const durationUs = this.#parts.clock.nowUs() - arrival.startedUs;
    const exchange = arrival instanceof Exchange ? arrival : undefined;
    const operationId = exchange?.route.operationId ?? 'unmatched';
    for (const observer of this.#parts.observers) observer.answered(operationId, status, durationUs, exchange);
  }

  /** Ties the exchange to the life of its response, whose `close` comes exactly once, however it ends. */
  #follow(exchange: Exchange, connection: Connection): void {
    connection.opened(exchange);
    exchange.response.once('close', () => {
      exchange.ended(exchange.response.writableFinished);
      connection.closed(exchange);
    });
  }

  #errorReply(thrown: unknown, requestId: string, exchange: Exchange | undefined): Reply {
    return errorReply(this.#failures.report(thrown, exchange?.route.operationId ?? 'unmatched', requestId));
  }
}

function optionsReply(request: IncomingMessage, allow: string, origins: OriginPolicy): Reply {
  const headers = ['Allow', allow === '' ? 'GET, HEAD, POST, OPTIONS' : allow];
  if (request.headers['access-control-request-method'] !== undefined && corsHeaders(request, origins).length > 0) {
    headers.push('Access-Control-Allow-Methods', 'GET, HEAD, POST', 'Access-Control-Max-Age', PREFLIGHT_MAX_AGE_S);
    const wanted = request.headers['access-control-request-headers'];
    if (wanted !== undefined) headers.push('Access-Control-Allow-Headers', wanted);
  }
  return { status: 204, contentType: '', body: '', headers };
}

function wrongMethodReply(method: string, allow: string): Reply {
  const problem = `method: expected one of ${allow}, got ${method}`;
  return errorReply(new RangefinderError('METHOD_NOT_ALLOWED', problem, { field: 'method' }), ['Allow', allow]);
}

function checkConnection(request: IncomingMessage, connection: Connection): void {
  if (connection.surplus) {
    throw new RangefinderError(
      'RESOURCE_EXHAUSTED',
      'connections: the server has as many open as it may; try again later',
      { retryAfterMs: 1000 },
    );
  }
  const host = request.headers.host;
  if (host === undefined && request.httpVersionMinor >= 1) throw invalidArgument('Host', 'expected a Host header');
  const expect = request.headers.expect;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw invalidArgument('Expect', `expected 100-continue, got "${expect.slice(0, 64)}"`);
  }
}

/** Splits the request target. A proxy's absolute form (`GET http://host/path`) loses its origin. */
function splitTarget(target: string): { path: string; query: string } {
  let start = 0;
  if (!target.startsWith('/')) {
    const scheme = target.indexOf('://');
    if (scheme > 0) {
      start = target.indexOf('/', scheme + 3);
      if (start < 0) return { path: '/', query: '' };
    }
  }
  const question = target.indexOf('?', start);
  if (question < 0) return { path: start === 0 ? target : target.slice(start), query: '' };
  return { path: target.slice(start, question), query: target.slice(question + 1) };
}
