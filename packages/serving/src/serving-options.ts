/** Compiled once by the composition root. */
export interface ServingOptions {
  /**
   * none: load everything at the start and leave it. poll: also follow the repository. explicit: load `loadModels`, then
   * whatever the load and unload calls say.
   */
  readonly modelControlMode: 'none' | 'poll' | 'explicit';
  /** In explicit mode the models to load at the start; `*` is all. */
  readonly loadModels: readonly string[];
  readonly repositoryPollMs: number;
  /** Models that load at the same time. */
  readonly loadConcurrency: number;
  /** Load a known model when a request for it comes, instead of at the start. */
  readonly loadOnDemand: boolean;
  /** Memory that all models together may take; the least recently used give way. 0: no budget. */
  readonly modelMemoryBudgetBytes: number;
  /** Instances of a model that does not say; threads × instances is what the process may use. */
  readonly defaultInstances: number;
  /** Batches each model version remembers for `recentBatches`. */
  readonly recentBatches: number;
  readonly maxPendingRequestsPerModel: number;
  readonly maxPendingBytesPerModel: number;
  /** How long a replaced version may take to finish what it has before that is cancelled. */
  readonly drainMs: number;
  /** Folder for optimised models; undefined for none. */
  readonly optimizedModelCacheDir: string | undefined;
}

export const DEFAULT_SERVING_OPTIONS: ServingOptions = Object.freeze({
  modelControlMode: 'none',
  loadModels: [],
  repositoryPollMs: 2_000,
  loadConcurrency: 2,
  loadOnDemand: false,
  modelMemoryBudgetBytes: 0,
  defaultInstances: 1,
  recentBatches: 64,
  maxPendingRequestsPerModel: 10_000,
  maxPendingBytesPerModel: 1024 * 1024 * 1024,
  drainMs: 60_000,
  optimizedModelCacheDir: undefined,
});
