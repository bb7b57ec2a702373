import { ZERO } from './characters.ts';
import { SLICE_BYTES } from './slices.ts';

const encoder = new TextEncoder();
/** UTF-8 bytes of one UTF-16 unit, at most. */
const MAX_UNIT_BYTES = 3;

/** Writes JSON into a list of chunks. What writes elements in bulk asks `mustPause` now and then, yields, and calls `resume`. */
export class JsonWriter {
  /** The chunk being written; room in it is asked for with `reserve`. */
  chunk: Uint8Array<ArrayBuffer>;
  position = 0;
  #done: Uint8Array[] = [];
  #doneBytes = 0;
  #pauseAt: number;
  readonly #sliceBytes: number;

  constructor(firstChunkBytes: number, sliceBytes = SLICE_BYTES) {
    this.#sliceBytes = sliceBytes;
    this.#pauseAt = sliceBytes;
    this.chunk = new Uint8Array(firstChunkBytes);
  }

  get byteLength(): number {
    return this.#doneBytes + this.position;
  }

  get mustPause(): boolean {
    return this.byteLength >= this.#pauseAt;
  }

  resume(): void {
    this.#pauseAt = this.byteLength + this.#sliceBytes;
  }

  /** Makes room for `count` contiguous bytes at `position` of `chunk`. */
  reserve(count: number): void {
    if (this.position + count <= this.chunk.length) return;
    if (this.position > 0) this.#done.push(this.chunk.subarray(0, this.position));
    this.#doneBytes += this.position;
    this.chunk = new Uint8Array(Math.max(SLICE_BYTES, count));
    this.position = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.chunk[this.position++] = value;
  }

  /** Raw JSON text. */
  text(json: string): void {
    this.reserve(json.length * MAX_UNIT_BYTES);
    this.position += encoder.encodeInto(json, this.chunk.subarray(this.position)).written;
  }

  /** Characters of ASCII, such as numbers. */
  ascii(characters: string): void {
    this.reserve(characters.length);
    const { chunk } = this;
    for (let i = 0; i < characters.length; i++) chunk[this.position++] = characters.charCodeAt(i);
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.chunk.set(source, this.position);
    this.position += source.length;
  }

  /** A non-negative integer below 2^53. */
  integer(value: number): void {
    this.reserve(16);
    const { chunk } = this;
    let end = this.position + 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
    let rest = value;
    for (let at = end - 1; at >= this.position; at--) {
      const next = Math.floor(rest / 10);
      chunk[at] = ZERO + (rest - next * 10);
      rest = next;
    }
    this.position = end;
  }

  finish(): Uint8Array[] {
    return [...this.#done, this.chunk.subarray(0, this.position)];
  }
}
