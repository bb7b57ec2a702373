import { openRecords, recordFormat, type RecordSource } from '@rangefinder/features';
import { namedEmbeddings, type ItemCatalog, type ItemsConfig } from '@rangefinder/ranking';
import type { CandidateList } from '@rangefinder/retrieval';
import { readItems, type ReadItems } from './item-reader.ts';
import { MemoryBudget } from './memory-budget.ts';
import { readNpyVectors } from './npy-vectors.ts';
import { popularByColumn, readPopularList } from './popular-list.ts';
import { codeError } from './ranker-code.ts';
import { fileWithin, type RankerFolder } from './ranker-folder.ts';
import type { RankerLoading } from './ranker-loading.ts';
import type { RankerRow } from './ranker-setup.ts';
import { GrowingVectors, vectorBytes, type VectorRows } from './vector-rows.ts';

/** Items of one ranker in memory. */
export interface FolderItems {
  readonly catalog: ItemCatalog;
  readonly popular: CandidateList | undefined;
  /** By embedding. */
  readonly vectors: ReadonlyMap<string, VectorRows>;
}

/**
 * Reads the `items` of a ranker, from its file or from the rows of its code. What is wrong is added to the problems; the
 * items are then not all there.
 */
export async function readFolderItems(
  folder: RankerFolder,
  items: ItemsConfig,
  rows: Iterable<RankerRow> | AsyncIterable<RankerRow> | undefined,
  loading: RankerLoading,
): Promise<FolderItems | undefined> {
  const { config, configFile } = folder;
  const { problems } = loading;
  const files = await filesOf(folder, items, loading);
  if (files === undefined) return undefined;
  const budget = new MemoryBudget(`${configFile}: items.limits.bytes`, items.limits.bytes);
  const kept = new Set(Array.from(namedEmbeddings(config), ({ name }) => name));
  const before = problems.count;
  const { label, source } = await recordsOf(folder, items, files, rows);
  const read = await readItems(source, {
    label,
    configFile,
    config: items,
    kept,
    budget,
    problems,
    signal: loading.signal,
    onProgress: (done, total) => loading.onProgress({ ranker: config.name, doing: 'items', done, total }),
  });
  if (problems.count > before) return undefined;
  const vectors = new Map(Array.from(read.vectors, ([name, column]) => [name, column.rows()] as const));
  const fileVectors = new FileVectors(folder, items, { catalog: read.catalog, budget, loading });
  for (const [name, file] of files.embeddings) {
    await attempt(loading, file, async () => vectors.set(name, await fileVectors.read(name, file)));
  }
  for (const [name, { ids, vectors: values }] of vectors) if (kept.has(name)) keepVectors(read, name, ids, values);
  let popular: CandidateList | undefined;
  if (items.popular?.column !== undefined) popular = popularByColumn(read.popular);
  const { popular: list } = files;
  if (list !== undefined)
    await attempt(loading, list, async () => (popular = await readPopularList(list, read.catalog)));
  if (popular !== undefined) read.catalog.setPopular(Array.from(popular.ids, (number) => read.catalog.idOf(number)!));
  return { catalog: read.catalog, popular, vectors };
}

/** Absolute paths of the files that `items` names. */
interface ItemFiles {
  readonly items: string | undefined;
  readonly popular: string | undefined;
  readonly embeddings: ReadonlyMap<string, string>;
}

/** undefined when one of them is not there. */
async function filesOf(
  folder: RankerFolder,
  items: ItemsConfig,
  loading: RankerLoading,
): Promise<ItemFiles | undefined> {
  const before = loading.problems.count;
  const find = (path: string | undefined, field: string): Promise<string | undefined> =>
    path === undefined
      ? Promise.resolve(undefined)
      : attempt(loading, folder.configFile, () => fileWithin(folder, path, field));
  const itemFile = await find(items.file, 'items.file');
  if (itemFile !== undefined) await attempt(loading, itemFile, async () => recordFormat(itemFile, items.format));
  const popular = await find(items.popular?.file, 'items.popular.file');
  const embeddings = new Map<string, string>();
  for (const [name, { file }] of Object.entries(items.embeddings)) {
    const found = await find(file, `items.embeddings.${name}.file`);
    if (found !== undefined) embeddings.set(name, found);
  }
  return loading.problems.count > before ? undefined : { items: itemFile, popular, embeddings };
}

async function recordsOf(
  { codeFile = '' }: RankerFolder,
  items: ItemsConfig,
  files: ItemFiles,
  rows: Iterable<RankerRow> | AsyncIterable<RankerRow> | undefined,
): Promise<{ label: string; source: RecordSource }> {
  if (files.items === undefined) return { label: codeFile, source: rowsOfCode(codeFile, rows ?? []) };
  return { label: files.items, source: lazily(files.items, items) };
}

/** Errors of opening come with the first record, like those of reading. */
function lazily(file: string, { format }: ItemsConfig): RecordSource {
  let opened: RecordSource | undefined;
  return {
    records: (async function* () {
      opened = await openRecords(file, recordFormat(file, format));
      yield* opened.records;
    })(),
    get totalRows() {
      return opened?.totalRows;
    },
    place: () => opened?.place() ?? 'start',
  };
}

function rowsOfCode(codeFile: string, rows: Iterable<RankerRow> | AsyncIterable<RankerRow>): RecordSource {
  let row = 0;
  return {
    records: (async function* () {
      try {
        for await (const record of rows) {
          row++;
          yield record;
        }
      } catch (thrown) {
        throw codeError(codeFile, 'rows', thrown);
      }
    })(),
    totalRows: Array.isArray(rows) ? rows.length : undefined,
    place: () => `row ${row}`,
  };
}

interface FileVectorParts {
  readonly catalog: ItemCatalog;
  readonly budget: MemoryBudget;
  readonly loading: RankerLoading;
}

/** Embeddings that lie in files of their own, a row for each item. */
class FileVectors {
  readonly #folder: RankerFolder;
  readonly #items: ItemsConfig;
  readonly #parts: FileVectorParts;

  constructor(folder: RankerFolder, items: ItemsConfig, parts: FileVectorParts) {
    this.#folder = folder;
    this.#items = items;
    this.#parts = parts;
  }

  async read(name: string, file: string): Promise<VectorRows> {
    const embedding = this.#items.embeddings[name]!;
    const { catalog, budget, loading } = this.#parts;
    const { signal } = loading;
    const { name: ranker } = this.#folder.config;
    const items = catalog.size;
    const onProgress = (done: number): void =>
      loading.onProgress({ ranker, doing: `embedding ${name}`, done, total: items });
    budget.take(items * vectorBytes(embedding), `embedding ${name}`);
    const rows = new GrowingVectors(embedding.dimensions, items);
    await readNpyVectors(file, { embedding, items, onProgress, signal }, (row, vector) => rows.push(row, vector));
    return rows.rows();
  }
}

function keepVectors({ catalog }: ReadItems, name: string, ids: Uint32Array, vectors: Float32Array): void {
  const dimensions = catalog.embeddingDimensions(name)!;
  for (const [i, number] of ids.entries())
    catalog.setEmbedding(name, catalog.idOf(number)!, vectors.subarray(i * dimensions, (i + 1) * dimensions));
}

async function attempt<T>({ problems }: RankerLoading, file: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    problems.addThrown(file, thrown);
    return undefined;
  }
}
