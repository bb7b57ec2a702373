import { invalidArgument } from '@rangefinder/base';
import type { AttributeLimits } from './attribute-limits.ts';
import { hasBit, setBit, type Bitmap } from './bitmap.ts';
import type { Column, EncodedValue } from './columns.ts';
import type { AttributeValue } from './filter-expression.ts';
import type { Keywords } from './keywords.ts';

/**
 * Lists of keywords in one pool of codes, with a start and a length for each item. A list that changes is written at the
 * pool's end; when half of the pool is left behind, the lists move together. Length 0 with a start is an empty list.
 */
export class KeywordListColumn implements Column {
  readonly #keywords: Keywords;
  readonly #limits: AttributeLimits;
  /** Place of the first code + 1; 0 where there is no value. */
  #starts = new Uint32Array(0);
  #lengths = new Uint16Array(0);
  #pool = new Uint32Array(0);
  #poolEnd = 0;
  #used = 0;

  constructor(keywords: Keywords, limits: AttributeLimits) {
    this.#keywords = keywords;
    this.#limits = limits;
  }

  encode(value: AttributeValue, path: string): readonly string[] {
    if (!Array.isArray(value)) throw invalidArgument(path, 'expected an array of strings');
    const max = Math.min(this.#limits.listLength, 65_535);
    if (value.length > max) throw invalidArgument(path, `has more than ${max} keywords`);
    return value.map((text: string, i) => this.#keywords.check(text, `${path}[${i}]`));
  }

  write(id: number, value: EncodedValue | undefined): void {
    if (id >= this.#starts.length) {
      if (value === undefined) return;
      this.#growIds(id);
    }
    this.#used -= this.#lengths[id]!;
    this.#lengths[id] = 0;
    this.#starts[id] = 0;
    if (value === undefined) return;
    const texts = value as readonly string[];
    if (this.#poolEnd + texts.length > this.#pool.length) this.#makeRoom(texts.length);
    this.#starts[id] = this.#poolEnd + 1;
    this.#lengths[id] = texts.length;
    this.#used += texts.length;
    for (const text of texts) this.#pool[this.#poolEnd++] = this.#keywords.add(text);
  }

  read(id: number): AttributeValue | undefined {
    const start = this.#starts[id] ?? 0;
    if (start === 0) return undefined;
    const codes = this.#pool.subarray(start - 1, start - 1 + this.#lengths[id]!);
    return Array.from(codes, (code) => this.#keywords.text(code)!);
  }

  markExisting(bits: Bitmap): void {
    for (let id = 0; id < this.#starts.length; id++) if (this.#starts[id] !== 0) setBit(bits, id);
  }

  markAnyOf(values: readonly (string | number | boolean)[], bits: Bitmap): void {
    const wanted = this.#keywords.codesOf(values);
    for (let id = 0; id < this.#starts.length; id++) {
      const first = this.#starts[id]! - 1;
      for (let i = this.#lengths[id]! - 1; i >= 0; i--) {
        if (!hasBit(wanted, this.#pool[first + i]!)) continue;
        setBit(bits, id);
        break;
      }
    }
  }

  markRange(): void {
    throw new Error('keywords have no order');
  }

  #growIds(id: number): void {
    const length = Math.max(1024, 2 ** Math.ceil(Math.log2(id + 1)));
    const [starts, lengths] = [new Uint32Array(length), new Uint16Array(length)];
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    [this.#starts, this.#lengths] = [starts, lengths];
  }

  #makeRoom(more: number): void {
    const pool = new Uint32Array(Math.max(4096, 2 * (this.#used + more)));
    let end = 0;
    for (let id = 0; id < this.#starts.length; id++) {
      if (this.#starts[id] === 0) continue;
      const start = this.#starts[id]! - 1;
      pool.set(this.#pool.subarray(start, start + this.#lengths[id]!), end);
      this.#starts[id] = end + 1;
      end += this.#lengths[id]!;
    }
    this.#pool = pool;
    this.#poolEnd = end;
  }
}
