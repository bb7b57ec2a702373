import type { DataType } from '@rangefinder/tensor';

/**
 * A model's configuration with every default filled in, under the field names of Triton's `ModelConfig` message, so that
 * `GET /v2/models/M/config` can return it as it is. `config.pbtxt` and `model.yaml` are two ways to write it.
 */
export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  /** Name of the engine: `onnx` (written `onnxruntime` by Triton users) or `builtin`. */
  readonly backend: string;
  /** 0: the model's first dimension is not a batch dimension and requests are run one by one. */
  readonly max_batch_size: number;
  readonly input: readonly ModelInput[];
  readonly output: readonly ModelOutput[];
  readonly default_model_filename: string;
  readonly version_policy: VersionPolicy;
  readonly instance_group: readonly InstanceGroup[];
  /** Present exactly when requests are batched dynamically; when `max_batch_size` is 0, only its priorities and queue policies apply. */
  readonly dynamic_batching?: DynamicBatching;
  readonly model_warmup: readonly ModelWarmup[];
  readonly optimization: Optimization;
  readonly response_cache: { readonly enable: boolean };
  readonly model_transaction_policy: { readonly decoupled: boolean };
  /** Engine options and anything else, as Triton writes it. */
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
}

export interface ModelInput {
  readonly name: string;
  /** `TYPE_FP32`; BYTES is `TYPE_STRING`. */
  readonly data_type: string;
  /** Without the batch dimension when `max_batch_size` > 0; -1 is any size. */
  readonly dims: readonly number[];
  readonly optional: boolean;
  /** Requests whose sizes differ in the -1 dimensions may share a batch, padded to the largest. */
  readonly allow_ragged_batch: boolean;
  /** How a ragged input is padded; a Rangefinder extension. */
  readonly padding?: Padding;
  readonly label_filename?: string;
}

export interface Padding {
  /** Sizes to pad the ragged dimension to, ascending; a size above the last is padded to the largest in its batch. Empty: pad to the largest in the batch. */
  readonly buckets: readonly number[];
  /** The element written where there is no data; numbers only. */
  readonly value: number;
}

export interface ModelOutput {
  readonly name: string;
  readonly data_type: string;
  readonly dims: readonly number[];
  /** Class names, a line each, beside the configuration; for the classification extension. */
  readonly label_filename: string;
  /** For padded batches: the output dimension (without batch) that shrinks back to the request's own size, taken from this input's ragged dimension. A Rangefinder extension. */
  readonly unpad?: { readonly dim: number; readonly input: string };
}

export type VersionPolicy =
  | { readonly latest: { readonly num_versions: number } }
  | { readonly all: Readonly<Record<string, never>> }
  | { readonly specific: { readonly versions: readonly number[] } };

export interface InstanceGroup {
  readonly name: string;
  readonly kind: 'KIND_AUTO' | 'KIND_CPU' | 'KIND_GPU' | 'KIND_MODEL';
  /** 0 lets the server choose. */
  readonly count: number;
  readonly gpus: readonly number[];
}

export interface DynamicBatching {
  readonly preferred_batch_size: readonly number[];
  readonly max_queue_delay_microseconds: number;
  readonly preserve_ordering: boolean;
  readonly priority_levels: number;
  readonly default_priority_level: number;
  readonly default_queue_policy: QueuePolicy;
  /** By priority level. */
  readonly priority_queue_policy: Readonly<Record<string, QueuePolicy>>;
}

export interface QueuePolicy {
  readonly timeout_action: 'REJECT' | 'DELAY';
  /** 0: no timeout. */
  readonly default_timeout_microseconds: number;
  readonly allow_timeout_override: boolean;
  /** 0: the server's own limit. */
  readonly max_queue_size: number;
}

export interface ModelWarmup {
  readonly name: string;
  readonly batch_size: number;
  readonly count: number;
  readonly inputs: Readonly<Record<string, WarmupInput>>;
}

export interface WarmupInput {
  readonly data_type: string;
  readonly dims: readonly number[];
  readonly zero_data?: boolean;
  readonly random_data?: boolean;
  /** A file in `<model>/warmup/` with the tensor's raw bytes (BYTES: encoded). */
  readonly input_data_file?: string;
}

export interface Optimization {
  readonly graph: { readonly level: number };
  readonly execution_accelerators?: {
    readonly gpu_execution_accelerator?: readonly Accelerator[];
    readonly cpu_execution_accelerator?: readonly Accelerator[];
  };
}

export interface Accelerator {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** `TYPE_STRING` ↔ BYTES, `TYPE_FP32` ↔ FP32, and so on. */
export type ConfigDataType = `TYPE_${Exclude<DataType, 'BYTES'>}` | 'TYPE_STRING';
