import { availableParallelism, totalmem } from 'node:os';
import type { Clock } from '@rangefinder/base';
import type { EngineDescription } from '@rangefinder/engines';
import type { ModelMetadata, ModelServer, ModelStatistics, RepositoryIndexEntry } from '@rangefinder/serving';
import type { ServerIdentity } from '../handlers/server-information.ts';
import type { ByteBudget } from '../transport/byte-budget.ts';
import type { TrafficWindow } from './model-traffic.ts';
import type { ModelOverview, Overview, ProcessOverview } from './overview.ts';
import { rounded, type TrafficSampler } from './traffic-sampler.ts';

export interface OverviewParts {
  readonly models: ModelServer;
  readonly sampler: TrafficSampler;
  readonly identity: ServerIdentity;
  readonly modelControl: 'none' | 'poll' | 'explicit';
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly budget: ByteBudget;
  /** Asked each time, because listeners come after this. */
  readonly openConnections: () => number;
  readonly metricsUrl: () => string;
}

/** Puts the overview together from the repository's index, the statistics and the last seconds. */
export class OverviewBuilder {
  readonly #parts: OverviewParts;
  /** Engines describe themselves by looking at files and libraries; what they say does not change. */
  #engines: Promise<readonly EngineDescription[]> | undefined = undefined;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
  }

  async build(): Promise<Overview> {
    const { models, identity, modelControl, clock, startedAtMs, metricsUrl, sampler } = this.#parts;
    const [engines, index] = await Promise.all([this.#describeEngines(), models.index(false)]);
    const statistics = new Map(models.statistics().map((one) => [keyOf(one), one]));
    return {
      atMs: clock.wallMs(),
      windowSeconds: sampler.windowSeconds,
      server: {
        name: identity.name,
        version: identity.version,
        startedAtMs,
        live: models.live,
        ready: models.ready,
        cores: availableParallelism(),
        hostMemoryBytes: totalmem(),
        modelControl,
        metricsUrl: metricsUrl(),
        engines,
      },
      process: this.#process(),
      models: index.map((entry) => this.#model(entry, statistics.get(keyOf(entry)))),
    };
  }

  #describeEngines(): Promise<readonly EngineDescription[]> {
    this.#engines ??= this.#parts.models.engines().catch((thrown: unknown) => {
      this.#engines = undefined;
      throw thrown;
    });
    return this.#engines;
  }

  #process(): ProcessOverview {
    const { budget, openConnections, sampler } = this.#parts;
    const memory = process.memoryUsage();
    return {
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      externalBytes: memory.external,
      ...sampler.process,
      openConnections: openConnections(),
      bodyBytesInFlight: budget.usedBytes,
      bodyBytesInFlightMax: budget.limitBytes,
    };
  }

  #model(entry: RepositoryIndexEntry, statistics: ModelStatistics | undefined): ModelOverview {
    const { models, sampler } = this.#parts;
    const metadata = entry.state === 'READY' ? metadataOf(models, entry) : undefined;
    return {
      name: entry.name,
      version: entry.version,
      state: entry.state,
      reason: entry.reason,
      platform: metadata?.platform ?? '',
      memoryBytes: entry.memoryBytes,
      loadedAtMs: entry.loadedAtMs,
      loadDurationMs: rounded(entry.loadDurationMs),
      maxBatchSize: metadata?.maxBatchSize ?? 0,
      ...trafficFigures(sampler.window(entry.name, entry.version), sampler.windowSeconds),
      pendingRequests: statistics?.pendingRequests ?? 0,
      queuedRows: statistics?.queuedRows ?? 0,
      totals: {
        requests: (statistics?.success.count ?? 0) + (statistics?.fail.count ?? 0),
        inferences: statistics?.inferenceCount ?? 0,
        executions: statistics?.executionCount ?? 0,
        failures: statistics?.fail.count ?? 0,
        rejected: statistics?.rejectedCount ?? 0,
        cancelled: statistics?.cancelledCount ?? 0,
      },
    };
  }
}

type TrafficFigures = Pick<
  ModelOverview,
  'requestsPerSecond' | 'inferencesPerSecond' | 'failuresPerSecond' | 'latencyMs' | 'queueMs' | 'batchSizes'
>;

function trafficFigures(window: TrafficWindow | undefined, seconds: number): TrafficFigures {
  const quantileMs = (histogram: TrafficWindow['latency'] | undefined, quantile: number): number | null => {
    const us = histogram?.quantileUs(quantile) ?? null;
    return us === null ? null : rounded(us / 1000);
  };
  return {
    requestsPerSecond: rounded((window?.requests ?? 0) / seconds),
    inferencesPerSecond: rounded((window?.inferences ?? 0) / seconds),
    failuresPerSecond: rounded((window?.failures ?? 0) / seconds),
    latencyMs: {
      p50: quantileMs(window?.latency, 0.5),
      p90: quantileMs(window?.latency, 0.9),
      p99: quantileMs(window?.latency, 0.99),
    },
    queueMs: { p50: quantileMs(window?.queue, 0.5), p99: quantileMs(window?.queue, 0.99) },
    batchSizes: [...(window?.batchSizes ?? [])]
      .map(([size, count]) => ({ size, count }))
      .toSorted((a, b) => a.size - b.size),
  };
}

/** A version may go away between the index and this question. */
function metadataOf(models: ModelServer, { name, version }: RepositoryIndexEntry): ModelMetadata | undefined {
  return models.isModelReady(name, version) ? models.metadata(name, version) : undefined;
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${version}/${name}`;
}
