import type { ModelEntry } from './model-entry.ts';
import type { ModelMetadata, ModelStatistics } from './model-server.ts';
import type { ServedVersion } from './served-version.ts';

/** What clients may ask of a serving version. */
export function metadataOf(entry: ModelEntry, served: ServedVersion): ModelMetadata {
  return {
    name: entry.name,
    versions: entry.versionNames,
    platform: served.config.platform,
    ...served.specs,
    maxBatchSize: served.contract.maxBatchSize,
  };
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
      success: statistics.success.snapshot(),
      fail: statistics.fail.snapshot(),
      queue: statistics.queue.snapshot(),
      computeInput: statistics.computeInput.snapshot(),
      computeInfer: statistics.computeInfer.snapshot(),
      computeOutput: statistics.computeOutput.snapshot(),
      batches: statistics.batches(),
      rejectedCount: statistics.rejectedCount,
      cancelledCount: statistics.cancelledCount,
      pendingRequests: served.pendingRequests,
      queuedRows: served.queuedRows,
      memoryBytes: served.model.memoryBytes,
    };
  });
}
