import { invalidArgument, RangefinderError } from '@rangefinder/base';
import { AttributeTable, type AttributeSchema, type AttributeValue, type ItemFilter } from '@rangefinder/retrieval';
import type { WrittenFilter } from '../config/ranker-schema.ts';
import type { ItemPort } from '../ports.ts';

export interface ItemCatalogOptions {
  readonly attributes: AttributeSchema;
  /** Name → dimensions. */
  readonly embeddings?: Readonly<Record<string, number>>;
}

interface CodeColumn {
  readonly codes: Map<AttributeValue, number>;
  readonly values: AttributeValue[];
  byItem: Int32Array<ArrayBuffer>;
}

interface EmbeddingColumn {
  readonly dimensions: number;
  byItem: Float32Array<ArrayBuffer>;
}

const NO_VALUE = -1;

/**
 * Items in memory: names and numbers, attributes and filters over them, embeddings, popularity. Numbers are given in the
 * order in which items come and are never given again, so they fit a vector index as item ids.
 */
export class ItemCatalog implements ItemPort {
  readonly attributes: AttributeTable;
  readonly #numbers = new Map<string, number>();
  readonly #ids: (string | undefined)[] = [];
  readonly #codes: ReadonlyMap<string, CodeColumn>;
  readonly #embeddings: ReadonlyMap<string, EmbeddingColumn>;
  #popular = new Uint32Array(0);

  constructor({ attributes, embeddings = {} }: ItemCatalogOptions) {
    this.attributes = new AttributeTable(attributes);
    this.#codes = new Map(
      Object.keys(attributes).map((name) => [name, { codes: new Map(), values: [], byItem: new Int32Array(0) }]),
    );
    this.#embeddings = new Map(
      Object.entries(embeddings).map(([name, dimensions]) => [name, { dimensions, byItem: new Float32Array(0) }]),
    );
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** Adds an item or replaces its attributes; its number. Throws INVALID_ARGUMENT naming the attribute. */
  set(id: string, values: Readonly<Record<string, AttributeValue>>): number {
    const number = this.#numbers.get(id) ?? this.#ids.length;
    this.attributes.set(number, values);
    this.#ids[number] = id;
    this.#numbers.set(id, number);
    for (const [name, column] of this.#codes) setCode(column, number, values[name] ?? null);
    return number;
  }

  remove(id: string): boolean {
    const number = this.#numbers.get(id);
    if (number === undefined) return false;
    this.attributes.remove(number);
    this.#numbers.delete(id);
    this.#ids[number] = undefined;
    for (const column of this.#codes.values()) setCode(column, number, null);
    for (const { byItem, dimensions } of this.#embeddings.values())
      byItem.fill(0, number * dimensions, (number + 1) * dimensions);
    return true;
  }

  /** Throws INVALID_ARGUMENT for an unknown item or embedding, other dimensions, NaN and infinities. */
  setEmbedding(name: string, id: string, vector: Float32Array): void {
    const column = this.#embeddings.get(name);
    const number = this.#numbers.get(id);
    if (column === undefined) throw invalidArgument(name, 'no such embedding');
    if (number === undefined) throw invalidArgument(id, 'no such item');
    const { dimensions } = column;
    if (vector.length !== dimensions)
      throw invalidArgument(name, `expected ${dimensions} dimensions, got ${vector.length}`);
    if (!vector.every((value) => Number.isFinite(value))) throw invalidArgument(name, 'expected finite numbers');
    if (column.byItem.length < (number + 1) * dimensions)
      column.byItem = grown(column.byItem, new Float32Array(roomFor((number + 1) * dimensions)));
    column.byItem.set(vector, number * dimensions);
  }

  /** The list of last resort, best first. Unknown items are left out. */
  setPopular(ids: readonly string[]): void {
    this.#popular = Uint32Array.from(ids.flatMap((id) => this.#numbers.get(id) ?? []));
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  idOf(number: number): string | undefined {
    return this.#ids[number];
  }

  filter(expression: WrittenFilter): ItemFilter {
    return this.attributes.compile(expression);
  }

  attributeCodes(attribute: string, numbers: Uint32Array, target: Int32Array): void {
    const column = this.#codes.get(attribute);
    if (column === undefined) throw new RangefinderError('NOT_FOUND', `no attribute ${attribute}`);
    for (let i = 0; i < numbers.length; i++) target[i] = column.byItem[numbers[i]!] ?? NO_VALUE;
  }

  attributeValue(attribute: string, code: number): string {
    return String(this.#codes.get(attribute)?.values[code] ?? '');
  }

  embeddingDimensions(name: string): number | undefined {
    return this.#embeddings.get(name)?.dimensions;
  }

  embeddings(name: string, numbers: Uint32Array, target: Float32Array): void {
    const column = this.#embeddings.get(name);
    if (column === undefined) throw new RangefinderError('NOT_FOUND', `no embedding ${name}`);
    const { byItem, dimensions } = column;
    for (let i = 0; i < numbers.length; i++) {
      const from = numbers[i]! * dimensions;
      const known = from + dimensions <= byItem.length;
      for (let d = 0; d < dimensions; d++) target[i * dimensions + d] = known ? byItem[from + d]! : 0;
    }
  }

  embeddingTable(name: string): Float32Array | undefined {
    return this.#embeddings.get(name)?.byItem;
  }

  popular(limit: number): Uint32Array {
    return this.#popular.subarray(0, limit);
  }
}

/** Of a list the first value counts: a film's main genre. */
function setCode(column: CodeColumn, number: number, value: AttributeValue): void {
  const one = typeof value === 'object' && value !== null ? (value[0] ?? null) : value;
  if (column.byItem.length <= number)
    column.byItem = grown(column.byItem, new Int32Array(roomFor(number + 1)).fill(NO_VALUE));
  if (one === null) {
    column.byItem[number] = NO_VALUE;
    return;
  }
  let code = column.codes.get(one);
  if (code === undefined) {
    code = column.values.push(one) - 1;
    column.codes.set(one, code);
  }
  column.byItem[number] = code;
}

function grown<A extends Int32Array | Float32Array>(array: A, larger: A): A {
  larger.set(array);
  return larger;
}

function roomFor(length: number): number {
  return Math.max(1024, Math.ceil(length * 1.5));
}
