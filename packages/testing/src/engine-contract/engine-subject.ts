import type { Engine, EngineOptions, LoadedModel, LoadRequest, RunRequest } from '@rangefinder/engines';
import type { DataType, Dimension } from '@rangefinder/tensor';

/** An engine under test, and how to make the models that the suite needs. */
export interface EngineSubject {
  readonly name: string;
  createEngine(): Engine;
  /** Element types that its identity model takes. */
  readonly dataTypes: readonly DataType[];
  /** Writes a model with one input and an output that equals it; returns its path. */
  writeIdentity(folder: string, dataType: DataType, shape: readonly Dimension[]): Promise<string>;
  /** Writes a model whose runs can be made endless. */
  writeSlow(folder: string): Promise<SlowModel>;
  /** Writes a model that loads, and a request for which its run fails. */
  writeFailing(folder: string): Promise<{ readonly modelPath: string; readonly request: RunRequest }>;
}

export interface SlowModel {
  readonly modelPath: string;
  /** Takes minutes unless it is cancelled. */
  readonly endless: RunRequest;
  /** Takes a few milliseconds. Runs on the same model; undefined if all of its runs are endless. */
  readonly short: RunRequest;
}

export const DEFAULT_ENGINE_OPTIONS: EngineOptions = Object.freeze({
  intraOpThreads: 1,
  interOpThreads: 1,
  graphOptimizationLevel: 'all',
  executionProviders: [],
  memoryArena: true,
  optimizedModelCacheDir: undefined,
  extra: {},
});

export function loadRequest(modelPath: string, changes: Partial<LoadRequest> = {}): LoadRequest {
  return {
    modelName: 'model',
    modelVersion: '1',
    modelPath,
    instances: 1,
    options: DEFAULT_ENGINE_OPTIONS,
    ...changes,
  };
}

/** Loads, hands the model to `use`, and unloads. */
export async function withModel<T>(
  engine: Engine,
  request: LoadRequest,
  use: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  const model = await engine.load(request);
  try {
    return await use(model);
  } finally {
    await model.unload();
  }
}
