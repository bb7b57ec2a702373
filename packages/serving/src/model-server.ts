import type { InferenceRequest, InferenceResponse, TensorSpec } from '@rangefinder/tensor';
import type { ModelConfig, ModelOverride } from '@rangefinder/repository';
import type { EngineDescription } from '@rangefinder/engines';

/** All that front ends (HTTP, later gRPC, the dashboard's API) may ask of the serving layer. Failures are RangefinderErrors. */
export interface ModelServer {
  /** Runs one request through the version policy, the scheduler and the engine. */
  infer(request: InferenceRequest, context: RequestContext): Promise<InferenceResponse>;
  /** NOT_FOUND for an unknown model or version, UNAVAILABLE for one that is not ready. */
  metadata(modelName: string, version?: string): ModelMetadata;
  config(modelName: string, version?: string): ModelConfig;
  /** Without a name: of all ready models. */
  statistics(modelName?: string, version?: string): readonly ModelStatistics[];
  /** Never throws: an unknown model is not ready. Without a version: whether any version is. */
  isModelReady(modelName: string, version?: string): boolean;
  /** The process lives. */
  readonly live: boolean;
  /** All models that should be served are (or failed for good), and the server is not shutting down. */
  readonly ready: boolean;
  index(onlyReady: boolean): Promise<readonly RepositoryIndexEntry[]>;
  /** (Re)loads a model and resolves when it serves; rejects with why not, the old version going on. FORBIDDEN unless model control is explicit. */
  load(modelName: string, override?: ModelOverride): Promise<void>;
  /** Resolves when no version of it serves and its memory is given back. */
  unload(modelName: string): Promise<void>;
  /** The last batches of a model, newest first, each with why it was cut. */
  recentBatches(modelName: string, version?: string): readonly BatchRecord[];
  engines(): Promise<readonly EngineDescription[]>;
  /** Subscribes to measurements (the metrics and trace exporters do). Returns the unsubscribe function. */
  observe(observer: ServingObserver): () => void;
  /** Not ready from now; waits for what is in flight up to the limit, then cancels it; unloads everything. Idempotent. */
  shutdown(graceMs: number): Promise<void>;
}

export interface RequestContext {
  /** Monotonic µs after which the answer is worthless; Infinity for never. Same clock as the server's. */
  readonly deadlineUs: number;
  /** Called by the server with a function that cancels the request; the front end calls that when the client disconnects. */
  onCancellable?(cancel: () => void): void;
  /** Called once when the request has ended, before its promise settles: what it cost, for a trace of this one request. */
  onFinished?(event: RequestFinished): void;
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  /** `onnxruntime_onnx`, `builtin`, as Triton names platforms. */
  readonly platform: string;
  /** Shapes with the batch dimension, -1 for any. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of all tensors is the batch, and its limit; 0 where it is not. */
  readonly maxBatchSize: number;
}

export type ModelState = 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';

export interface RepositoryIndexEntry {
  readonly name: string;
  /** Empty when no version is known. */
  readonly version: string;
  readonly state: ModelState;
  /** Why it is not ready; empty when it is. */
  readonly reason: string;
  readonly memoryBytes: number;
  /** Wall-clock ms of the last load; 0 for never. */
  readonly loadedAtMs: number;
  readonly loadDurationMs: number;
  readonly checksum: string;
}

/** Counts and total durations since the load, as in Triton's statistics extension. */
export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  readonly lastInferenceWallMs: number;
  readonly inferenceCount: number;
  readonly executionCount: number;
  readonly success: DurationStatistic;
  readonly fail: DurationStatistic;
  readonly queue: DurationStatistic;
  readonly computeInput: DurationStatistic;
  readonly computeInfer: DurationStatistic;
  readonly computeOutput: DurationStatistic;
  readonly batches: readonly BatchSizeStatistic[];
  readonly rejectedCount: number;
  readonly cancelledCount: number;
  readonly pendingRequests: number;
  readonly queuedRows: number;
  readonly memoryBytes: number;
}

export interface DurationStatistic {
  readonly count: number;
  readonly totalUs: number;
}

export interface BatchSizeStatistic {
  readonly batchSize: number;
  readonly computeInput: DurationStatistic;
  readonly computeInfer: DurationStatistic;
  readonly computeOutput: DurationStatistic;
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

export interface ServingObserver {
  requestFinished?(event: RequestFinished): void;
  batchFinished?(event: BatchFinished): void;
  modelStateChanged?(event: {
    readonly model: string;
    readonly version: string;
    readonly state: ModelState;
    readonly reason: string;
    readonly durationMs: number;
  }): void;
}

export interface RequestFinished {
  readonly model: string;
  readonly version: string;
  readonly rows: number;
  readonly outcome: 'success' | 'rejected' | 'cancelled' | 'failed';
  readonly totalUs: number;
  readonly queueUs: number;
  readonly computeInputUs: number;
  readonly computeInferUs: number;
  readonly computeOutputUs: number;
}

export interface BatchFinished extends BatchRecord {
  readonly model: string;
  readonly version: string;
}
