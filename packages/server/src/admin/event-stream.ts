import type { ServerResponse } from 'node:http';
import { RangefinderError, type Logger } from '@rangefinder/base';
import type { Exchange } from '../http/exchange.ts';
import type { Overview } from './overview.ts';

export interface EventStreamParts {
  readonly build: () => Promise<Overview>;
  /** Calls back once a second; returns the unsubscribe function. */
  readonly onSecond: (listener: () => void) => () => void;
  readonly logger: Logger;
}

const CLIENTS_MAX = 32;
/** A client that has this much unread is not reading, and misses events until it does. */
const UNREAD_MAX_BYTES = 1024 * 1024;

/**
 * The overview as server-sent events, built once a second for all clients together and not at all without any. Each event
 * also serves as the heartbeat that keeps proxies from closing the stream.
 */
export class EventStream {
  readonly #parts: EventStreamParts;
  readonly #clients = new Set<ServerResponse>();
  #unsubscribe: (() => void) | undefined = undefined;
  #building = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
  }

  /** Takes the response over until the client goes away. Throws RESOURCE_EXHAUSTED when there are too many already. */
  open(exchange: Exchange): undefined {
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new RangefinderError('RESOURCE_EXHAUSTED', `events: ${CLIENTS_MAX} clients are watching already`, {
        retryAfterMs: 10_000,
      });
    }
    const { response } = exchange;
    response.writeHead(200, [
      'Content-Type',
      'text/event-stream',
      'Cache-Control',
      'no-store',
      'X-Accel-Buffering',
      'no',
      'X-Request-Id',
      exchange.requestId,
    ]);
    response.write('retry: 2000\n\n');
    this.#clients.add(response);
    response.once('close', () => this.#left(response));
    this.#unsubscribe ??= this.#parts.onSecond(() => void this.#publish());
    void this.#publish();
    return undefined;
  }

  /** Ends all streams, so that the listener can close. */
  close(): void {
    for (const client of this.#clients) client.end();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async #publish(): Promise<void> {
    if (this.#building) return;
    this.#building = true;
    try {
      const event = `event: overview\ndata: ${JSON.stringify(await this.#parts.build())}\n\n`;
      for (const client of this.#clients) if (client.writableLength < UNREAD_MAX_BYTES) client.write(event);
    } catch (thrown) {
      // The stream stays open: the next second may do better, and this keeps proxies content meanwhile.
      this.#parts.logger.warn({ err: thrown }, 'the overview could not be built');
      for (const client of this.#clients) client.write(': no overview this time\n\n');
    } finally {
      this.#building = false;
    }
  }

  #left(response: ServerResponse): void {
    this.#clients.delete(response);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
