import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { RangefinderError } from '@rangefinder/base';
import { encodeGrpcMessage, errorDetails, frameOf } from '@rangefinder/protocol/grpc';
import type { MessageCoding } from './grpc-call.ts';

/** Under this, compression costs more than it saves. */
const COMPRESS_MIN_BYTES = 1024;
const COMPRESSION_LEVEL = 1;
const ACCEPTED_CODINGS = 'identity,gzip';
const gzipped = promisify(gzip);

export interface GrpcAnswerOptions {
  readonly contentType: string;
  readonly requestId: string;
  /** Called with every message. */
  readonly onSent: () => void;
}

/**
 * What goes back on a call's stream, in this order: headers, messages, status. An error before the first message is headers
 * alone, as gRPC has it. Writes to a stream that is gone are nothing.
 */
export class GrpcAnswer {
  /** Of the messages: what the client sent its own in, which it then understands. */
  coding: MessageCoding = 'identity';
  readonly #stream: ServerHttp2Stream;
  readonly #headers: OutgoingHttpHeaders;
  readonly #onSent: () => void;
  #trailers: OutgoingHttpHeaders = {};

  constructor(stream: ServerHttp2Stream, { contentType, requestId, onSent }: GrpcAnswerOptions) {
    this.#stream = stream;
    this.#onSent = onSent;
    this.#headers = {
      ':status': 200,
      'content-type': contentType,
      'grpc-accept-encoding': ACCEPTED_CODINGS,
      'x-request-id': requestId,
    };
  }

  /** The only message, and OK. */
  async only(message: Uint8Array): Promise<void> {
    const frame = await this.#frame(message);
    if (!this.#open()) return;
    this.#onSent();
    this.#trailers = { 'grpc-status': '0' };
    this.#stream.end(frame);
  }

  /** One message of several. Resolves when there is room for the next; rejects with CANCELLED when nobody reads any more. */
  async message(message: Uint8Array): Promise<void> {
    const frame = await this.#frame(message);
    if (!this.#open()) throw gone();
    this.#onSent();
    if (this.#stream.write(frame)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.#stream.off('drain', settle).off('close', settle);
        if (this.#stream.destroyed) reject(gone());
        else resolve();
      };
      this.#stream.on('drain', settle).on('close', settle);
    });
  }

  /** The end of several messages. */
  finish(): void {
    if (!this.#open()) return;
    this.#trailers = { 'grpc-status': '0' };
    this.#stream.end();
  }

  fail(error: RangefinderError): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const status = {
      'grpc-status': String(error.entry.grpcStatus),
      'grpc-message': encodeGrpcMessage(error.message),
      'grpc-status-details-bin': Buffer.from(errorDetails(error)).toString('base64').replace(/=+$/, ''),
      'rangefinder-error-code': error.code,
    };
    if (stream.headersSent) {
      this.#trailers = status;
      stream.end();
    } else {
      stream.respond({ ...this.#headers, ...status }, { endStream: true });
      this.#stopClient();
    }
  }

  /** What the client still sends is of no interest once it has its status; without this it would be let go on. */
  #stopClient(): void {
    if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** Sends the headers where that is still to be done. False: the client is gone. */
  #open(): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return false;
    if (stream.headersSent) return true;
    const headers = this.coding === 'identity' ? this.#headers : { ...this.#headers, 'grpc-encoding': this.coding };
    stream.respond(headers, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      stream.sendTrailers(this.#trailers);
      // Trailers are written at the end of this turn; a reset that comes before would take their place.
      setImmediate(() => this.#stopClient());
    });
    return true;
  }

  async #frame(message: Uint8Array): Promise<Uint8Array> {
    if (this.coding === 'identity' || message.length < COMPRESS_MIN_BYTES) return frameOf(message);
    return frameOf(await gzipped(message, { level: COMPRESSION_LEVEL }), true);
  }
}

function gone(): RangefinderError {
  return new RangefinderError('CANCELLED', 'the client went away');
}
