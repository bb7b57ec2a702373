import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RangefinderError } from '@rangefinder/base';
import type { Exchange } from './exchange.ts';
import { errorReply } from './reply.ts';

const CLOSE_AFTER_MS = 2_000;

/** What the listener remembers of an open connection. */
export class Connection {
  readonly #socket: Duplex;
  /** Beyond the limit of connections: its first request is refused and it is closed. */
  readonly surplus: boolean;
  /** The request that arrived last; the only one that can still be incomplete. */
  #last: Exchange | undefined = undefined;
  #pending = 0;
  #failure: RangefinderError | undefined = undefined;

  constructor(socket: Duplex, surplus: boolean) {
    this.#socket = socket;
    this.surplus = surplus;
  }

  get pending(): number {
    return this.#pending;
  }

  opened(exchange: Exchange): void {
    this.#last = exchange;
    this.#pending++;
  }

  closed(exchange: Exchange): void {
    this.#pending--;
    if (this.#last === exchange) this.#last = undefined;
    if (this.#pending === 0 && this.#failure !== undefined) this.#writeFailure(this.#failure);
  }

  /**
   * The bytes on this connection make no sense, or come too slowly. A request whose body was being read gets the error as
   * its answer; otherwise the answer is written once those before it are out, and the connection is closed.
   */
  fail(error: RangefinderError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const last = this.#last;
    if (last !== undefined && !last.request.complete) {
      if (last.response.headersSent) this.#socket.destroy();
      else last.failBody(error);
      return;
    }
    if (this.#pending === 0) this.#writeFailure(error);
  }

  #writeFailure(error: RangefinderError): void {
    const socket = this.#socket;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(rawReply(error));
    const timer = setTimeout(() => socket.destroy(), CLOSE_AFTER_MS);
    socket.once('close', () => clearTimeout(timer));
  }
}

/** An answer for where there is no ServerResponse to write it with. */
function rawReply(error: RangefinderError): string {
  const reply = errorReply(error);
  const body = String(reply.body);
  const lines = [
    `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? 'Error'}`,
    `Content-Type: ${reply.contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  const headers = reply.headers ?? [];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** What llhttp or the timeouts of node:http report, in our words. */
export function connectionError(error: NodeJS.ErrnoException, headerLimitBytes: number): RangefinderError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new RangefinderError('HEADERS_TOO_LARGE', `request headers: expected at most ${headerLimitBytes} bytes`, {
        field: 'request headers',
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RangefinderError('REQUEST_TIMEOUT', 'the request did not arrive in time');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new RangefinderError('PAYLOAD_TOO_LARGE', 'request body: chunk extensions are too long', {
        field: 'request body',
      });
    default: {
      const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
      return new RangefinderError('INVALID_ARGUMENT', `malformed HTTP: ${reason}`, { cause: error });
    }
  }
}
