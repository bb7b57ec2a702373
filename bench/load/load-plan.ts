/** What a load generator process is told, as JSON on its standard input. */
export interface LoadPlan {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** File with the request body. */
  readonly bodyFile: string;
  /**
   * closed: so many connections, each sends its next request when it has its answer. open: requests leave at a fixed rate
   * whatever the server does, and a latency counts from when the request should have left.
   */
  readonly load: { readonly kind: 'closed'; readonly connections: number } | OpenLoad;
  readonly warmupMs: number;
  readonly durationMs: number;
}

export interface OpenLoad {
  readonly kind: 'open';
  readonly requestsPerSecond: number;
  readonly connections: number;
}

/** What the generator for gRPC is told: so many calls under way on one connection, as clients of gRPC have them. */
export interface GrpcLoadPlan {
  readonly port: number;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** File with the message and its prefix. */
  readonly bodyFile: string;
  readonly calls: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** What it answers, as JSON on its standard output. Latencies in ms. */
export interface LoadReport {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number };
  /** CPU time of the generator itself over wall time: near 1 it was the bottleneck, and the figures are its own. */
  readonly generatorCpuShare: number;
}
