import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { RangefinderError } from '@rangefinder/base';
import type { ByteBudget } from '../transport/byte-budget.ts';
import { inflater, requestCoding } from './content-coding.ts';

export interface BodyLimits {
  readonly httpBodyBytes: number;
  readonly httpInflatedBodyBytes: number;
}

const EMPTY = Buffer.alloc(0);
/** Of a body whose length nobody announced. */
const UNKNOWN = -1;
/**
 * What is taken of one body in one turn of the event loop. Left alone, a socket that is full is read 32 times in a row, and
 * 2 MiB into memory that was never touched take longer than other requests should wait.
 */
const TURN_BYTES = 512 * 1024;

/**
 * Reads a whole request body. What is announced is judged before a byte is read (and before `100 Continue`), what arrives is
 * counted as it comes, and what inflates is counted as it inflates, so no limit is ever passed by more than one chunk.
 * A body in one chunk, the usual small request, is not copied.
 *
 * Throws PAYLOAD_TOO_LARGE, RESOURCE_EXHAUSTED, UNSUPPORTED for an unknown coding, INVALID_ARGUMENT for a body that is not
 * what its coding says, CANCELLED when the client goes away.
 */
export class BodyReader {
  readonly #request: IncomingMessage;
  readonly #budget: ByteBudget;
  readonly #limits: BodyLimits;
  #heldBytes = 0;
  #collector: Collector | undefined = undefined;

  constructor(request: IncomingMessage, limits: BodyLimits, budget: ByteBudget) {
    this.#request = request;
    this.#limits = limits;
    this.#budget = budget;
  }

  /** `maxBytes`: where a handler takes less than the server does; it holds after inflating, too. */
  async read(response: ServerResponse, awaitsContinue: boolean, maxBytes?: number): Promise<Buffer> {
    const { httpBodyBytes, httpInflatedBodyBytes } = this.#limits;
    const limitBytes = maxBytes ?? httpBodyBytes;
    const coding = requestCoding(this.#request.headers['content-encoding']);
    const announced = announcedBytes(this.#request);
    if (announced > limitBytes) throw tooLarge(`request body: ${announced} bytes announced`, limitBytes);
    if (!this.#budget.fits(announced)) throw this.#budget.exhausted();
    if (awaitsContinue) response.writeContinue();
    if (announced === 0) return EMPTY;
    if (coding !== 'identity')
      return this.#inflate(coding, limitBytes, maxBytes ?? Math.max(httpBodyBytes, httpInflatedBodyBytes));
    return this.#collect(this.#request, announced, (bytes) => {
      if (bytes > limitBytes) throw tooLarge('request body', limitBytes);
      this.#hold(bytes);
    });
  }

  /** Makes a `read` that is under way throw. */
  fail(error: RangefinderError): void {
    this.#collector?.fail(error);
  }

  /** Gives back what the body holds of the budget; the bytes must not be read after. Idempotent. */
  release(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #hold(totalBytes: number): void {
    this.#budget.take(totalBytes - this.#heldBytes);
    this.#heldBytes = totalBytes;
  }

  #collect(stream: Readable, length: number, count: (totalBytes: number) => void): Promise<Buffer> {
    const collector = new Collector(stream, length, count);
    this.#collector = collector;
    return collector.result;
  }

  async #inflate(coding: 'gzip' | 'deflate', limitBytes: number, inflatedLimit: number): Promise<Buffer> {
    const request = this.#request;
    const stream = inflater(coding);
    let received = 0;
    const countReceived = (chunk: Buffer): void => {
      received += chunk.length;
      if (received > limitBytes) this.fail(tooLarge('request body', limitBytes));
    };
    const onGone = (): void => {
      if (!request.complete) this.fail(gone());
    };
    request.on('data', countReceived);
    request.on('close', onGone);
    request.on('error', onGone);
    request.pipe(stream);
    try {
      return await this.#collect(stream, UNKNOWN, (bytes) => {
        if (bytes > inflatedLimit) throw tooLarge(`request body after ${coding}`, inflatedLimit);
        this.#hold(bytes);
      });
    } catch (thrown) {
      if (thrown instanceof RangefinderError) throw thrown;
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      throw new RangefinderError('INVALID_ARGUMENT', `request body: not valid ${coding} data: ${problem}`, {
        field: 'request body',
        cause: thrown,
      });
    } finally {
      request.unpipe(stream);
      request.off('data', countReceived);
      stream.destroy();
    }
  }
}

/** Gathers a stream into one buffer. `count` is called with the bytes so far, before they are kept, and throws past a limit. */
class Collector {
  readonly result: Promise<Buffer>;
  readonly #stream: Readable;
  readonly #length: number;
  readonly #count: (totalBytes: number) => void;
  readonly #chunks: Buffer[] = [];
  #target: Buffer | undefined = undefined;
  #total = 0;
  #pauseAt = TURN_BYTES;
  #decided = false;
  #resolve!: (bytes: Buffer) => void;
  #reject!: (reason: unknown) => void;

  /** `length`: of a body that is no longer than that, so that one allocation does; UNKNOWN otherwise. */
  constructor(stream: Readable, length: number, count: (totalBytes: number) => void) {
    this.#stream = stream;
    this.#length = length;
    this.#count = count;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    stream.on('data', this.#onData);
    stream.on('end', this.#onEnd);
    // These two stay: what happens after the result is decided must not take the process down.
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
  }

  fail(reason: unknown): void {
    this.#stop();
    this.#chunks.length = 0;
    this.#target = undefined;
    this.#reject(reason);
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#count(this.#total + chunk.length);
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    if (this.#total === 0 && this.#length > chunk.length) this.#target = Buffer.allocUnsafeSlow(this.#length);
    if (this.#target !== undefined) chunk.copy(this.#target, this.#total);
    else this.#chunks.push(chunk);
    this.#total += chunk.length;
    if (this.#total >= this.#pauseAt) this.#pauseUntilNextTurn();
  };

  #pauseUntilNextTurn(): void {
    this.#pauseAt = this.#total + TURN_BYTES;
    this.#stream.pause();
    setImmediate(() => {
      if (!this.#decided) this.#stream.resume();
    });
  }

  readonly #onEnd = (): void => {
    this.#stop();
    const [first] = this.#chunks;
    if (this.#target !== undefined) this.#resolve(this.#target);
    else
      this.#resolve(
        this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#total),
      );
  };

  readonly #onError = (error: Error): void => {
    this.fail('code' in error && error.code === 'ECONNRESET' ? gone() : error);
  };

  /** Every stream closes in the end; making an error for each, with its stack, would cost more than reading the body. */
  readonly #onClose = (): void => {
    if (!this.#decided) this.fail(gone());
  };

  #stop(): void {
    this.#decided = true;
    this.#stream.off('data', this.#onData);
    this.#stream.off('end', this.#onEnd);
    this.#stream.pause();
  }
}

/** By `Content-Length`; UNKNOWN when only the stream tells; 0 when there is no body. */
function announcedBytes(request: IncomingMessage): number {
  const header = request.headers['content-length'];
  if (header !== undefined) return Number(header);
  return request.headers['transfer-encoding'] === undefined ? 0 : UNKNOWN;
}

function tooLarge(what: string, limitBytes: number): RangefinderError {
  return new RangefinderError('PAYLOAD_TOO_LARGE', `${what}: expected at most ${limitBytes} bytes`, {
    field: 'request body',
  });
}

function gone(): RangefinderError {
  return new RangefinderError('CANCELLED', 'the client closed the connection before its request was complete');
}
