import { RangefinderError } from '@rangefinder/base';
import type { Clock } from '@rangefinder/base';
import type { Engine } from '@rangefinder/engines';
import type { ModelDescription, ModelVersionFiles } from '@rangefinder/repository';
import { createScheduler } from '@rangefinder/scheduling';
import { DATA_TYPES } from '@rangefinder/tensor';
import { loadSettings } from './engine-options.ts';
import { compileContract } from './input-contract.ts';
import type { ModelContract } from './input-contract.ts';
import type { BatchFinished, RequestFinished } from './model-server.ts';
import { schedulerOptions } from './scheduler-options.ts';
import { ServedVersion } from './served-version.ts';
import type { ServingOptions } from './serving-options.ts';
import { warmUp } from './warmup.ts';

export interface LoaderParts {
  readonly engines: ReadonlyMap<string, Engine>;
  readonly clock: Clock;
  readonly options: ServingOptions;
  readonly onRequestFinished: (event: RequestFinished) => void;
  readonly onBatchFinished: (event: BatchFinished) => void;
}

export interface LoadedVersion {
  readonly served: ServedVersion;
  readonly checksum: string;
}

/**
 * Everything between the files of a version and a version that can serve: checksum, session, configuration completed and
 * checked, warm-up. All of it off the request path; on any failure nothing is left behind.
 */
export async function loadVersion(
  parts: LoaderParts,
  description: ModelDescription,
  files: ModelVersionFiles,
): Promise<LoadedVersion> {
  const settings = loadSettings(description.partialConfig, {
    instances: parts.options.defaultInstances,
    optimizedModelCacheDir: parts.options.optimizedModelCacheDir,
  });
  const engine = parts.engines.get(settings.backend);
  if (engine === undefined) {
    const known = [...parts.engines.keys()].join(', ');
    throw new RangefinderError('MODEL_INVALID', `backend: expected one of ${known}, got '${settings.backend}'`);
  }
  // Read before the load, so that it is of the bytes that were there then, and the load finds them in the page cache.
  const checksum = await files.checksum();
  const model = await engine.load({
    modelName: description.name,
    modelVersion: files.version,
    modelPath: files.modelPath,
    instances: settings.instances,
    options: settings.options,
  });
  try {
    const config = description.complete(model.signature);
    const contract = compileContract(config);
    checkBatchable(contract);
    await warmUp(model, config, description);
    const { options, clock, onRequestFinished, onBatchFinished } = parts;
    const scheduling = schedulerOptions(config, {
      instances: settings.instances,
      maxPendingRequests: options.maxPendingRequestsPerModel,
      maxPendingBytes: options.maxPendingBytesPerModel,
    });
    const served = new ServedVersion({
      modelName: description.name,
      version: files.version,
      config,
      contract,
      model,
      scheduler: createScheduler(scheduling),
      schedulerOptions: scheduling,
      labels: new Map(config.output.map((output) => [output.name, description.labels(output.name)])),
      clock,
      recentBatches: options.recentBatches,
      onRequestFinished,
      onBatchFinished,
    });
    return { served, checksum };
  } catch (error) {
    await model.unload();
    throw error;
  }
}

/** Rows of 4-bit elements need not start at a byte, so they cannot be put one behind the other. */
function checkBatchable(contract: ModelContract): void {
  if (contract.maxBatchSize === 0) return;
  for (const tensor of [...contract.inputs, ...contract.outputs]) {
    const { bits } = DATA_TYPES[tensor.dataType];
    if (bits > 0 && bits < 8) {
      throw new RangefinderError(
        'MODEL_INVALID',
        `max_batch_size: expected 0, since '${tensor.name}' is of type ${tensor.dataType}, got ${contract.maxBatchSize}`,
      );
    }
  }
}
