import { constants, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@rangefinder/base';
import { listenOn } from '../transport/listen.ts';
import type { GrpcDispatcher } from './grpc-dispatcher.ts';

export interface GrpcListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly grpcConnections: number;
  readonly grpcStreamsPerConnection: number;
  readonly grpcHeaderBytes: number;
  readonly grpcPingsPerMinute: number;
  /** How long a connection may be idle. One with calls open is asked then whether its client still lives. */
  readonly keepAliveMs: number;
}

/** How much of its messages a client may send ahead, for a stream and for a connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
const HEADERS_MAX = 128;
/** Node's own limit on what a connection holds, answers that its client does not read included; its default is 10. */
const SESSION_MEMORY_MB = 64;
const PING_ANSWER_MS = 20_000;
const MINUTE_US = 60_000_000;

/** HTTP/2 without TLS on `node:http2`: connections, their limits and their end. */
export class GrpcListener {
  readonly #server: Http2Server;
  readonly #dispatcher: GrpcDispatcher;
  readonly #options: GrpcListenerOptions;
  readonly #clock: Clock;
  readonly #sessions = new Set<ServerHttp2Session>();
  #openStreams = 0;

  constructor(dispatcher: GrpcDispatcher, options: GrpcListenerOptions, clock: Clock) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#clock = clock;
    this.#server = createServer({
      maxSessionMemory: SESSION_MEMORY_MB,
      maxHeaderListPairs: HEADERS_MAX,
      settings: {
        enablePush: false,
        maxConcurrentStreams: options.grpcStreamsPerConnection,
        maxHeaderListSize: options.grpcHeaderBytes,
        initialWindowSize: STREAM_WINDOW_BYTES,
      },
    });
    this.#server.maxConnections = options.grpcConnections;
    this.#server.on('session', (session) => this.#onSession(session));
    // The connection is closed by then, with the reason sent to the client.
    this.#server.on('sessionError', () => {});
  }

  get openConnections(): number {
    return this.#sessions.size;
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  /** Rejects with UNAVAILABLE and what to do about it when the port cannot be had. */
  listen(): Promise<AddressInfo> {
    return listenOn(this.#server, this.#options.host, this.#options.port);
  }

  /**
   * Open connections are told to take new calls elsewhere, and end with their last call. New ones are still accepted, for
   * those who ask about health.
   */
  drain(): void {
    this.#dispatcher.stop();
    for (const session of this.#sessions) session.close();
  }

  /** No new connections; what is not done after `graceMs` is cut off. */
  async close(graceMs: number): Promise<void> {
    this.drain();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #onSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // It closes, and with it its streams.
    session.on('error', () => {});
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    const pings = this.#limitPings(session);
    let streams = 0;
    session.on('stream', (stream, headers) => {
      streams++;
      this.#openStreams++;
      stream.once('close', () => {
        streams--;
        this.#openStreams--;
      });
      this.#dispatcher.dispatch(stream, headers, pings.forget);
    });
    session.setTimeout(this.#options.keepAliveMs, () => {
      if (streams === 0) session.close();
      else askWhetherAlive(session);
    });
  }

  /**
   * A client that pings all the time is told to stop, as gRPC's own servers do, and cut off. Pings are forgotten when an
   * answer is sent: clients measure with them how fast it comes.
   */
  #limitPings(session: ServerHttp2Session): { readonly forget: () => void } {
    let sinceUs = this.#clock.nowUs();
    let pings = 0;
    session.on('ping', () => {
      const nowUs = this.#clock.nowUs();
      if (nowUs - sinceUs >= MINUTE_US) {
        sinceUs = nowUs;
        pings = 0;
      }
      if (++pings <= this.#options.grpcPingsPerMinute || session.destroyed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      setImmediate(() => session.destroy());
    });
    return { forget: () => (pings = 0) };
  }
}

function askWhetherAlive(session: ServerHttp2Session): void {
  const timer = setTimeout(() => session.destroy(), PING_ANSWER_MS);
  const asked = session.ping(() => clearTimeout(timer));
  // Not asked: there are pings without an answer already, or the connection is ending.
  if (!asked) clearTimeout(timer);
}
