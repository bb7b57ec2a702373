import type { IncomingMessage, ServerResponse } from 'node:http';
import { compress, responseCoding, type ContentCoding } from './content-coding.ts';
import type { Reply } from './reply.ts';

/** Under this, compression costs more than it saves. */
const COMPRESS_MIN_BYTES = 1024;
/** Up to this the parts are copied into one piece and leave in one write with the headers. */
const ONE_WRITE_MAX_BYTES = 64 * 1024;
/** A body announced as no longer than this is read to its end so that the connection can be used again. */
const DRAIN_MAX_BYTES = 64 * 1024;
/** How long an answered client may go on sending a body that nobody wants, so that it gets to read the answer. */
const LINGER_MS = 2_000;
const SLOW_READER_MS = 60_000;

export interface SendOptions {
  /** Flat header list that goes with every answer of this exchange. */
  readonly headers: readonly string[];
  /** The connection is not to be used again. */
  readonly close: boolean;
  /** What the client still sends cannot be read any more: there is no end of it to wait for. */
  readonly broken: boolean;
}

/**
 * Writes an answer: head and body in one write where it is small, off-loop compression where the client takes it, and an
 * end that suits what the client still has to send. Resolves when everything is handed to the socket.
 */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: SendOptions,
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const acceptEncoding = request.headers['accept-encoding'];
  const coding = acceptEncoding === undefined ? 'identity' : responseCoding(acceptEncoding);
  if (coding !== 'identity' && lengthOf(reply.body) >= COMPRESS_MIN_BYTES && isCompressible(reply)) {
    const body = await compress(coding, partsOf(reply.body));
    if (response.destroyed) return;
    write(request, response, { ...reply, body }, options, coding);
  } else {
    write(request, response, reply, options, 'identity');
  }
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: SendOptions,
  coding: ContentCoding,
): void {
  const length = lengthOf(reply.body);
  const headers = ['Content-Type', reply.contentType, 'Content-Length', String(length), ...options.headers];
  if (reply.headers !== undefined) headers.push(...reply.headers);
  if (coding !== 'identity') headers.push('Content-Encoding', coding, 'Vary', 'Accept-Encoding');
  const drainable = isDrainable(request);
  const lingers = !drainable && !options.broken;
  if (options.close || !drainable) headers.push('Connection', 'close');
  if (reply.status === 204 || reply.status === 304) headers.splice(0, 4);
  response.writeHead(reply.status, headers);
  if (request.method === 'HEAD' || length === 0) finish(request, response, undefined, lingers);
  else if (typeof reply.body === 'string' || reply.body instanceof Uint8Array)
    finish(request, response, reply.body, lingers);
  else if (length <= ONE_WRITE_MAX_BYTES) finish(request, response, Buffer.concat(reply.body), lingers);
  else {
    response.cork();
    for (const part of reply.body) response.write(part);
    finish(request, response, undefined, lingers);
    response.uncork();
  }
  if (response.writableNeedDrain) response.setTimeout(SLOW_READER_MS, () => response.destroy());
}

function finish(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Uint8Array | undefined,
  lingers: boolean,
): void {
  if (lingers) {
    linger(request, response, body);
    return;
  }
  if (!request.complete) request.resume();
  response.end(body);
}

/**
 * The client is still sending what nobody will read. Closing at once would reset the connection, and the reset can overtake
 * the answer; so the answer goes out, the rest is thrown away for a while, and then the connection is closed.
 */
function linger(request: IncomingMessage, response: ServerResponse, body: string | Uint8Array | undefined): void {
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end);
  request.once('close', end);
  request.on('error', end);
  request.resume();
}

/** Whether the request has arrived as a whole, or what is left of it is little and its end is known. */
function isDrainable(request: IncomingMessage): boolean {
  if (request.complete) return true;
  if (request.headers.expect !== undefined || request.headers['transfer-encoding'] !== undefined) return false;
  const announced = request.headers['content-length'];
  return announced === undefined || Number(announced) <= DRAIN_MAX_BYTES;
}

function isCompressible(reply: Reply): boolean {
  return !reply.contentType.startsWith('image/') && !(reply.headers?.includes('Content-Encoding') ?? false);
}

function lengthOf(body: Reply['body']): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.length;
  let length = 0;
  for (const part of body) length += part.length;
  return length;
}

function partsOf(body: Reply['body']): readonly Uint8Array[] {
  if (typeof body === 'string') return [Buffer.from(body)];
  return body instanceof Uint8Array ? [body] : body;
}
