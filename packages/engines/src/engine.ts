import type { DataType, Shape, TensorSpec } from '@rangefinder/tensor';

/**
 * The port behind which models run. An implementation passes the suite in `@rangefinder/testing` (engine contract).
 * Every failure is a RangefinderError: MODEL_INVALID with what is wrong with the model, INVALID_ARGUMENT for a run whose
 * inputs do not fit, CANCELLED, RESOURCE_EXHAUSTED for memory, INTERNAL for a run that failed.
 */
export interface Engine {
  /** As `backend`/`platform` name it in a model's configuration: `onnx`, `builtin`. */
  readonly name: string;
  /** Reads the model and makes it ready to run, off the event loop. Rejects with CANCELLED when `signal` aborts. */
  load(request: LoadRequest, signal?: AbortSignal): Promise<LoadedModel>;
  /** Library versions, execution providers found, and for each that is missing what would have to be installed. */
  describe(options?: DescribeOptions): Promise<EngineDescription>;
  /** Unloads what is loaded and ends all threads. Idempotent. */
  close(): Promise<void>;
}

export interface LoadRequest {
  readonly modelName: string;
  readonly modelVersion: string;
  /** Absolute path of the model file (or of its folder, for engines whose models are folders). */
  readonly modelPath: string;
  /** How many runs may be under way at once. */
  readonly instances: number;
  readonly options: EngineOptions;
}

export interface EngineOptions {
  /** Threads inside one run; 0 lets the engine choose so that threads × instances = cores the process may use. */
  readonly intraOpThreads: number;
  readonly interOpThreads: number;
  readonly graphOptimizationLevel: 'disabled' | 'basic' | 'extended' | 'all';
  /** In order of preference; the CPU is always last. */
  readonly executionProviders: readonly ExecutionProvider[];
  /** Keep freed run memory for the next run. */
  readonly memoryArena: boolean;
  /** Folder for optimised models, keyed by content and options; undefined for none. */
  readonly optimizedModelCacheDir: string | undefined;
  /** Anything else the engine documents; unknown keys are refused. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface ExecutionProvider {
  /** `cpu`, `cuda`, `tensorrt`, `webgpu`, … */
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface LoadedModel {
  readonly signature: ModelSignature;
  /** What the model takes in memory, as well as the engine can tell. */
  readonly memoryBytes: number;
  /** Starts one run. At most `instances` are under way; more wait in order. Throws INVALID_ARGUMENT at once for inputs that do not fit the signature. */
  run(request: RunRequest): RunHandle;
  /** Waits for runs under way, then gives the memory back to the operating system. Idempotent. */
  unload(): Promise<void>;
}

export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Producer, domain, description, custom metadata: whatever the file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RunRequest {
  /** One for each input that is given; optional ones may be left out. */
  readonly inputs: readonly RunInput[];
  /** Names of the outputs to compute; empty for all, in the model's order. */
  readonly outputs: readonly string[];
}

export interface RunInput {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  /** Bytes that `write` fills; for BYTES the encoded length, lengths included. */
  readonly byteLength: number;
  /** Fills all of `target` (the engine's own memory, 64-byte aligned). Called once, before the run; this is the one copy in. */
  write(target: Uint8Array): void;
}

export interface RunHandle {
  readonly result: Promise<RunResult>;
  /** Stops the run as soon as the engine can; `result` then rejects with CANCELLED, unless it was already settled. */
  cancel(): void;
}

export interface RunResult {
  readonly outputs: readonly RunOutput[];
  readonly timings: RunTimings;
  /** Gives the memory behind `outputs` back to the engine. Must be called exactly once, after which the bytes are not read. */
  release(): void;
}

/** A view on the engine's memory, valid until `release`. */
export interface RunOutput {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** Durations in µs. */
export interface RunTimings {
  /** From `run` to the start of the computation: waiting for an instance, writing inputs, the hop to the engine's thread. */
  readonly waitUs: number;
  readonly inputUs: number;
  readonly computeUs: number;
  readonly outputUs: number;
}

export interface DescribeOptions {
  /**
   * Look for the devices of providers that are built in, which takes a while and makes some drivers write to stderr. Without
   * it such a provider counts as available.
   */
  readonly tryDevices?: boolean;
}

export interface EngineDescription {
  readonly name: string;
  readonly library: string;
  readonly version: string;
  readonly executionProviders: readonly ExecutionProviderState[];
}

export interface ExecutionProviderState {
  readonly name: string;
  readonly available: boolean;
  /** Why it is not available and what would make it so; empty when it is. */
  readonly reason: string;
}
