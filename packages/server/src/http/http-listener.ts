import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { listenOn } from '../transport/listen.ts';
import { Connection, connectionError } from './connection.ts';
import type { Dispatcher } from './dispatcher.ts';

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly httpHeaderBytes: number;
  readonly httpConnections: number;
  readonly httpRequestReceiveMs: number;
  /** How long an idle connection is kept for the next request. Above what balancers keep theirs for (60 s), so that they close first. */
  readonly keepAliveMs: number;
}

/** Connections beyond the limit that still get an answer saying so; those after them are just closed. */
const SURPLUS_CONNECTIONS = 64;
const CHECKS_PER_RECEIVE_TIME = 10;

/** The HTTP/1.1 server on `node:http`: sockets, timeouts and what is wrong with bytes before they are a request. */
export class HttpListener {
  readonly #server: Server;
  readonly #dispatcher: Dispatcher;
  readonly #options: HttpListenerOptions;
  readonly #connections = new WeakMap<object, Connection>();
  #open = 0;

  constructor(dispatcher: Dispatcher, options: HttpListenerOptions) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    const receiveMs = options.httpRequestReceiveMs;
    this.#server = createServer({
      maxHeaderSize: options.httpHeaderBytes,
      requestTimeout: receiveMs,
      headersTimeout: receiveMs,
      connectionsCheckingInterval: Math.min(1_000, Math.max(20, Math.floor(receiveMs / CHECKS_PER_RECEIVE_TIME))),
      keepAliveTimeout: options.keepAliveMs,
      // Checked by the dispatcher, which answers with a body.
      requireHostHeader: false,
      noDelay: true,
    });
    this.#server.maxConnections = options.httpConnections + SURPLUS_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    this.#server.on('checkExpectation', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#connectionOf(socket as Socket).fail(connectionError(error, options.httpHeaderBytes));
    });
  }

  get openConnections(): number {
    return this.#open;
  }

  /** Rejects with UNAVAILABLE and what to do about it when the port cannot be had. */
  listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    return listenOn(this.#server, host, port);
  }

  /** No new connections; idle ones are closed at once, others with their next answer; all of them after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#dispatcher.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  #onConnection(socket: Socket): void {
    this.#open++;
    this.#connections.set(socket, new Connection(socket, this.#open > this.#options.httpConnections));
    socket.once('close', () => this.#open--);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    this.#dispatcher.dispatch(request, response, this.#connectionOf(request.socket), awaitsContinue);
  }

  #connectionOf(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) this.#connections.set(socket, (connection = new Connection(socket, false)));
    return connection;
  }
}
