import type { Dimension, TensorSpec } from '@rangefinder/tensor';
import type { InputContract, OutputContract } from './input-contract.ts';
import type { ModelEntry } from './model-entry.ts';
import type { ModelMetadata, ModelStatistics } from './model-server.ts';
import type { ServedVersion } from './served-version.ts';

/** What clients may ask of a serving version. */
export function metadataOf(entry: ModelEntry, served: ServedVersion): ModelMetadata {
  return {
    name: entry.name,
    versions: entry.servingVersions().map(([version]) => version),
    platform: served.config.platform,
    inputs: served.contract.inputs.map((input) => specOf(input, input.optional)),
    outputs: served.contract.outputs.map((output) => specOf(output, false)),
    maxBatchSize: served.contract.maxBatchSize,
  };
}

function specOf(tensor: InputContract | OutputContract, optional: boolean): TensorSpec {
  const shape: readonly Dimension[] = tensor.shape;
  return { name: tensor.name, dataType: tensor.dataType, shape, optional };
}

export function statisticsOf(entry: ModelEntry, version: string): ModelStatistics[] {
  const versions = entry.servingVersions().filter(([one]) => version === '' || one === version);
  return versions.map(([one, served]) => {
    const { statistics } = served;
    return {
      name: entry.name,
      version: one,
      lastInferenceWallMs: statistics.lastInferenceWallMs,
      inferenceCount: statistics.inferenceCount,
      executionCount: statistics.executionCount,
      success: { ...statistics.success },
      fail: { ...statistics.fail },
      queue: { ...statistics.queue },
      computeInput: { ...statistics.computeInput },
      computeInfer: { ...statistics.computeInfer },
      computeOutput: { ...statistics.computeOutput },
      batches: statistics.batches(),
      rejectedCount: statistics.rejectedCount,
      cancelledCount: statistics.cancelledCount,
      pendingRequests: served.pendingRequests,
      queuedRows: served.queuedRows,
      memoryBytes: served.model.memoryBytes,
    };
  });
}
