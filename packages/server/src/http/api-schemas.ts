import { Type, type TSchema } from 'typebox';

/** JSON bodies of the HTTP interface, once, for the OpenAPI document and for checking what control calls send. */

const strings = Type.Array(Type.String());
const parameters = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
  description: 'Names are free; priority, timeout (µs), binary_data_output and sequence_* have a meaning.',
});
const dataType = Type.String({ description: 'BOOL, UINT8 … UINT64, INT8 … INT64, FP16, BF16, FP32, FP64 or BYTES' });

export const ErrorBody = Type.Object(
  { error: Type.String() },
  { description: 'Every answer that is not 200 has this shape.' },
);

export const ServerMetadataBody = Type.Object({ name: Type.String(), version: Type.String(), extensions: strings });

export const ServerLiveBody = Type.Object({ live: Type.Boolean() });

export const ServerReadyBody = Type.Object({ ready: Type.Boolean() });

export const ModelReadyBody = Type.Object({ name: Type.String(), ready: Type.Boolean() });

export const ModelListBody = Type.Object({ models: strings });

const tensorMetadata = Type.Object({
  name: Type.String(),
  datatype: dataType,
  shape: Type.Array(Type.Integer(), { description: 'With the batch dimension; -1 is any size.' }),
});

export const ModelMetadataBody = Type.Object({
  name: Type.String(),
  versions: strings,
  platform: Type.String(),
  inputs: Type.Array(tensorMetadata),
  outputs: Type.Array(tensorMetadata),
});

const requestInput = Type.Object({
  name: Type.String(),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  datatype: dataType,
  parameters: Type.Optional(parameters),
  data: Type.Optional(
    Type.Array(Type.Any(), { description: 'Nested or flat, row-major; left out when the tensor follows as binary.' }),
  ),
});

const requestOutput = Type.Object({ name: Type.String(), parameters: Type.Optional(parameters) });

export const InferRequestBody = Type.Object({
  id: Type.Optional(Type.String()),
  parameters: Type.Optional(parameters),
  inputs: Type.Array(requestInput),
  outputs: Type.Optional(Type.Array(requestOutput)),
});

export const InferResponseBody = Type.Object({
  model_name: Type.String(),
  model_version: Type.String(),
  id: Type.Optional(Type.String()),
  parameters: Type.Optional(parameters),
  outputs: Type.Array(requestInput),
});

export const ModelConfigBody = Type.Object(
  {
    name: Type.String(),
    platform: Type.String(),
    backend: Type.String(),
    max_batch_size: Type.Integer(),
    input: Type.Array(Type.Any()),
    output: Type.Array(Type.Any()),
  },
  { additionalProperties: true, description: 'Triton’s ModelConfig message as JSON, with every default filled in.' },
);

const duration = Type.Object({ count: Type.Integer(), ns: Type.Integer() });

export const ModelStatisticsBody = Type.Object({
  model_stats: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      last_inference: Type.Integer({ description: 'Milliseconds since the epoch; 0 for never.' }),
      inference_count: Type.Integer(),
      execution_count: Type.Integer(),
      inference_stats: Type.Object({
        success: duration,
        fail: duration,
        queue: duration,
        compute_input: duration,
        compute_infer: duration,
        compute_output: duration,
        cache_hit: duration,
        cache_miss: duration,
      }),
      batch_stats: Type.Array(
        Type.Object({
          batch_size: Type.Integer(),
          compute_input: duration,
          compute_infer: duration,
          compute_output: duration,
        }),
      ),
      memory_usage: Type.Array(Type.Object({ type: Type.String(), id: Type.Integer(), byte_size: Type.Integer() })),
    }),
  ),
});

export const RepositoryIndexRequest = Type.Object(
  { ready: Type.Optional(Type.Boolean({ description: 'Only versions that are ready.' })) },
  { additionalProperties: false },
);

export const RepositoryIndexBody = Type.Array(
  Type.Object({
    name: Type.String(),
    version: Type.Optional(Type.String()),
    state: Type.String(),
    reason: Type.String(),
  }),
);

export const LoadRequestBody = Type.Object(
  {
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: '`config`: JSON text of a model configuration; `file:<version>/<name>`: base64 content of a file.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const UnloadRequestBody = Type.Object(
  {
    parameters: Type.Optional(
      Type.Object({ unload_dependents: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);

export const EmptyBody = Type.Object({});

const settingText = Type.Union([Type.String(), Type.Integer()]);

export const TraceSettingsRequest = Type.Object(
  {
    trace_level: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
    trace_rate: Type.Optional(settingText),
    trace_count: Type.Optional(settingText),
    trace_mode: Type.Optional(settingText),
    log_frequency: Type.Optional(settingText),
    trace_file: Type.Optional(settingText),
  },
  { additionalProperties: false, description: 'null puts a setting back to what the server was started with.' },
);

export const TraceSettingsBody = Type.Object({
  trace_level: strings,
  trace_rate: Type.String(),
  trace_count: Type.String(),
  trace_mode: Type.String(),
});

export const LogSettingsRequest = Type.Object(
  {
    log_file: Type.Optional(Type.String()),
    log_info: Type.Optional(Type.Boolean()),
    log_warning: Type.Optional(Type.Boolean()),
    log_error: Type.Optional(Type.Boolean()),
    log_verbose_level: Type.Optional(Type.Integer({ minimum: 0 })),
    log_format: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export const LogSettingsBody = Type.Object({
  log_file: Type.String(),
  log_info: Type.Boolean(),
  log_warning: Type.Boolean(),
  log_error: Type.Boolean(),
  log_verbose_level: Type.Integer(),
  log_format: Type.String(),
});

const numberOrNull = Type.Union([Type.Number(), Type.Null()]);

export const OverviewBody = Type.Object({
  atMs: Type.Number(),
  windowSeconds: Type.Number(),
  server: Type.Object({
    name: Type.String(),
    version: Type.String(),
    startedAtMs: Type.Number(),
    live: Type.Boolean(),
    ready: Type.Boolean(),
    cores: Type.Number(),
    hostMemoryBytes: Type.Number(),
    modelControl: Type.Union([Type.Literal('none'), Type.Literal('poll'), Type.Literal('explicit')]),
    metricsUrl: Type.String(),
    engines: Type.Array(Type.Any()),
  }),
  process: Type.Object({
    rssBytes: Type.Number(),
    heapUsedBytes: Type.Number(),
    externalBytes: Type.Number(),
    cpuPercent: Type.Number({ description: 'Of one core.' }),
    eventLoopDelayMs: Type.Object({ p50: Type.Number(), p99: Type.Number(), max: Type.Number() }),
    openConnections: Type.Number(),
    bodyBytesInFlight: Type.Number(),
    bodyBytesInFlightMax: Type.Number(),
  }),
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      state: Type.String(),
      reason: Type.String(),
      platform: Type.String(),
      memoryBytes: Type.Number(),
      loadedAtMs: Type.Number(),
      loadDurationMs: Type.Number(),
      maxBatchSize: Type.Number(),
      requestsPerSecond: Type.Number(),
      inferencesPerSecond: Type.Number(),
      failuresPerSecond: Type.Number(),
      latencyMs: Type.Object({ p50: numberOrNull, p90: numberOrNull, p99: numberOrNull }),
      queueMs: Type.Object({ p50: numberOrNull, p99: numberOrNull }),
      batchSizes: Type.Array(Type.Object({ size: Type.Number(), count: Type.Number() })),
      pendingRequests: Type.Number(),
      queuedRows: Type.Number(),
      totals: Type.Object({
        requests: Type.Number(),
        inferences: Type.Number(),
        executions: Type.Number(),
        failures: Type.Number(),
        rejected: Type.Number(),
        cancelled: Type.Number(),
      }),
    }),
  ),
});

const numbers = Type.Array(Type.Number());
const numbersOrNulls = Type.Array(numberOrNull);

export const HistoryBody = Type.Object({
  stepSeconds: Type.Number(),
  atSeconds: numbers,
  process: Type.Object({ rssBytes: numbers, cpuPercent: numbers, eventLoopDelayP99Ms: numbers }),
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      requestsPerSecond: numbers,
      inferencesPerSecond: numbers,
      failuresPerSecond: numbers,
      latencyP50Ms: numbersOrNulls,
      latencyP99Ms: numbersOrNulls,
      queueP99Ms: numbersOrNulls,
      meanBatchSize: numbersOrNulls,
    }),
  ),
});

export const BatchesBody = Type.Object({
  batches: Type.Array(
    Type.Object({
      wallMs: Type.Number(),
      rows: Type.Number(),
      requests: Type.Number(),
      cut: Type.String({ description: 'Why the batch was started when it was.' }),
      oldestWaitedUs: Type.Number(),
      queuedRequestsBefore: Type.Number(),
      computeUs: Type.Number(),
      outcome: Type.String(),
    }),
  ),
});

/** All named bodies, for `components.schemas`. */
export const API_SCHEMAS: Readonly<Record<string, TSchema>> = {
  Error: ErrorBody,
  ServerMetadata: ServerMetadataBody,
  ServerLive: ServerLiveBody,
  ServerReady: ServerReadyBody,
  ModelReady: ModelReadyBody,
  ModelList: ModelListBody,
  ModelMetadata: ModelMetadataBody,
  InferRequest: InferRequestBody,
  InferResponse: InferResponseBody,
  ModelConfig: ModelConfigBody,
  ModelStatistics: ModelStatisticsBody,
  RepositoryIndexRequest: RepositoryIndexRequest,
  RepositoryIndex: RepositoryIndexBody,
  LoadRequest: LoadRequestBody,
  UnloadRequest: UnloadRequestBody,
  Empty: EmptyBody,
  TraceSettingsRequest: TraceSettingsRequest,
  TraceSettings: TraceSettingsBody,
  LogSettingsRequest: LogSettingsRequest,
  LogSettings: LogSettingsBody,
  Overview: OverviewBody,
  History: HistoryBody,
  Batches: BatchesBody,
};
