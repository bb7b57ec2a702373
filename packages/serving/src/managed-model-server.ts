import { RangefinderError, TaskLimit, toRangefinderError } from '@rangefinder/base';
import type { Clock, Logger } from '@rangefinder/base';
import type { Engine, EngineDescription } from '@rangefinder/engines';
import type { ModelConfig, ModelOverride, ModelRepository, RepositoryChange } from '@rangefinder/repository';
import type { InferenceRequest, InferenceResponse } from '@rangefinder/tensor';
import { MemoryBudget } from './memory-budget.ts';
import { ModelEntry } from './model-entry.ts';
import type {
  BatchRecord,
  ModelMetadata,
  ModelServer,
  ModelStatistics,
  RepositoryIndexEntry,
  RequestContext,
  ServingObserver,
} from './model-server.ts';
import { ObserverList } from './observer-list.ts';
import type { ServedVersion } from './served-version.ts';
import type { ServingOptions } from './serving-options.ts';
import { metadataOf, statisticsOf } from './version-views.ts';

export interface ModelServerParts {
  readonly repository: ModelRepository;
  /** By the name that configurations give as `backend`. */
  readonly engines: ReadonlyMap<string, Engine>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: ServingOptions;
}

/** The serving layer of one process: all models of one repository, on the engines it was given. */
export class ManagedModelServer implements ModelServer {
  live = true;
  readonly #parts: ModelServerParts;
  readonly #entries = new Map<string, ModelEntry>();
  readonly #observers: ObserverList;
  readonly #loads: TaskLimit;
  readonly #budget: MemoryBudget;
  #started = false;
  #stopping: Promise<void> | undefined;
  #stopWatching: () => void = () => {};

  constructor(parts: ModelServerParts) {
    this.#parts = parts;
    this.#observers = new ObserverList(parts.logger);
    this.#loads = new TaskLimit(parts.options.loadConcurrency);
    this.#budget = new MemoryBudget(parts.options.modelMemoryBudgetBytes, this.#entries, parts.logger);
  }

  /** Loads what the control mode says and follows the repository. Models that fail are logged and stay unavailable. */
  async start(): Promise<void> {
    const { repository, options, logger } = this.#parts;
    const names = await repository.list();
    for (const name of names) this.#entry(name);
    await Promise.all(this.#namesToLoad(names).map((name) => this.#loadAndLog(name)));
    if (options.modelControlMode === 'poll' && this.#stopping === undefined) {
      this.#stopWatching = repository.watch(options.repositoryPollMs, (change) => void this.#follow(change));
    }
    this.#started = true;
    logger.info({ models: this.#entries.size }, 'model repository is loaded');
  }

  get ready(): boolean {
    return this.#started && this.#stopping === undefined;
  }

  infer(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse> {
    const entry = this.#entries.get(request.modelName);
    const served = entry?.serving(request.modelVersion);
    if (entry !== undefined && served !== undefined && this.#stopping === undefined) {
      entry.lastUsedUs = this.#parts.clock.nowUs();
      return served.infer(request, context);
    }
    return this.#inferAfterLoad(request, context);
  }

  metadata(modelName: string, version = ''): ModelMetadata {
    const entry = this.#known(modelName);
    return metadataOf(entry, this.#serving(modelName, version));
  }

  config(modelName: string, version = ''): ModelConfig {
    return this.#serving(modelName, version).config;
  }

  statistics(modelName?: string, version = ''): readonly ModelStatistics[] {
    if (modelName === undefined) return [...this.#entries.values()].flatMap((entry) => statisticsOf(entry, ''));
    this.#serving(modelName, version);
    return statisticsOf(this.#known(modelName), version);
  }

  isModelReady(modelName: string, version = ''): boolean {
    return this.#entries.get(modelName)?.serving(version) !== undefined;
  }

  async index(onlyReady: boolean): Promise<readonly RepositoryIndexEntry[]> {
    for (const name of await this.#parts.repository.list()) this.#entry(name);
    const all = [...this.#entries.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => entry.index());
    return onlyReady ? all.filter((one) => one.state === 'READY') : all;
  }

  async load(modelName: string, override?: ModelOverride): Promise<void> {
    this.#requireExplicitControl('load', modelName);
    this.#requireRunning();
    const names = await this.#parts.repository.list();
    if (!names.includes(modelName) && override?.files === undefined) {
      throw new RangefinderError('NOT_FOUND', `model '${modelName}': not in the model repository`);
    }
    await this.#load(modelName, override);
  }

  async unload(modelName: string): Promise<void> {
    this.#requireExplicitControl('unload', modelName);
    await this.#known(modelName).unload('unloaded');
  }

  recentBatches(modelName: string, version = ''): readonly BatchRecord[] {
    return this.#serving(modelName, version).recentBatches();
  }

  engines(): Promise<readonly EngineDescription[]> {
    return Promise.all([...new Set(this.#parts.engines.values())].map((engine) => engine.describe()));
  }

  observe(observer: ServingObserver): () => void {
    return this.#observers.add(observer);
  }

  shutdown(graceMs: number): Promise<void> {
    this.#stopping ??= this.#shutdown(graceMs);
    return this.#stopping;
  }

  async #shutdown(graceMs: number): Promise<void> {
    this.#stopWatching();
    const limit = this.#parts.clock.schedule(graceMs * 1000, () => {
      for (const served of this.#allServed()) {
        served.abandon(new RangefinderError('UNAVAILABLE', 'the server shut down before the request was done'));
      }
    });
    await Promise.all([...this.#entries.values()].map((entry) => entry.unload('the server is shutting down')));
    limit.cancel();
    await Promise.all([...new Set(this.#parts.engines.values())].map((engine) => engine.close()));
    await this.#parts.repository.close();
    this.live = false;
  }

  #namesToLoad(names: readonly string[]): readonly string[] {
    const { modelControlMode, loadModels, loadOnDemand } = this.#parts.options;
    if (loadOnDemand) return [];
    if (modelControlMode !== 'explicit' || loadModels.includes('*')) return names;
    for (const name of loadModels) {
      if (!names.includes(name)) throw new RangefinderError('NOT_FOUND', `--load-model ${name}: not in the repository`);
    }
    return loadModels;
  }

  async #inferAfterLoad(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse> {
    this.#requireRunning();
    const entry = this.#known(request.modelName);
    if (this.#parts.options.loadOnDemand && entry.serving('') === undefined) {
      entry.lastUsedUs = this.#parts.clock.nowUs();
      await this.#loads.run(() => this.#budget.makeRoomAround(entry, () => entry.loadIfNeeded()));
      if (this.#parts.clock.nowUs() > context.deadlineUs) {
        throw new RangefinderError(
          'DEADLINE_EXCEEDED',
          `model '${entry.name}': loading it took longer than the deadline`,
        );
      }
    }
    const served = this.#serving(request.modelName, request.modelVersion);
    entry.lastUsedUs = this.#parts.clock.nowUs();
    return served.infer(request, context);
  }

  async #follow(change: RepositoryChange): Promise<void> {
    for (const name of change.removed) await this.#entries.get(name)?.unload('removed from the repository');
    for (const name of change.removed) this.#entries.delete(name);
    await Promise.all([...change.added, ...change.changed].map((name) => this.#followOne(name)));
  }

  async #followOne(name: string): Promise<void> {
    const onDemand = this.#parts.options.loadOnDemand && !this.isModelReady(name);
    if (!onDemand && this.#stopping === undefined) await this.#loadAndLog(name);
    else this.#entry(name);
  }

  async #loadAndLog(name: string): Promise<void> {
    try {
      await this.#load(name, undefined);
    } catch (thrown) {
      this.#parts.logger.error({ model: name, reason: toRangefinderError(thrown).message }, 'model is not served');
    }
  }

  #load(name: string, override: ModelOverride | undefined): Promise<void> {
    const entry = this.#entry(name);
    entry.lastUsedUs = this.#parts.clock.nowUs();
    return this.#loads.run(() => this.#budget.makeRoomAround(entry, () => entry.load(override)));
  }

  #entry(name: string): ModelEntry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const { repository, engines, clock, logger, options } = this.#parts;
    const entry = new ModelEntry(name, {
      repository,
      engines,
      clock,
      logger,
      options,
      onRequestFinished: (event) => this.#observers.requestFinished(event),
      onBatchFinished: (event) => this.#observers.batchFinished(event),
      onStateChanged: (event) => this.#observers.modelStateChanged(event),
    });
    this.#entries.set(name, entry);
    return entry;
  }

  #known(name: string): ModelEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new RangefinderError('NOT_FOUND', `model '${name}': unknown model`);
    return entry;
  }

  #serving(name: string, version: string): ServedVersion {
    const entry = this.#known(name);
    const served = entry.serving(version);
    if (served !== undefined) return served;
    if (version !== '' && !entry.knowsVersion(version)) {
      const known = entry.servingVersions().map(([one]) => one);
      const hint = known.length > 0 ? `; it serves ${known.join(', ')}` : '';
      throw new RangefinderError('NOT_FOUND', `model '${name}': unknown version '${version}'${hint}`);
    }
    const reason = entry.reason === '' ? 'it is not loaded' : entry.reason;
    throw new RangefinderError('UNAVAILABLE', `model '${name}' is not ready: ${reason}`);
  }

  #allServed(): ServedVersion[] {
    return [...this.#entries.values()].flatMap((entry) => entry.allServed());
  }

  #requireRunning(): void {
    if (this.#stopping !== undefined) throw new RangefinderError('UNAVAILABLE', 'the server is shutting down');
  }

  #requireExplicitControl(action: string, name: string): void {
    const mode = this.#parts.options.modelControlMode;
    if (mode === 'explicit') return;
    throw new RangefinderError(
      'FORBIDDEN',
      `${action} of model '${name}': not allowed in model control mode '${mode}'; start with --model-control-mode explicit`,
    );
  }
}
