import type { ServerHttp2Stream } from 'node:http2';
import { gunzip } from 'node:zlib';
import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { FrameReader, messageTooLarge, type MessageFrame } from '@rangefinder/protocol/grpc';
import type { ByteBudget } from '../transport/byte-budget.ts';
import { requireGzip, type MessageCoding } from './grpc-call.ts';

export interface IncomingMessagesOptions {
  /** Of one message, after it was inflated as well. */
  readonly messageBytesMax: number;
  readonly coding: MessageCoding;
  /** From the start of the call to the end of its only message. */
  readonly receiveMs: number;
  readonly budget: ByteBudget;
}

/**
 * The messages of a call, read as they are asked for. What arrives is counted against the server's budget before it is kept;
 * a stream that runs ahead of its handler is paused, and HTTP/2's flow control then holds the client back.
 *
 * Throws INVALID_ARGUMENT for what is no message, PAYLOAD_TOO_LARGE, RESOURCE_EXHAUSTED, REQUEST_TIMEOUT for one that does
 * not arrive in time, CANCELLED when the client goes away.
 */
export class IncomingMessages {
  readonly #stream: ServerHttp2Stream;
  readonly #options: IncomingMessagesOptions;
  readonly #frames: FrameReader;
  readonly #queue: MessageFrame[] = [];
  #heldBytes = 0;
  #ended = false;
  #failure: Error | undefined = undefined;
  #wake: (() => void) | undefined = undefined;

  constructor(stream: ServerHttp2Stream, options: IncomingMessagesOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#frames = new FrameReader(options.messageBytesMax);
    stream.on('data', this.#onData);
    stream.on('end', this.#onEnd);
    stream.on('aborted', () => this.#fail(gone()));
  }

  /** The next message; undefined at the end. What came before it counts no more as held. */
  async next(): Promise<Uint8Array | undefined> {
    const heldBefore = this.#heldBytes - queuedBytes(this.#queue);
    const message = await this.#take();
    this.#release(heldBefore);
    return message;
  }

  /** The message of a call that has exactly one. */
  async only(): Promise<Uint8Array> {
    const timer = setTimeout(() => this.#fail(tooSlow(this.#options.receiveMs)), this.#options.receiveMs);
    try {
      const message = await this.#take();
      if (message === undefined) throw invalidArgument('message', 'expected one message, got none');
      if ((await this.#take()) !== undefined) throw invalidArgument('message', 'expected one message, got another');
      return message;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives back what is held of the budget; no message may be read after. Idempotent. */
  close(): void {
    this.#release(this.#heldBytes);
    this.#stream.off('data', this.#onData);
    this.#stream.off('end', this.#onEnd);
  }

  async #take(): Promise<Uint8Array | undefined> {
    while (this.#queue.length === 0 && !this.#ended && this.#failure === undefined) {
      this.#stream.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
    const frame = this.#queue.shift();
    return frame?.compressed === true ? this.#inflate(frame.bytes) : frame?.bytes;
  }

  async #inflate(bytes: Uint8Array): Promise<Uint8Array> {
    requireGzip(this.#options.coding);
    const inflated = await inflate(bytes, this.#options.messageBytesMax);
    if (this.#failure !== undefined) throw this.#failure;
    this.#hold(inflated.length);
    return inflated;
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#hold(chunk.length);
      this.#queue.push(...this.#frames.push(chunk));
    } catch (thrown) {
      this.#fail(asError(thrown));
      return;
    }
    if (this.#queue.length > 1) this.#stream.pause();
    if (this.#queue.length > 0) this.#wakeUp();
  };

  readonly #onEnd = (): void => {
    try {
      this.#frames.end();
      this.#ended = true;
      this.#wakeUp();
    } catch (thrown) {
      this.#fail(asError(thrown));
    }
  };

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #hold(bytes: number): void {
    this.#options.budget.take(bytes);
    this.#heldBytes += bytes;
  }

  #release(bytes: number): void {
    this.#options.budget.give(bytes);
    this.#heldBytes -= bytes;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function queuedBytes(queue: readonly MessageFrame[]): number {
  return queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** On the libuv pool; never into more memory than is allowed. */
function inflate(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gunzip(bytes, { maxOutputLength: bytesMax }, (error: NodeJS.ErrnoException | null, inflated) => {
      if (error === null) resolve(inflated);
      else if (error.code === 'ERR_BUFFER_TOO_LARGE') reject(messageTooLarge('more after gzip', bytesMax));
      else reject(invalidArgument('message', `not valid gzip data: ${error.message}`));
    });
  });
}

function tooSlow(receiveMs: number): RangefinderError {
  return new RangefinderError('REQUEST_TIMEOUT', `message: expected all of it within ${receiveMs} ms`);
}

function gone(): RangefinderError {
  return new RangefinderError('CANCELLED', 'the client cancelled the call before its request was complete');
}
