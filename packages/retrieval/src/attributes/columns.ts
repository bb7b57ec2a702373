import { invalidArgument } from '@rangefinder/base';
import type { AttributeLimits } from './attribute-limits.ts';
import { hasBit, setBit, type Bitmap } from './bitmap.ts';
import type { AttributeType, AttributeValue } from './filter-expression.ts';
import { KeywordListColumn } from './keyword-list-column.ts';
import { Keywords } from './keywords.ts';
import type { Bounds } from './parsed-filter.ts';
import { parseTimestamp } from './timestamp.ts';

/** One attribute of all items, indexed by id. Values are checked by `encode` before anything is changed. */
export interface Column {
  /** The value as the column holds it. Throws INVALID_ARGUMENT naming the path. */
  encode(value: AttributeValue, path: string): EncodedValue;
  write(id: number, value: EncodedValue | undefined): void;
  read(id: number): AttributeValue | undefined;
  markExisting(bits: Bitmap): void;
  /** Sets the bits of the items that have one of the values. */
  markAnyOf(values: readonly (string | number | boolean)[], bits: Bitmap): void;
  markRange(bounds: Bounds, bits: Bitmap): void;
}

export type EncodedValue = number | string | readonly string[];

export function createColumn(type: AttributeType, limits: AttributeLimits): Column {
  switch (type) {
    case 'keyword':
      return new KeywordColumn(new Keywords(limits));
    case 'keyword_list':
      return new KeywordListColumn(new Keywords(limits), limits);
    default:
      return new NumberColumn(type);
  }
}

/** Whole and fractional numbers, timestamps, and truth as 0 and 1. NaN where there is no value. */
export class NumberColumn implements Column {
  readonly #type: 'int' | 'float' | 'bool' | 'timestamp';
  #values = new Float64Array(0);

  constructor(type: 'int' | 'float' | 'bool' | 'timestamp') {
    this.#type = type;
  }

  encode(value: AttributeValue, path: string): number {
    if (this.#type === 'timestamp') return parseTimestamp(value, path);
    if (this.#type === 'bool') {
      if (typeof value === 'boolean') return Number(value);
      throw invalidArgument(path, 'expected true or false');
    }
    const isValid = this.#type === 'int' ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!isValid)
      throw invalidArgument(path, this.#type === 'int' ? 'expected a whole number' : 'expected a finite number');
    return value as number;
  }

  write(id: number, value: EncodedValue | undefined): void {
    if (id >= this.#values.length) {
      if (value === undefined) return;
      const grown = new Float64Array(Math.max(1024, 2 ** Math.ceil(Math.log2(id + 1)))).fill(Number.NaN);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[id] = value === undefined ? Number.NaN : (value as number);
  }

  read(id: number): AttributeValue | undefined {
    const value = this.numberOf(id);
    if (Number.isNaN(value)) return undefined;
    return this.#type === 'bool' ? value === 1 : value;
  }

  /** NaN where there is no value. */
  numberOf(id: number): number {
    return this.#values[id] ?? Number.NaN;
  }

  markExisting(bits: Bitmap): void {
    for (let id = 0; id < this.#values.length; id++) if (!Number.isNaN(this.#values[id]!)) setBit(bits, id);
  }

  markAnyOf(values: readonly (string | number | boolean)[], bits: Bitmap): void {
    const wanted = new Set(values.map(Number));
    const only = wanted.size === 1 ? Number(values[0]) : undefined;
    for (let id = 0; id < this.#values.length; id++) {
      const value = this.#values[id]!;
      if (only === undefined ? wanted.has(value) && !Number.isNaN(value) : value === only) setBit(bits, id);
    }
  }

  markRange({ low, lowOpen, high, highOpen }: Bounds, bits: Bitmap): void {
    for (let id = 0; id < this.#values.length; id++) {
      const value = this.#values[id]!;
      if ((lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high)) setBit(bits, id);
    }
  }
}

/** Codes into a dictionary, 0 where there is no value. */
class KeywordColumn implements Column {
  readonly #keywords: Keywords;
  #codes = new Uint32Array(0);

  constructor(keywords: Keywords) {
    this.#keywords = keywords;
  }

  encode(value: AttributeValue, path: string): string {
    return this.#keywords.check(value, path);
  }

  write(id: number, value: EncodedValue | undefined): void {
    if (id >= this.#codes.length) {
      if (value === undefined) return;
      const grown = new Uint32Array(Math.max(1024, 2 ** Math.ceil(Math.log2(id + 1))));
      grown.set(this.#codes);
      this.#codes = grown;
    }
    this.#codes[id] = value === undefined ? 0 : this.#keywords.add(value as string);
  }

  read(id: number): AttributeValue | undefined {
    return this.#keywords.text(this.#codes[id] ?? 0);
  }

  markExisting(bits: Bitmap): void {
    for (let id = 0; id < this.#codes.length; id++) if (this.#codes[id] !== 0) setBit(bits, id);
  }

  markAnyOf(values: readonly (string | number | boolean)[], bits: Bitmap): void {
    const wanted = this.#keywords.codesOf(values);
    for (let id = 0; id < this.#codes.length; id++) if (hasBit(wanted, this.#codes[id]!)) setBit(bits, id);
  }

  markRange(): void {
    throw new Error('keywords have no order');
  }
}
