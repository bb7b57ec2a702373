import { RangefinderError, type Clock, type Logger } from '@rangefinder/base';
import * as engines from '@rangefinder/engines';
import { FolderRepository, type ModelRepository } from '@rangefinder/repository';
import { DEFAULT_SERVING_OPTIONS, ManagedModelServer } from '@rangefinder/serving';
import type { ServerOptions } from '../options/server-options.ts';
import { CombinedRepository } from './combined-repository.ts';

/**
 * Instances of a model that leaves the number to the server: as many as cores, so that batches run side by side, which gives
 * more throughput than one run on all cores does. Beyond four, batches get small; each run has more threads instead.
 */
const DEFAULT_INSTANCES_MAX = 4;

/** The real thing behind the front ends: repositories, engines and the serving layer, wired from the options. */
export function modelServing(options: ServerOptions, clock: Clock, logger: Logger): ManagedModelServer {
  const { limits } = options;
  if (options.modelRepository.length === 0 && options.rankerRepository === '') {
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      'modelRepository: expected at least one folder; --model-repository DIR names it, --ranker-repository DIR one of rankers',
      {
        field: 'modelRepository',
      },
    );
  }
  const repositories = options.modelRepository.map((root) => new FolderRepository({ root, limits, logger, clock }));
  const [only] = repositories;
  const repository: ModelRepository =
    repositories.length === 1 && only !== undefined ? only : new CombinedRepository(repositories, logger);
  const onnx = new engines.OnnxEngine({
    logger,
    ...(options.onnxruntimeLibrary === '' ? {} : { libraryPath: options.onnxruntimeLibrary }),
    ...(options.engineThreads === 0 ? {} : { maxThreads: options.engineThreads }),
  });
  const builtin = new engines.BuiltinEngine();
  return new ManagedModelServer({
    repository,
    engines: new Map<string, engines.Engine>([
      ['onnx', onnx],
      ['builtin', builtin],
    ]),
    clock,
    logger,
    options: {
      ...DEFAULT_SERVING_OPTIONS,
      defaultInstances: Math.min(engines.availableCores(), DEFAULT_INSTANCES_MAX),
      modelControlMode: options.modelControlMode,
      loadModels: options.loadModels,
      repositoryPollMs: options.repositoryPollSeconds * 1000,
      loadConcurrency: options.loadConcurrency,
      loadOnDemand: options.loadOnDemand,
      modelMemoryBudgetBytes: options.modelMemoryBudgetBytes,
      maxPendingRequestsPerModel: limits.pendingRequestsPerModel,
      maxPendingBytesPerModel: limits.pendingBytesPerModel,
      optimizedModelCacheDir: options.optimizedModelCacheDir === '' ? undefined : options.optimizedModelCacheDir,
    },
  });
}
