const SHORT_RUN_BYTES = 32;

/** A byte buffer that doubles as it fills, never past `maxBytes`; `onFull` says what to throw then. */
export class GrowingBytes {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #maxBytes: number;
  readonly #onFull: () => Error;

  constructor(initialBytes: number, maxBytes: number, onFull: () => Error) {
    this.bytes = new Uint8Array(Math.min(initialBytes, maxBytes));
    this.#maxBytes = maxBytes;
    this.#onFull = onFull;
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#maxBytes) throw this.#onFull();
    const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  push(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  append(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    if (count <= SHORT_RUN_BYTES) {
      const { bytes, length } = this;
      for (let i = 0; i < count; i++) bytes[length + i] = source[start + i]!;
    } else {
      this.bytes.set(source.subarray(start, end), this.length);
    }
    this.length += count;
  }

  /** One Unicode code point as UTF-8. */
  appendCodePoint(codePoint: number): void {
    if (codePoint < 0x80) return this.push(codePoint);
    if (codePoint < 0x800) this.push(0xc0 | (codePoint >> 6));
    else {
      if (codePoint < 0x1_0000) this.push(0xe0 | (codePoint >> 12));
      else {
        this.push(0xf0 | (codePoint >> 18));
        this.push(0x80 | ((codePoint >> 12) & 0x3f));
      }
      this.push(0x80 | ((codePoint >> 6) & 0x3f));
    }
    this.push(0x80 | (codePoint & 0x3f));
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
