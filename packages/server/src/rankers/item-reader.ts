import { didYouMean, invalidArgument, RangefinderError } from '@rangefinder/base';
import type { RecordSource } from '@rangefinder/features';
import { ItemCatalog, type ItemsConfig } from '@rangefinder/ranking';
import { checkVector, type AttributeValue } from '@rangefinder/retrieval';
import { attributeValue, itemId, popularity, vectorOf } from './item-values.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { throwIfStopped, type RankerProblems } from './ranker-problems.ts';
import { GrowingVectors, vectorBytes } from './vector-rows.ts';

/** Of one file; who has more wrong rows has one reason for them. */
const ROW_PROBLEMS_MAX = 20;
/** Names of columns that are remembered, to tell one that is in no row. */
const COLUMNS_MAX = 1_000;
/** What an item takes beside its id and its values, and an attribute's value beside its text: maps, codes, columns. */
const ITEM_BYTES = 200;
const VALUE_BYTES = 40;

export interface ItemReaderOptions {
  /** For messages: the file, or the code that brings the rows. */
  readonly label: string;
  /** For messages about columns that are in no row. */
  readonly configFile: string;
  readonly config: ItemsConfig;
  /** Embeddings that the catalogue itself keeps, for stages after the sources. */
  readonly kept: ReadonlySet<string>;
  readonly budget: MemoryBudget;
  readonly problems: RankerProblems;
  readonly onProgress: (rows: number, total: number | undefined) => void;
  readonly signal: AbortSignal;
}

/** What one pass over the items gives. Rows and item numbers are the same, from 0. */
export interface ReadItems {
  readonly catalog: ItemCatalog;
  /** By embedding, those that are columns. */
  readonly vectors: ReadonlyMap<string, GrowingVectors>;
  /** Item numbers and their values of the column that popularity is ordered by. */
  readonly popular: { readonly ids: number[]; readonly scores: number[] };
}

/** Reads all rows. What is wrong with them is added to the problems, with line and column; the rest may then be incomplete. */
export async function readItems(source: RecordSource, options: ItemReaderOptions): Promise<ReadItems> {
  const reader = new ItemReader(options);
  const { label, problems, signal, onProgress } = options;
  try {
    for await (const record of source.records) {
      throwIfStopped(signal);
      reader.read(record, `${label}: ${source.place()}`);
      if (reader.rows % 1_000 === 0) onProgress(reader.rows, source.totalRows);
      if (reader.isHopeless) {
        problems.add(`${label}: too much is wrong; what comes after ${source.place()} was not read`);
        return reader;
      }
    }
    reader.finish();
  } catch (thrown) {
    problems.addThrown(label, thrown);
  }
  return reader;
}

class ItemReader implements ReadItems {
  readonly catalog: ItemCatalog;
  readonly vectors: ReadonlyMap<string, GrowingVectors>;
  readonly popular = { ids: [] as number[], scores: [] as number[] };
  rows = 0;
  readonly #options: ItemReaderOptions;
  readonly #problemsBefore: number;
  readonly #columns = new Set<string>();
  readonly #wanted: ReadonlyMap<string, string>;

  constructor(options: ItemReaderOptions) {
    const { config, kept } = options;
    const embeddings = Object.entries(config.embeddings);
    this.#options = options;
    this.#problemsBefore = options.problems.count;
    this.catalog = new ItemCatalog({
      attributes: config.attributes,
      embeddings: Object.fromEntries(
        embeddings.filter(([name]) => kept.has(name)).map(([name, { dimensions }]) => [name, dimensions]),
      ),
    });
    const columns = embeddings.filter(([, { column }]) => column !== undefined);
    this.vectors = new Map(columns.map(([name, { dimensions }]) => [name, new GrowingVectors(dimensions)]));
    this.#wanted = wantedColumns(config);
  }

  get isHopeless(): boolean {
    return this.#options.problems.count - this.#problemsBefore >= ROW_PROBLEMS_MAX;
  }

  read(record: Readonly<Record<string, unknown>>, place: string): void {
    const { config, budget, problems } = this.#options;
    const before = problems.count;
    this.rows++;
    if (this.rows > config.limits.items) {
      const message = `${this.#options.label}: more than ${config.limits.items} items, the limit (items.limits.items)`;
      throw new RangefinderError('RESOURCE_EXHAUSTED', message, { field: 'items.limits.items' });
    }
    if (typeof record !== 'object' || record === null) throw invalidArgument(place, 'expected an object of columns');
    for (const name of Object.keys(record)) if (this.#columns.size < COLUMNS_MAX) this.#columns.add(name);
    const id = this.#attempt(() => this.#newId(cell(record, config.id), `${place}.${config.id}`));
    const values: Record<string, AttributeValue> = {};
    let bytes = ITEM_BYTES + 2 * (id?.length ?? 0);
    for (const [name, type] of Object.entries(config.attributes)) {
      const value = this.#attempt(() => attributeValue(type, cell(record, name), `${place}.${name}`)) ?? null;
      values[name] = value;
      bytes += VALUE_BYTES + textBytes(value);
    }
    budget.take(bytes, 'the items');
    // A row with a problem keeps its number, so that what is reckoned by rows stays right.
    const known = id ?? `row ${this.rows}`;
    const number = this.#attempt(() => this.#set(known, values, place));
    if (number === undefined || problems.count > before) return;
    this.#readPopularity(record, number, place);
    for (const [name, rows] of this.vectors) this.#attempt(() => this.#readVector(record, name, rows, number, place));
  }

  /** Columns that are in no row are most likely misspelt. */
  finish(): void {
    const { configFile, label, problems } = this.#options;
    if (this.rows === 0) return problems.add(`${label}: has no items in it`);
    if (this.#columns.size >= COLUMNS_MAX) return;
    for (const [column, field] of this.#wanted) {
      if (this.#columns.has(column)) continue;
      const hint = didYouMean(column, this.#columns);
      problems.add(`${configFile}: ${field}: no row of ${label} has a column ${column}${hint}`);
    }
  }

  #newId(value: unknown, field: string): string {
    const id = itemId(value, field);
    const other = this.catalog.numberOf(id);
    if (other !== undefined) throw invalidArgument(field, `${id} is the id of item ${other + 1}, too`);
    return id;
  }

  #set(id: string, values: Readonly<Record<string, AttributeValue>>, place: string): number {
    try {
      return this.catalog.set(id, values);
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError)) throw thrown;
      throw new RangefinderError(thrown.code, `${place}.${thrown.message}`, { field: place });
    }
  }

  #readPopularity(record: Readonly<Record<string, unknown>>, number: number, place: string): void {
    const column = this.#options.config.popular?.column;
    if (column === undefined) return;
    const score = this.#attempt(() => popularity(cell(record, column), `${place}.${column}`));
    if (score === undefined) return;
    this.popular.ids.push(number);
    this.popular.scores.push(score);
  }

  #readVector(
    record: Readonly<Record<string, unknown>>,
    name: string,
    rows: GrowingVectors,
    number: number,
    place: string,
  ): void {
    const embedding = this.#options.config.embeddings[name]!;
    const field = `${place}.${embedding.column}`;
    const vector = vectorOf(cell(record, embedding.column!), field);
    if (vector === undefined) return;
    this.#options.budget.take(vectorBytes(embedding), `embedding ${name}`);
    checkVector(vector, embedding, field);
    rows.push(number, vector);
  }

  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError) || thrown.code !== 'INVALID_ARGUMENT') throw thrown;
      this.#options.problems.add(thrown.message);
      return undefined;
    }
  }
}

/** What every object has by birth is no column. */
function cell(record: Readonly<Record<string, unknown>>, column: string): unknown {
  return Object.hasOwn(record, column) ? record[column] : undefined;
}

function textBytes(value: AttributeValue): number {
  const words = typeof value === 'string' ? [value] : typeof value === 'object' ? (value ?? []) : [];
  return words.reduce((sum, word) => sum + 2 * word.length, 0);
}

/** Column → the field that asks for it. */
function wantedColumns({ id, attributes, popular, embeddings }: ItemsConfig): ReadonlyMap<string, string> {
  const wanted = new Map([[id, 'items.id']]);
  for (const name of Object.keys(attributes)) wanted.set(name, `items.attributes.${name}`);
  if (popular?.column !== undefined) wanted.set(popular.column, 'items.popular.column');
  for (const [name, { column }] of Object.entries(embeddings))
    if (column !== undefined) wanted.set(column, `items.embeddings.${name}.column`);
  return wanted;
}
