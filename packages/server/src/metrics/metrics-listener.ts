import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERROR_CATALOGUE, type Logger } from '@rangefinder/base';
import { listenOn } from '../transport/listen.ts';
import type { MetricsExporter } from './metrics-exporter.ts';

const CONNECTIONS_MAX = 64;
const RECEIVE_MS = 10_000;

/** `GET /metrics` on a port of its own, so that it can be kept from those who may call models. */
export class MetricsListener {
  readonly #server: Server;
  readonly #exporter: MetricsExporter;
  readonly #logger: Logger;
  /** Scrapes that come while one is being rendered share it. */
  #rendering: Promise<string> | undefined = undefined;

  constructor(exporter: MetricsExporter, logger: Logger) {
    this.#exporter = exporter;
    this.#logger = logger;
    this.#server = createServer({ requestTimeout: RECEIVE_MS, headersTimeout: RECEIVE_MS, keepAliveTimeout: 65_000 });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('request', (request, response) => void this.#answer(request, response));
  }

  listen(host: string, port: number): Promise<AddressInfo> {
    return listenOn(this.#server, host, port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0];
    request.resume();
    if (path !== '/metrics' && path !== '/metrics/') {
      refuse(response, ERROR_CATALOGUE.NOT_FOUND.httpStatus, 'no endpoint here but /metrics');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, ERROR_CATALOGUE.METHOD_NOT_ALLOWED.httpStatus, 'method: expected GET');
    } else {
      try {
        this.#rendering ??= this.#exporter.render().finally(() => (this.#rendering = undefined));
        const text = await this.#rendering;
        response.writeHead(200, {
          'Content-Type': this.#exporter.contentType,
          'Content-Length': Buffer.byteLength(text),
        });
        response.end(text);
      } catch (thrown) {
        this.#logger.error({ err: thrown }, 'metrics could not be rendered');
        refuse(response, ERROR_CATALOGUE.INTERNAL.httpStatus, 'metrics could not be rendered; the log says why');
      }
    }
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ error }));
}
