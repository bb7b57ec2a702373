/** What a request of 500 candidates takes; more is learnt. */
const BYTES_AT_FIRST = 128 * 1024;

/**
 * Columns of one request, cut from one buffer that the next request gets again: nothing for the garbage collector to find,
 * and no memory outside of its heap, whose growth would have it mark the whole heap every hundred requests. What is taken may
 * be dirty. Nothing of it may be kept beyond the request's answer.
 */
export class RequestMemory {
  #buffer = new ArrayBuffer(BYTES_AT_FIRST);
  #used = 0;

  numbers(length: number): Uint32Array {
    const at = this.#take(length * 4);
    return at < 0 ? new Uint32Array(length) : new Uint32Array(this.#buffer, at, length);
  }

  floats(length: number): Float32Array {
    const at = this.#take(length * 4);
    return at < 0 ? new Float32Array(length) : new Float32Array(this.#buffer, at, length);
  }

  doubles(length: number): Float64Array {
    const at = this.#take(length * 8);
    return at < 0 ? new Float64Array(length) : new Float64Array(this.#buffer, at, length);
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? new Uint8Array(length) : new Uint8Array(this.#buffer, at, length);
  }

  /** Forgets what was taken, and makes room for as much as that was. */
  reset(bytesMax: number): void {
    if (this.#used > this.#buffer.byteLength && this.#used <= bytesMax) this.#buffer = new ArrayBuffer(this.#used);
    this.#used = 0;
  }

  /** Where there is room for so many bytes; −1 when there is none this time. */
  #take(byteLength: number): number {
    const at = this.#used;
    this.#used += Math.ceil(byteLength / 8) * 8;
    return this.#used <= this.#buffer.byteLength ? at : -1;
  }
}

/** Memory of requests that are over. */
export class RequestMemories {
  readonly #kept: RequestMemory[] = [];
  readonly #limits: { readonly memories: number; readonly bytes: number };

  /** `memories`: kept for so many requests at a time; `bytes`: for each at most. */
  constructor(limits: { readonly memories: number; readonly bytes: number }) {
    this.#limits = limits;
  }

  take(): RequestMemory {
    return this.#kept.pop() ?? new RequestMemory();
  }

  /** Only when nobody can look at it any more: a run of a model that was given up may still do. */
  giveBack(memory: RequestMemory): void {
    memory.reset(this.#limits.bytes);
    if (this.#kept.length < this.#limits.memories) this.#kept.push(memory);
  }
}
