import type { EngineDescription } from '@rangefinder/engines';
import type { ModelState } from '@rangefinder/serving';

/**
 * What `GET /api/v1/overview` answers and `GET /api/v1/events` sends once a second. Rates and percentiles cover the last
 * `windowSeconds`; a percentile is null where nothing happened in the window. The dashboard is built on these shapes.
 */
export interface Overview {
  /** Wall-clock ms at which this was taken. */
  readonly atMs: number;
  readonly windowSeconds: number;
  readonly server: ServerOverview;
  readonly process: ProcessOverview;
  /** All versions of all models in the repository, by name, then by version. */
  readonly models: readonly ModelOverview[];
}

export interface ServerOverview {
  readonly name: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly live: boolean;
  readonly ready: boolean;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly hostMemoryBytes: number;
  readonly modelControl: 'none' | 'poll' | 'explicit';
  /** Empty when the metrics listener is off. */
  readonly metricsUrl: string;
  readonly engines: readonly EngineDescription[];
}

export interface ProcessOverview {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** Of one core: 150 is one and a half cores. */
  readonly cpuPercent: number;
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly openConnections: number;
  /** Bytes of request bodies held right now, and the most that may be. */
  readonly bodyBytesInFlight: number;
  readonly bodyBytesInFlightMax: number;
}

export interface ModelOverview {
  readonly name: string;
  /** Empty when no version is known. */
  readonly version: string;
  readonly state: ModelState;
  readonly reason: string;
  readonly platform: string;
  readonly memoryBytes: number;
  readonly loadedAtMs: number;
  readonly loadDurationMs: number;
  readonly maxBatchSize: number;
  readonly requestsPerSecond: number;
  /** Rows a second: what batching makes of the requests. */
  readonly inferencesPerSecond: number;
  readonly failuresPerSecond: number;
  readonly latencyMs: { readonly p50: number | null; readonly p90: number | null; readonly p99: number | null };
  readonly queueMs: { readonly p50: number | null; readonly p99: number | null };
  /** Batches run in the window, by rows. */
  readonly batchSizes: readonly { readonly size: number; readonly count: number }[];
  readonly pendingRequests: number;
  readonly queuedRows: number;
  readonly totals: ModelTotals;
}

/** Since the load. */
export interface ModelTotals {
  readonly requests: number;
  readonly inferences: number;
  readonly executions: number;
  readonly failures: number;
  readonly rejected: number;
  readonly cancelled: number;
}

/** `GET /api/v1/history`: one entry per second in each list, oldest first, at most five minutes. */
export interface History {
  readonly stepSeconds: number;
  /** Wall-clock seconds since the epoch, one per entry. */
  readonly atSeconds: readonly number[];
  readonly process: {
    readonly rssBytes: readonly number[];
    readonly cpuPercent: readonly number[];
    readonly eventLoopDelayP99Ms: readonly number[];
  };
  /** Models that had traffic in these minutes. */
  readonly models: readonly ModelHistory[];
}

/** Lists as long as `atSeconds`; null where nothing happened in that second. */
export interface ModelHistory {
  readonly name: string;
  readonly version: string;
  readonly requestsPerSecond: readonly number[];
  readonly inferencesPerSecond: readonly number[];
  readonly failuresPerSecond: readonly number[];
  readonly latencyP50Ms: readonly (number | null)[];
  readonly latencyP99Ms: readonly (number | null)[];
  readonly queueP99Ms: readonly (number | null)[];
  readonly meanBatchSize: readonly (number | null)[];
}
