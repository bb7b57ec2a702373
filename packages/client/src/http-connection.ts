import * as http from 'node:http';
import * as https from 'node:https';
import { DEFAULT_LIMITS, RangefinderError } from '@rangefinder/base';
import type { CallOptions, ClientOptions, Compression } from './client-options.ts';
import { compressed, inflated } from './content-encoding.ts';
import { responseError } from './response-error.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Below the client's URL, with a leading slash. */
  readonly path: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
  readonly compression?: Compression | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Inflated. */
  readonly body: Uint8Array;
}

const DEFAULT_CONNECTIONS = 64;

/** One server over kept-alive connections. Every failure is a RangefinderError. */
export class HttpConnection {
  readonly #options: ClientOptions;
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #maxBytes: number;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#base = parseUrl(options.url);
    const agentOptions = { keepAlive: true, maxSockets: options.connections ?? DEFAULT_CONNECTIONS };
    this.#agent = this.#base.protocol === 'https:' ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    this.#maxBytes = (options.limits ?? DEFAULT_LIMITS).httpInflatedBodyBytes;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Any status is an answer. */
  async exchange(call: HttpCall, options: CallOptions): Promise<HttpAnswer> {
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs;
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signals = [timeout, options.signal].filter((signal) => signal !== undefined);
    const signal = signals.length === 0 ? undefined : AbortSignal.any(signals);
    try {
      signal?.throwIfAborted();
      const body = call.body && call.compression ? [await compressed(call.body, call.compression)] : (call.body ?? []);
      return await this.#send(call, body, options, signal);
    } catch (error) {
      if (timeout?.aborted) {
        throw new RangefinderError('DEADLINE_EXCEEDED', `no answer from ${this.#base.host} within ${timeoutMs} ms`, {
          cause: error,
        });
      }
      if (options.signal?.aborted) throw new RangefinderError('CANCELLED', 'the call was aborted', { cause: error });
      if (error instanceof RangefinderError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new RangefinderError('UNAVAILABLE', `cannot reach ${this.#base.host}: ${reason}`, { cause: error });
    }
  }

  /** A 2xx answer; anything else throws the server's own error. */
  async call(call: HttpCall, options: CallOptions): Promise<HttpAnswer> {
    const answer = await this.exchange(call, options);
    if (answer.status < 200 || answer.status > 299) throw responseError(answer);
    return answer;
  }

  async #send(
    call: HttpCall,
    body: readonly Uint8Array[],
    options: CallOptions,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const response = await this.#respond(call, body, options, signal, true);
    const received = await readAll(response, this.#maxBytes);
    const encoding = response.headers['content-encoding'];
    const plain = encoding === undefined ? received : await inflated(received, encoding, this.#maxBytes);
    return { status: response.statusCode ?? 0, headers: response.headers, body: plain };
  }

  #respond(
    call: HttpCall,
    body: readonly Uint8Array[],
    options: CallOptions,
    signal: AbortSignal | undefined,
    mayRepeat: boolean,
  ): Promise<http.IncomingMessage> {
    const { protocol, hostname, port, pathname } = this.#base;
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const request = (protocol === 'https:' ? https : http).request({
      agent: this.#agent,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method: call.method,
      path: `${pathname.replace(/\/$/, '')}${call.path}`,
      headers: { ...this.#options.headers, ...options.headers, ...bodyHeaders(call, body) },
      ...(signal && { signal }),
    });
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection just as we used it again: nothing of the request was seen.
      if (mayRepeat && request.reusedSocket && error.code === 'ECONNRESET') {
        resolve(this.#respond(call, body, options, signal, false));
      } else reject(error);
    });
    for (const chunk of body) request.write(chunk);
    request.end();
    return promise;
  }
}

function bodyHeaders(call: HttpCall, body: readonly Uint8Array[]): http.OutgoingHttpHeaders {
  const { compression } = call;
  return {
    ...call.headers,
    ...(call.contentType !== undefined && { 'content-type': call.contentType }),
    ...(call.method === 'POST' && { 'content-length': body.reduce((sum, chunk) => sum + chunk.length, 0) }),
    ...(compression && { 'content-encoding': compression, 'accept-encoding': compression }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new RangefinderError('INVALID_ARGUMENT', `url: expected http://host:port, found '${text}'`, { field: 'url' });
  }
  return url;
}

async function readAll(response: http.IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new RangefinderError('PAYLOAD_TOO_LARGE', `the response is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  // A single chunk lies somewhere in the socket's buffer, which is ours from now on.
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}
