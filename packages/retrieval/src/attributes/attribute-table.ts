import { invalidArgument } from '@rangefinder/base';
import { DEFAULT_ATTRIBUTE_LIMITS, type AttributeLimits } from './attribute-limits.ts';
import { clearBit, countBits, forEachBit, hasBit, setBit, wordsFor, type Bitmap } from './bitmap.ts';
import { createColumn, NumberColumn, type Column, type EncodedValue } from './columns.ts';
import type { CompiledFilter } from './compiled-filter.ts';
import { FilterCache } from './filter-cache.ts';
import type { AttributeSchema, AttributeValue } from './filter-expression.ts';
import { canonicalText, normaliseFilter } from './filter-normaliser.ts';
import { parseFilter } from './filter-parser.ts';
import type { ParsedFilter } from './parsed-filter.ts';

/**
 * Attributes of items in columns, and filters over them. An item is known here once `set` was called for it: the negation of
 * a filter is taken among known items, so an item without a row passes no filter at all.
 */
export class AttributeTable {
  readonly schema: AttributeSchema;
  readonly #limits: AttributeLimits;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #cache: FilterCache;
  #known: Bitmap = new Uint32Array(0);
  #size = 0;

  constructor(schema: AttributeSchema, limits: Partial<AttributeLimits> = {}) {
    this.#limits = Object.freeze({ ...DEFAULT_ATTRIBUTE_LIMITS, ...limits });
    const names = Object.keys(schema);
    if (names.length > this.#limits.columns) {
      throw invalidArgument('attributes', `${names.length} of them, more than the limit of ${this.#limits.columns}`);
    }
    this.schema = Object.freeze({ ...schema });
    this.#columns = new Map(names.map((name) => [name, createColumn(schema[name]!, this.#limits)]));
    this.#cache = new FilterCache(this.#limits.cachedFilters, this.#limits.cachedFilterBytes);
  }

  /** Items that have a row. */
  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return hasBit(this.#known, id);
  }

  /** Replaces an item's row; null and left-out attributes have no value. All values are checked before any is written. */
  set(id: number, values: Readonly<Record<string, AttributeValue>>): void {
    if (!Number.isInteger(id) || id < 0 || id > this.#limits.itemIdMax) {
      throw invalidArgument('id', `expected a whole number from 0 to ${this.#limits.itemIdMax}, got ${id}`);
    }
    const encoded = new Map<string, EncodedValue>();
    for (const [name, value] of Object.entries(values)) {
      const column = this.#columns.get(name);
      if (column === undefined) throw invalidArgument(name, 'no such attribute');
      if (value !== null) encoded.set(name, column.encode(value, name));
    }
    for (const [name, column] of this.#columns) column.write(id, encoded.get(name));
    if (!this.has(id)) {
      if (id >>> 5 >= this.#known.length) this.#growKnown(id);
      setBit(this.#known, id);
      this.#size++;
    }
    this.#cache.clear();
  }

  remove(id: number): boolean {
    if (!this.has(id)) return false;
    for (const column of this.#columns.values()) column.write(id, undefined);
    clearBit(this.#known, id);
    this.#size--;
    this.#cache.clear();
    return true;
  }

  /** The values that an item has; undefined without a row. */
  get(id: number): Record<string, AttributeValue> | undefined {
    if (!this.has(id)) return undefined;
    const values: Record<string, AttributeValue> = {};
    for (const [name, column] of this.#columns) {
      const value = column.read(id);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  /**
   * The items that pass, as of now: a later change of the table does not reach a filter that was handed out. `expression` is
   * a FilterExpression, unchecked. Throws INVALID_ARGUMENT with the path of what is wrong in it.
   */
  compile(expression: unknown): CompiledFilter {
    const filter = normaliseFilter(parseFilter(expression, this.schema, this.#limits));
    const canonical = canonicalText(filter);
    const cached = this.#cache.get(canonical);
    if (cached !== undefined) return cached;
    const bits = this.#evaluate(filter);
    const count = countBits(bits);
    const compiled = Object.freeze({ bits, count, canonical, selectivity: this.#size === 0 ? 0 : count / this.#size });
    this.#cache.add(compiled);
    return compiled;
  }

  /** The number column of an int, float, bool or timestamp attribute. Throws INVALID_ARGUMENT for any other. */
  numbers(name: string): NumberColumn {
    const column = this.#columns.get(name);
    if (column instanceof NumberColumn) return column;
    throw invalidArgument(name, 'expected the name of an int, float, bool or timestamp attribute');
  }

  /** Calls for every known item, ascending, until it returns false. */
  forEachId(visit: (id: number) => boolean | void): void {
    forEachBit(this.#known, visit);
  }

  #evaluate(filter: ParsedFilter): Bitmap {
    const bits = new Uint32Array(this.#known.length);
    switch (filter.kind) {
      case 'none':
        return bits;
      case 'all':
        bits.set(this.#known);
        return bits;
      case 'not': {
        const part = this.#evaluate(filter.part);
        for (let i = 0; i < bits.length; i++) bits[i] = this.#known[i]! & ~part[i]!;
        return bits;
      }
      case 'and': {
        bits.set(this.#known);
        for (const part of filter.parts) {
          const other = this.#evaluate(part);
          for (let i = 0; i < bits.length; i++) bits[i]! &= other[i]!;
        }
        return bits;
      }
      case 'or': {
        for (const part of filter.parts) {
          const other = this.#evaluate(part);
          for (let i = 0; i < bits.length; i++) bits[i]! |= other[i]!;
        }
        return bits;
      }
      case 'exists':
        this.#columns.get(filter.field)!.markExisting(bits);
        return bits;
      case 'any_of':
        this.#columns.get(filter.field)!.markAnyOf(filter.values, bits);
        return bits;
      case 'range':
        this.#columns.get(filter.field)!.markRange(filter.bounds, bits);
        return bits;
    }
  }

  #growKnown(id: number): void {
    const grown = new Uint32Array(Math.max(32, wordsFor(2 ** Math.ceil(Math.log2(id + 1)))));
    grown.set(this.#known);
    this.#known = grown;
  }
}
