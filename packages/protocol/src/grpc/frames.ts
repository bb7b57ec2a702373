import { invalidArgument, RangefinderError } from '@rangefinder/base';

/**
 * A message on a gRPC stream. Where the chunks of the transport end means nothing:
 *
 *     ┌────────────┬────────────────────┬──────────────┐
 *     │ compressed │ length, big-endian │ message      │
 *     │ 1 byte     │ 4 bytes            │ length bytes │
 *     └────────────┴────────────────────┴──────────────┘
 *
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export interface MessageFrame {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

const PREFIX_BYTES = 5;

/**
 * Finds messages in chunks. A message that lies in one chunk is a view on it; another is copied once, into memory that is
 * taken when its length is known to be allowed.
 *
 * Throws INVALID_ARGUMENT for bytes that are no frame, PAYLOAD_TOO_LARGE for a message above `maxBytes`; after that it is of
 * no more use.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #prefixFilled = 0;
  /** Of the message whose prefix is complete. */
  #target: Uint8Array | undefined = undefined;
  #targetFilled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The messages that this chunk completes. */
  push(chunk: Uint8Array): MessageFrame[] {
    const frames: MessageFrame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#target !== undefined) at += this.#fill(this.#target, chunk.subarray(at), frames);
      else if (this.#prefixFilled < PREFIX_BYTES) this.#prefix[this.#prefixFilled++] = chunk[at++]!;
      if (this.#target === undefined && this.#prefixFilled === PREFIX_BYTES) at += this.#open(chunk, at, frames);
    }
    return frames;
  }

  /** Throws INVALID_ARGUMENT when the stream ended within a message. */
  end(): void {
    if (this.#prefixFilled === 0) return;
    const got = this.#target === undefined ? this.#prefixFilled : PREFIX_BYTES + this.#targetFilled;
    throw invalidArgument('message', `expected the rest of a message, got the end of the stream after ${got} bytes`);
  }

  /** The prefix is complete: the message is taken from the chunk where it is all there. Returns what that took of the chunk. */
  #open(chunk: Uint8Array, at: number, frames: MessageFrame[]): number {
    const length = this.#length();
    if (chunk.length - at < length) {
      this.#target = new Uint8Array(length);
      this.#targetFilled = 0;
      return 0;
    }
    this.#close(chunk.subarray(at, at + length), frames);
    return length;
  }

  #fill(target: Uint8Array, rest: Uint8Array, frames: MessageFrame[]): number {
    const taken = Math.min(rest.length, target.length - this.#targetFilled);
    target.set(taken === rest.length ? rest : rest.subarray(0, taken), this.#targetFilled);
    this.#targetFilled += taken;
    if (this.#targetFilled === target.length) this.#close(target, frames);
    return taken;
  }

  #close(bytes: Uint8Array, frames: MessageFrame[]): void {
    frames.push({ bytes, compressed: this.#prefix[0] === 1 });
    this.#target = undefined;
    this.#prefixFilled = 0;
  }

  #length(): number {
    const [flag = 0, a = 0, b = 0, c = 0, d = 0] = this.#prefix;
    if (flag > 1) throw invalidArgument('message', `expected 0 or 1 as the first byte of a message, got ${flag}`);
    const length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (length > this.#maxBytes) throw messageTooLarge(`${length} bytes announced`, this.#maxBytes);
    return length;
  }
}

/** A message with its prefix, in one piece. */
export function frameOf(bytes: Uint8Array, compressed = false): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + bytes.length);
  frame[0] = Number(compressed);
  new DataView(frame.buffer).setUint32(1, bytes.length);
  frame.set(bytes, PREFIX_BYTES);
  return frame;
}

export function messageTooLarge(what: string, maxBytes: number): RangefinderError {
  return new RangefinderError('PAYLOAD_TOO_LARGE', `message: expected at most ${maxBytes} bytes, got ${what}`, {
    field: 'message',
  });
}
