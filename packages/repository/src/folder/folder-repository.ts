import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RangefinderError, silentLogger, systemClock, type Clock, type Limits, type Logger } from '@rangefinder/base';
import type { ModelDescription, ModelOverride, ModelRepository, RepositoryChange } from '../model-repository.ts';
import { Checksums } from './checksums.ts';
import { listModelNames, locateModel, modelNameProblem, type ModelLocation } from './model-location.ts';
import { readModel } from './model-reader.ts';
import { writeOverrideFolder } from './override-folder.ts';
import { scanRepository } from './repository-scan.ts';
import { RepositoryWatcher } from './repository-watcher.ts';

export type FolderRepositoryLimits = Pick<
  Limits,
  'repositoryModels' | 'modelConfigBytes' | 'tensorBytes' | 'nameCharacters'
>;

export interface FolderRepositoryOptions {
  readonly root: string;
  readonly limits: FolderRepositoryLimits;
  readonly logger?: Logger;
  /** For the watch intervals; the system's by default. */
  readonly clock?: Clock;
}

/**
 * Models in a folder, as Triton lays them out: `<root>/<model>/<version>/model.onnx` and, where wanted, `config.pbtxt` or
 * `model.yaml` beside the versions. Friendlier: `<root>/<model>.onnx` and `<root>/<model>/model.onnx` are version 1 of their
 * model. Symbolic links are followed wherever they lead: who may write into the repository decides what is served. Names that
 * come from a request or from inside a configuration never leave the folder of their model.
 */
export class FolderRepository implements ModelRepository {
  readonly #root: string;
  readonly #limits: FolderRepositoryLimits;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #watchers = new Set<RepositoryWatcher>();
  readonly #overrideFolders = new Set<string>();
  readonly #checksums = new Checksums();
  #closed = false;

  constructor(options: FolderRepositoryOptions) {
    this.#root = resolve(options.root);
    this.#limits = options.limits;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
  }

  async list(): Promise<readonly string[]> {
    this.#refuseWhenClosed();
    return listModelNames(this.#root, this.#limits.repositoryModels, this.#limits.nameCharacters);
  }

  async read(modelName: string, override?: ModelOverride): Promise<ModelDescription> {
    this.#refuseWhenClosed();
    const files = override?.files !== undefined && Object.keys(override.files).length > 0 ? override.files : undefined;
    const location = await this.#locate(modelName, files !== undefined);
    const request = { name: modelName, location, override, checksums: this.#checksums };
    if (files === undefined) return readModel({ ...request, overrideFolder: undefined }, this.#limits);
    const overrideFolder = await writeOverrideFolder(files);
    this.#overrideFolders.add(overrideFolder);
    const dispose = (): Promise<void> => this.#removeOverride(overrideFolder);
    try {
      return await readModel({ ...request, overrideFolder, dispose }, this.#limits);
    } catch (error) {
      await dispose();
      throw error;
    }
  }

  watch(intervalMs: number, onChange: (change: RepositoryChange) => void): () => void {
    this.#refuseWhenClosed();
    const { repositoryModels, nameCharacters } = this.#limits;
    const watcher = new RepositoryWatcher({
      intervalMs,
      clock: this.#clock,
      logger: this.#logger,
      scan: () => scanRepository(this.#root, repositoryModels, nameCharacters),
      onChange,
    });
    this.#watchers.add(watcher);
    watcher.start();
    return () => {
      watcher.stop();
      this.#watchers.delete(watcher);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const watcher of this.#watchers) watcher.stop();
    this.#watchers.clear();
    await Promise.all([
      this.#checksums.close(),
      ...[...this.#overrideFolders].map((folder) => this.#removeOverride(folder)),
    ]);
  }

  /** A load request may bring a model that the repository does not have. */
  async #locate(modelName: string, mayBeAbsent: boolean): Promise<ModelLocation | undefined> {
    try {
      return await locateModel(this.#root, modelName, this.#limits.nameCharacters);
    } catch (error) {
      const absent = error instanceof RangefinderError && error.code === 'NOT_FOUND';
      if (absent && mayBeAbsent && modelNameProblem(modelName, this.#limits.nameCharacters) === undefined)
        return undefined;
      throw error;
    }
  }

  async #removeOverride(folder: string): Promise<void> {
    this.#overrideFolders.delete(folder);
    await rm(folder, { recursive: true, force: true });
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new RangefinderError('UNAVAILABLE', 'the model repository is closed');
  }
}
