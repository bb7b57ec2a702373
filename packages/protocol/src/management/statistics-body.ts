/** `GET /v2/models/stats`, `GET /v2/models/M[/versions/V]/stats`. All that clients index unchecked is always there. */
export interface StatisticsBody {
  readonly model_stats: readonly ModelStatisticsBody[];
}

export interface ModelStatisticsBody {
  readonly name: string;
  readonly version: string;
  /** Wall-clock ms; 0 for never. */
  readonly last_inference: number;
  /** Rows, batches counted by their size. */
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: {
    readonly success: DurationBody;
    readonly fail: DurationBody;
    readonly queue: DurationBody;
    readonly compute_input: DurationBody;
    readonly compute_infer: DurationBody;
    readonly compute_output: DurationBody;
    readonly cache_hit: DurationBody;
    readonly cache_miss: DurationBody;
  };
  readonly response_stats: Readonly<Record<string, never>>;
  readonly batch_stats: readonly BatchStatisticsBody[];
  readonly memory_usage: readonly MemoryUsageBody[];
}

export interface DurationBody {
  readonly count: number;
  readonly ns: number;
}

export interface BatchStatisticsBody {
  readonly batch_size: number;
  readonly compute_input: DurationBody;
  readonly compute_infer: DurationBody;
  readonly compute_output: DurationBody;
}

export interface MemoryUsageBody {
  readonly type: string;
  readonly id: number;
  readonly byte_size: number;
}

/** The part of the serving layer's statistics that goes on the wire. */
export interface StatisticsSource {
  readonly name: string;
  readonly version: string;
  readonly lastInferenceWallMs: number;
  readonly inferenceCount: number;
  readonly executionCount: number;
  readonly success: DurationSource;
  readonly fail: DurationSource;
  readonly queue: DurationSource;
  readonly computeInput: DurationSource;
  readonly computeInfer: DurationSource;
  readonly computeOutput: DurationSource;
  readonly batches: readonly BatchSource[];
  readonly memoryBytes: number;
}

interface DurationSource {
  readonly count: number;
  readonly totalUs: number;
}

interface BatchSource {
  readonly batchSize: number;
  readonly computeInput: DurationSource;
  readonly computeInfer: DurationSource;
  readonly computeOutput: DurationSource;
}

const NEVER: DurationBody = Object.freeze({ count: 0, ns: 0 });

export function statisticsBody(sources: readonly StatisticsSource[]): StatisticsBody {
  return { model_stats: sources.map(modelStatistics) };
}

function modelStatistics(source: StatisticsSource): ModelStatisticsBody {
  return {
    name: source.name,
    version: source.version,
    last_inference: Math.round(source.lastInferenceWallMs),
    inference_count: source.inferenceCount,
    execution_count: source.executionCount,
    inference_stats: {
      success: duration(source.success),
      fail: duration(source.fail),
      queue: duration(source.queue),
      compute_input: duration(source.computeInput),
      compute_infer: duration(source.computeInfer),
      compute_output: duration(source.computeOutput),
      cache_hit: NEVER,
      cache_miss: NEVER,
    },
    response_stats: {},
    batch_stats: source.batches.map((batch) => ({
      batch_size: batch.batchSize,
      compute_input: duration(batch.computeInput),
      compute_infer: duration(batch.computeInfer),
      compute_output: duration(batch.computeOutput),
    })),
    memory_usage: source.memoryBytes > 0 ? [{ type: 'CPU', id: 0, byte_size: source.memoryBytes }] : [],
  };
}

function duration(source: DurationSource): DurationBody {
  return { count: source.count, ns: Math.round(source.totalUs * 1000) };
}
