import { join } from 'node:path';
import { RangefinderError } from '@rangefinder/base';
import {
  BoundSources,
  catalogSources,
  createRanker,
  featureProblems,
  ItemCatalog,
  sourceProblems,
  type ItemPort,
  type Ranker,
  type SourceBinder,
} from '@rangefinder/ranking';
import { createExactIndex, type CandidateList, type VectorIndex } from '@rangefinder/retrieval';
import { readFolderItems, type FolderItems } from './folder-items.ts';
import { codeError, runSetup } from './ranker-code.ts';
import { openIndex } from './ranker-indexes.ts';
import { NO_FEATURES, type RankerLoading } from './ranker-loading.ts';
import type { FoundRanker } from './ranker-repository.ts';
import type { RankerPieces } from './ranker-setup.ts';
import { SnapshotCache } from './snapshot-cache.ts';

const CACHE_FOLDER = '.cache';

/** A ranker made from its folder, with what it holds. Must be closed, whatever came of opening it. */
export class FolderRanker {
  readonly #found: FoundRanker;
  readonly #loading: RankerLoading;
  readonly #indexes = new Map<string, VectorIndex>();
  #pieces: RankerPieces = {};

  constructor(found: FoundRanker, loading: RankerLoading) {
    this.#found = found;
    this.#loading = loading;
  }

  /** undefined when it is not to be served, or cannot: what is wrong is added to the problems. Throws CANCELLED only. */
  async open(): Promise<Ranker | undefined> {
    const { problems, extent } = this.#loading;
    const { config, configFile } = this.#found.folder;
    const before = problems.count;
    try {
      if (extent !== 'declarations') this.#pieces = await this.#setup();
      this.#checkPieces();
      this.#checkDeclaration();
      const items = await this.#items();
      if (problems.count > before || extent !== 'all') return undefined;
      await this.#openIndexes(items);
      const ranker = this.#ranker(items);
      this.#loading.onOpened(config.name);
      return ranker;
    } catch (thrown) {
      problems.addThrown(configFile, thrown);
      return undefined;
    }
  }

  /** Rejects with what `close` of the ranker's code throws. */
  async close(): Promise<void> {
    for (const index of this.#indexes.values()) await index.close();
    this.#indexes.clear();
    const { close } = this.#pieces;
    this.#pieces = {};
    await close?.();
  }

  #setup(): Promise<RankerPieces> {
    const { folder, module } = this.#found;
    const { models, clock, logger, observer, features, signal } = this.#loading;
    const { config, directory } = folder;
    const own = logger.child({ ranker: config.name });
    return runSetup(folder, module, { config, directory, models, clock, logger: own, observer, features, signal });
  }

  #checkPieces(): void {
    const { config, configFile, codeFile } = this.#found.folder;
    const { rows, items } = this.#pieces;
    const problem = (message: string): void => this.#loading.problems.add(message);
    if (items !== undefined && config.items !== undefined)
      problem(`${configFile}: items: ${codeFile} brings items already; expected one or the other`);
    if (rows !== undefined && config.items === undefined)
      problem(`${configFile}: items: required for the rows of ${codeFile}: it says which columns are what`);
    if (rows !== undefined && config.items?.file !== undefined)
      problem(`${configFile}: items.file: ${codeFile} brings rows already; expected one or the other`);
    if (this.#loading.extent === 'declarations' || config.items === undefined) return;
    if (rows === undefined && items === undefined && config.items.file === undefined)
      problem(`${configFile}: items.file: required where no ranker.ts brings rows`);
  }

  /** Sources and features as they are declared, before anything is read that takes its time. */
  #checkDeclaration(): void {
    const { folder } = this.#found;
    const { config, configFile } = folder;
    const { problems, featurePort, extent, clock } = this.#loading;
    const own = Object.keys(this.#pieces.sources ?? {});
    const declared = config.items;
    const catalog = new ItemCatalog({ attributes: declared?.attributes ?? {} });
    const indexes = Object.entries(declared?.embeddings ?? {}).map(
      ([name, { dimensions, metric }]) =>
        [name, createExactIndex({ name, dimensions, metric, limits: { dimensions } })] as const,
    );
    const popular = declared?.popular === undefined ? undefined : NOTHING;
    const builtIn =
      declared === undefined ? {} : catalogSources({ items: catalog, indexes: new Map(indexes), popular });
    const later = own.map((kind): [string, SourceBinder] => [
      kind,
      ({ name }) => ({ name, fetch: async () => NOTHING }),
    ]);
    const candidates = new BoundSources({ ...builtIn, ...Object.fromEntries(later) }, clock);
    const lines = featurePort === undefined ? [] : featureProblems(config, featurePort);
    const hint = featurePort === NO_FEATURES ? ': none are served, --feature-repository DIR names their views' : '';
    for (const line of lines) problems.add(`${configFile}: ${line}${hint}`);
    // Without its code nobody knows which kinds of sources a ranker has.
    if (extent === 'declarations' && folder.codeFile !== undefined) return;
    const port = featurePort ?? NO_FEATURES;
    for (const line of sourceProblems(config, candidates, port, { items: declared, ownKinds: new Set(own) }))
      problems.add(`${configFile}: ${line}`);
  }

  async #items(): Promise<FolderItems | undefined> {
    const { folder } = this.#found;
    const { items } = folder.config;
    const { rows } = this.#pieces;
    if (items === undefined || this.#loading.extent === 'declarations') return undefined;
    if (items.file === undefined && rows === undefined) return undefined;
    return readFolderItems(folder, items, rows, this.#loading);
  }

  async #openIndexes(items: FolderItems | undefined): Promise<void> {
    const { config, directory } = this.#found.folder;
    const { cacheDirectory, logger, signal, onProgress } = this.#loading;
    const cache = new SnapshotCache(
      cacheDirectory === '' ? join(directory, CACHE_FOLDER) : join(cacheDirectory, config.name),
      logger.child({ ranker: config.name }),
    );
    for (const [name, rows] of items?.vectors ?? []) {
      const building = {
        cache,
        signal,
        onProgress: (done: number) =>
          onProgress({ ranker: config.name, doing: `index ${name}`, done, total: rows.ids.length }),
      };
      const opening = openIndex(name, config.items!.embeddings[name]!, rows, building);
      this.#indexes.set(
        name,
        await opening.catch((thrown: unknown) => this.#located(`items.embeddings.${name}`, thrown)),
      );
    }
  }

  #ranker(items: FolderItems | undefined): Ranker {
    const { models, clock, observer, featurePort = NO_FEATURES } = this.#loading;
    const catalog = this.#pieces.items ?? items?.catalog ?? new ItemCatalog({ attributes: {} });
    const builtIn =
      items === undefined
        ? {}
        : catalogSources({ items: items.catalog, indexes: this.#indexes, popular: items.popular });
    const candidates = new BoundSources({ ...builtIn, ...this.#ownSources(catalog) }, clock);
    const parts = { models, features: featurePort, items: catalog, candidates, clock, observer };
    try {
      return createRanker(this.#found.folder.config, parts);
    } catch (thrown) {
      return this.#located('', thrown);
    }
  }

  /** Throws it again with the file, and the field, in front. */
  #located(field: string, thrown: unknown): never {
    const { configFile, codeFile } = this.#found.folder;
    if (!(thrown instanceof RangefinderError) || thrown.code === 'CANCELLED') throw thrown;
    if (codeFile !== undefined && thrown.message.startsWith(codeFile)) throw thrown;
    const place = [configFile, field].filter((part) => part !== '').join(': ');
    throw new RangefinderError(thrown.code, `${place}: ${thrown.message}`, { field: place, cause: thrown });
  }

  #ownSources(items: ItemPort): Record<string, SourceBinder> {
    const { codeFile = '' } = this.#found.folder;
    const binders = Object.entries(this.#pieces.sources ?? {});
    return Object.fromEntries(
      binders.map(([kind, bind]): [string, SourceBinder] => [
        kind,
        (spec) => {
          try {
            return bind(spec, items);
          } catch (thrown) {
            throw codeError(codeFile, `sources.${kind}`, thrown);
          }
        },
      ]),
    );
  }
}

const NOTHING: CandidateList = { ids: new Uint32Array(0), scores: new Float32Array(0) };
