import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { Clock, Logger } from '@rangefinder/base';
import type { ModelDescription, ModelOverride, ModelRepository, ModelVersionFiles } from '@rangefinder/repository';
import { SerialQueue } from './serial-queue.ts';
import type { ModelState, RepositoryIndexEntry, ServingObserver } from './model-server.ts';
import type { ServedVersion } from './served-version.ts';
import { loadVersion } from './version-loader.ts';
import type { LoaderParts } from './version-loader.ts';

type StateChange = Parameters<NonNullable<ServingObserver['modelStateChanged']>>[0];

export interface ModelEntryParts extends LoaderParts {
  readonly repository: ModelRepository;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onStateChanged: (change: StateChange) => void;
}

interface VersionSlot {
  readonly version: string;
  state: ModelState;
  reason: string;
  served: ServedVersion | undefined;
  fingerprint: string;
  checksum: string;
  loadedAtMs: number;
  loadDurationMs: number;
}

/**
 * One model's life. Loads and unloads of it happen one after the other; requests meanwhile go to whatever version serves,
 * since a new one takes its place only when it is ready, and what the old one had is finished before it goes.
 */
export class ModelEntry {
  readonly name: string;
  /** When a request last asked for it, for eviction. */
  lastUsedUs = 0;
  readonly #parts: ModelEntryParts;
  readonly #jobs = new SerialQueue();
  readonly #slots = new Map<string, VersionSlot>();
  /** Why the last load could not even read the model. */
  #reason = '';
  #loading = false;
  /** Replaced versions that still finish what they had. */
  readonly #draining = new Set<ServedVersion>();
  #newest: ServedVersion | undefined;
  /** Those that serve, oldest first; asked with every request, changed with a load. */
  #versionNames: readonly string[] = [];
  /** What each version that is still in memory was read from, to be disposed of after the last of them. */
  readonly #sources = new Map<ServedVersion, ModelDescription>();

  constructor(name: string, parts: ModelEntryParts) {
    this.name = name;
    this.#parts = parts;
  }

  /** The serving version with this number, or the highest that serves for ''. */
  serving(version: string): ServedVersion | undefined {
    return version === '' ? this.#newest : this.#slots.get(version)?.served;
  }

  servingVersions(): [version: string, served: ServedVersion][] {
    return [...this.#slots.values()].flatMap((slot) => (slot.served ? [[slot.version, slot.served]] : []));
  }

  get versionNames(): readonly string[] {
    return this.#versionNames;
  }

  /** Those that serve and those that only finish what they had. */
  allServed(): ServedVersion[] {
    return [...this.servingVersions().map(([, served]) => served), ...this.#draining];
  }

  knowsVersion(version: string): boolean {
    return this.#slots.has(version);
  }

  /** All versions serve the newest files, or there is none to serve. */
  get settled(): boolean {
    return !this.#loading && [...this.#slots.values()].every((slot) => slot.state === 'READY' && slot.reason === '');
  }

  get reason(): string {
    return this.#reason || ([...this.#slots.values()].find((slot) => slot.reason !== '')?.reason ?? '');
  }

  get memoryBytes(): number {
    return this.allServed().reduce((sum, one) => sum + one.model.memoryBytes, 0);
  }

  get pendingRequests(): number {
    return this.servingVersions().reduce((sum, [, served]) => sum + served.pendingRequests, 0);
  }

  index(): RepositoryIndexEntry[] {
    if (this.#slots.size === 0) {
      const state: ModelState = this.#loading ? 'LOADING' : 'UNAVAILABLE';
      return [{ ...NEVER_LOADED, name: this.name, state, reason: this.#reason }];
    }
    return [...this.#slots.values()]
      .toSorted((a, b) => compareVersions(a.version, b.version))
      .map((slot) => ({
        name: this.name,
        version: slot.version,
        state: slot.state,
        reason: slot.reason,
        memoryBytes: slot.served?.model.memoryBytes ?? 0,
        loadedAtMs: slot.loadedAtMs,
        loadDurationMs: slot.loadDurationMs,
        checksum: slot.checksum,
      }));
  }

  /** Loads what the repository has now; versions whose files did not change stay as they are. Rejects when any version failed. */
  load(override?: ModelOverride): Promise<void> {
    return this.#jobs.run(() => this.#load(override));
  }

  /** Loads unless a load that was queued before has already made it serve. */
  loadIfNeeded(): Promise<void> {
    return this.#jobs.run(async () => {
      if (this.#newest === undefined) await this.#load(undefined);
    });
  }

  unload(reason: string): Promise<void> {
    return this.#jobs.run(async () => {
      const slots = [...this.#slots.values()];
      this.#newest = undefined;
      this.#versionNames = [];
      await Promise.all(
        slots.map(async (slot) => {
          const { served } = slot;
          slot.served = undefined;
          if (served === undefined) return this.#setState(slot, 'UNAVAILABLE', reason, 0);
          this.#setState(slot, 'UNLOADING', '', 0);
          await this.#retire(served);
          this.#setState(slot, 'UNAVAILABLE', reason, 0);
        }),
      );
      if (slots.length === 0) this.#reason = reason;
    });
  }

  async #load(override: ModelOverride | undefined): Promise<void> {
    this.#loading = true;
    try {
      const description = await this.#read(override);
      for (const warning of description.warnings ?? []) this.#parts.logger.warn({ model: this.name }, warning);
      const failures: string[] = [];
      for (const files of description.versions) {
        const failure = await this.#loadOne(description, files, override !== undefined);
        if (failure !== undefined) failures.push(`version ${files.version}: ${failure.message}`);
      }
      this.#dropUnselected(new Set(description.versions.map((files) => files.version)));
      await this.#disposeUnused(description);
      if (failures.length > 0)
        throw new RangefinderError('MODEL_INVALID', `model '${this.name}': ${failures.join('; ')}`);
    } finally {
      this.#loading = false;
    }
  }

  async #read(override: ModelOverride | undefined): Promise<ModelDescription> {
    try {
      const description = await this.#parts.repository.read(this.name, override);
      if (description.versions.length === 0) {
        throw new RangefinderError('MODEL_INVALID', `model '${this.name}': the version policy selects no version`);
      }
      this.#reason = '';
      return description;
    } catch (thrown) {
      const error = toRangefinderError(thrown);
      this.#reason = error.message;
      for (const slot of this.#slots.values()) {
        this.#setState(slot, slot.served ? 'READY' : 'UNAVAILABLE', `reload failed: ${error.message}`, 0);
      }
      throw error;
    }
  }

  async #loadOne(
    description: ModelDescription,
    files: ModelVersionFiles,
    force: boolean,
  ): Promise<RangefinderError | undefined> {
    const slot = this.#slot(files.version);
    if (!force && slot.served !== undefined && slot.fingerprint === files.fingerprint && slot.reason === '')
      return undefined;
    const old = slot.served;
    const startUs = this.#parts.clock.nowUs();
    if (old === undefined) this.#setState(slot, 'LOADING', '', 0);
    try {
      const { served, checksum } = await loadVersion(this.#parts, description, files);
      this.#sources.set(served, description);
      const durationMs = (this.#parts.clock.nowUs() - startUs) / 1000;
      Object.assign(slot, {
        served,
        checksum,
        fingerprint: files.fingerprint,
        loadedAtMs: this.#parts.clock.wallMs(),
        loadDurationMs: durationMs,
      });
      this.#noteServing();
      this.#setState(slot, 'READY', '', durationMs);
      this.#parts.logger.info({ model: this.name, version: files.version, durationMs }, 'model version is ready');
      if (old !== undefined) void this.#retire(old);
      return undefined;
    } catch (thrown) {
      const error = toRangefinderError(thrown);
      const durationMs = (this.#parts.clock.nowUs() - startUs) / 1000;
      const reason =
        old === undefined ? error.message : `reload failed, the previous files are served: ${error.message}`;
      this.#setState(slot, old === undefined ? 'UNAVAILABLE' : 'READY', reason, durationMs);
      this.#parts.logger.warn(
        { model: this.name, version: files.version, reason: error.message },
        'model failed to load',
      );
      return error;
    }
  }

  #slot(version: string): VersionSlot {
    const known = this.#slots.get(version);
    if (known !== undefined) return known;
    const slot: VersionSlot = {
      version,
      state: 'UNAVAILABLE',
      reason: '',
      served: undefined,
      fingerprint: '',
      checksum: '',
      loadedAtMs: 0,
      loadDurationMs: 0,
    };
    this.#slots.set(version, slot);
    return slot;
  }

  #dropUnselected(selected: ReadonlySet<string>): void {
    for (const slot of this.#slots.values()) {
      if (selected.has(slot.version)) continue;
      const { served } = slot;
      slot.served = undefined;
      this.#slots.delete(slot.version);
      this.#parts.onStateChanged({ ...changeOf(this.name, slot), state: 'UNAVAILABLE', reason: 'no longer selected' });
      if (served !== undefined) void this.#retire(served);
    }
    this.#noteServing();
  }

  #noteServing(): void {
    const serving = this.servingVersions().toSorted(([a], [b]) => compareVersions(a, b));
    this.#versionNames = serving.map(([version]) => version);
    this.#newest = serving.at(-1)?.[1];
  }

  /** Lets a version that is not asked any more finish, within the limit, and gives its memory back. */
  async #retire(served: ServedVersion): Promise<void> {
    this.#draining.add(served);
    const limit = this.#parts.clock.schedule(this.#parts.options.drainMs * 1000, () => {
      served.abandon(
        new RangefinderError('UNAVAILABLE', `model '${this.name}' was unloaded before the request was done`),
      );
    });
    try {
      await served.drain();
      await served.model.unload();
    } catch (error) {
      this.#parts.logger.error({ model: this.name, err: error }, 'a model version could not be unloaded');
    } finally {
      limit.cancel();
      this.#draining.delete(served);
      const source = this.#sources.get(served);
      this.#sources.delete(served);
      if (source !== undefined) await this.#disposeUnused(source);
    }
  }

  async #disposeUnused(source: ModelDescription): Promise<void> {
    if ([...this.#sources.values()].includes(source)) return;
    try {
      await source.dispose?.();
    } catch (error) {
      this.#parts.logger.warn({ model: this.name, err: error }, 'files of a load override could not be removed');
    }
  }

  #setState(slot: VersionSlot, state: ModelState, reason: string, durationMs: number): void {
    slot.state = state;
    slot.reason = reason;
    this.#parts.onStateChanged({ ...changeOf(this.name, slot), durationMs });
  }
}

const NEVER_LOADED = { version: '', memoryBytes: 0, loadedAtMs: 0, loadDurationMs: 0, checksum: '' } as const;

function changeOf(model: string, slot: VersionSlot): StateChange {
  return { model, version: slot.version, state: slot.state, reason: slot.reason, durationMs: slot.loadDurationMs };
}

/** Version numbers may be longer than a double holds exactly. */
function compareVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
