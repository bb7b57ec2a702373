/**
 * What the server's page API answers. The shapes are the server's (`packages/server/src/admin/overview.ts`); the page keeps
 * its own declaration because it is built for another world, and its mock is checked against the same examples.
 */
export interface Overview {
  readonly atMs: number;
  readonly windowSeconds: number;
  readonly server: ServerOverview;
  readonly process: ProcessOverview;
  readonly models: readonly ModelOverview[];
}

export interface ServerOverview {
  readonly name: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly live: boolean;
  readonly ready: boolean;
  readonly cores: number;
  readonly hostMemoryBytes: number;
  readonly modelControl: 'none' | 'poll' | 'explicit';
  readonly metricsUrl: string;
  readonly engines: readonly EngineOverview[];
}

export interface EngineOverview {
  readonly name: string;
  readonly library: string;
  readonly version: string;
  readonly executionProviders: readonly {
    readonly name: string;
    readonly available: boolean;
    readonly reason: string;
  }[];
}

export interface ProcessOverview {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** Of one core: 150 is one and a half cores. */
  readonly cpuPercent: number;
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly openConnections: number;
  readonly bodyBytesInFlight: number;
  readonly bodyBytesInFlightMax: number;
}

export type ModelState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';

export interface ModelOverview {
  readonly name: string;
  readonly version: string;
  readonly state: ModelState;
  readonly reason: string;
  readonly platform: string;
  readonly memoryBytes: number;
  readonly loadedAtMs: number;
  readonly loadDurationMs: number;
  readonly maxBatchSize: number;
  readonly requestsPerSecond: number;
  readonly inferencesPerSecond: number;
  readonly failuresPerSecond: number;
  readonly latencyMs: { readonly p50: number | null; readonly p90: number | null; readonly p99: number | null };
  readonly queueMs: { readonly p50: number | null; readonly p99: number | null };
  readonly batchSizes: readonly { readonly size: number; readonly count: number }[];
  readonly pendingRequests: number;
  readonly queuedRows: number;
  readonly totals: ModelTotals;
}

export interface ModelTotals {
  readonly requests: number;
  readonly inferences: number;
  readonly executions: number;
  readonly failures: number;
  readonly rejected: number;
  readonly cancelled: number;
}

export interface History {
  readonly stepSeconds: number;
  readonly atSeconds: readonly number[];
  readonly process: {
    readonly rssBytes: readonly number[];
    readonly cpuPercent: readonly number[];
    readonly eventLoopDelayP99Ms: readonly number[];
    readonly openConnections?: readonly number[];
  };
  readonly models: readonly ModelHistory[];
}

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
  /** A server that does not keep these leaves them out; their lines then start when the page is opened. */
  readonly latencyP90Ms?: readonly (number | null)[];
  readonly queueP50Ms?: readonly (number | null)[];
  readonly pendingRequests?: readonly number[];
  readonly queuedRows?: readonly number[];
}

export interface BatchRecord {
  readonly wallMs: number;
  readonly rows: number;
  readonly requests: number;
  readonly cut: string;
  readonly oldestWaitedUs: number;
  readonly queuedRequestsBefore: number;
  readonly computeUs: number;
  readonly outcome: 'succeeded' | 'failed' | 'aborted';
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}
