import { Type, type TSchema } from 'typebox';
import {
  FeatureHealthBody,
  OnlineFeaturesBody,
  OnlineFeaturesRequestBody,
  PushRequestBody,
  PushResultBody,
} from '../features/feature-schemas.ts';
import { RankerBody, RankerListBody, RankRequestBody, RankResponseBody } from '../ranking/rank-schemas.ts';
import type { ApiContent, ApiOperation, ApiParameter } from './api-operation.ts';
import * as schemas from './api-schemas.ts';

const OCTETS = 'application/octet-stream';
const JSON_TEXT = 'application/json';

const timeoutHeader: ApiParameter = {
  name: 'Rangefinder-Timeout-Ms',
  schema: Type.Integer({ minimum: 1 }),
  description:
    'Milliseconds after which the answer is worthless. A request that cannot make it is refused. `X-Request-Timeout-Ms` means the same.',
};

const inferenceHeaderLength: ApiParameter = {
  name: 'Inference-Header-Content-Length',
  schema: Type.Integer({ minimum: 0 }),
  description:
    'Bytes of JSON at the start of a body that carries binary tensors after it; 0 for a body that is the raw data of the only input.',
};

const infer = {
  group: 'inference',
  summary: 'Run a model',
  description: 'Open Inference Protocol, JSON and binary tensors. Requests of many callers are batched together.',
  headers: [inferenceHeaderLength, timeoutHeader],
  requestBody: { description: 'Tensors in', content: { [JSON_TEXT]: schemas.InferRequestBody, [OCTETS]: undefined } },
  response: { description: 'Tensors out', content: { [JSON_TEXT]: schemas.InferResponseBody, [OCTETS]: undefined } },
  errors: [
    'INVALID_ARGUMENT',
    'NOT_FOUND',
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED',
    'QUEUE_FULL',
    'UNAVAILABLE',
    'DEADLINE_EXCEEDED',
    'INTERNAL',
  ],
} as const;

const metadata = {
  group: 'metadata',
  summary: 'A model’s inputs and outputs',
  response: json('Metadata', schemas.ModelMetadataBody),
  errors: ['NOT_FOUND', 'UNAVAILABLE'],
} as const;

const modelReady = {
  group: 'health',
  summary: 'Whether a model is ready',
  response: json('It is; 503 when it is not', schemas.ModelReadyBody),
  errors: ['NOT_FOUND', 'UNAVAILABLE'],
} as const;

const config = {
  group: 'model-config',
  summary: 'A model’s whole configuration',
  response: json('Configuration', schemas.ModelConfigBody),
  errors: ['NOT_FOUND', 'UNAVAILABLE'],
} as const;

const statistics = {
  group: 'statistics',
  summary: 'Counts and durations since the load',
  response: json('Statistics', schemas.ModelStatisticsBody),
  errors: ['NOT_FOUND', 'UNAVAILABLE'],
} as const;

const generate = {
  group: 'inference',
  summary: 'Generate text',
  description: 'Not for the models that this server runs: always 501 for a known model.',
  response: { description: 'Never', content: {} },
  errors: ['NOT_FOUND', 'UNSUPPORTED'],
} as const;

const sharedMemory = {
  group: 'shared-memory',
  summary: 'Shared memory (not offered: always 501)',
  response: { description: 'Never', content: {} },
  errors: ['UNSUPPORTED'],
} as const;

const traceSettings = {
  group: 'trace',
  response: json('The settings that hold now', schemas.TraceSettingsBody),
} as const;
const traceRequest = json('Settings to change', schemas.TraceSettingsRequest);

const page = { group: 'dashboard', errors: [] } as const;

/** Every endpoint of the HTTP listener. The router binds a handler to each, and the OpenAPI document is written from it. */
export const API_OPERATIONS = {
  serverMetadata: get('/v2', {
    group: 'metadata',
    summary: 'Name, version and extensions of the server',
    response: json('Metadata', schemas.ServerMetadataBody),
    errors: [],
  }),
  serverLive: get('/v2/health/live', {
    group: 'health',
    summary: 'Whether the process lives',
    response: json('It does', schemas.ServerLiveBody),
    errors: [],
  }),
  serverReady: get('/v2/health/ready', {
    group: 'health',
    summary: 'Whether all models that should be served are',
    response: json('They are; 503 when not', schemas.ServerReadyBody),
    errors: ['UNAVAILABLE'],
  }),
  modelList: get('/v2/models', {
    group: 'metadata',
    summary: 'Names of the models that are ready',
    response: json('Names', schemas.ModelListBody),
    errors: [],
  }),
  modelMetadata: get('/v2/models/{model}', metadata),
  modelVersionMetadata: get('/v2/models/{model}/versions/{version}', metadata),
  modelReady: get('/v2/models/{model}/ready', modelReady),
  modelVersionReady: get('/v2/models/{model}/versions/{version}/ready', modelReady),
  modelInfer: post('/v2/models/{model}/infer', infer),
  modelVersionInfer: post('/v2/models/{model}/versions/{version}/infer', infer),
  modelConfig: get('/v2/models/{model}/config', config),
  modelVersionConfig: get('/v2/models/{model}/versions/{version}/config', config),
  allStatistics: get('/v2/models/stats', statistics),
  modelStatistics: get('/v2/models/{model}/stats', statistics),
  modelVersionStatistics: get('/v2/models/{model}/versions/{version}/stats', statistics),
  modelGenerate: post('/v2/models/{model}/generate', generate),
  modelVersionGenerate: post('/v2/models/{model}/versions/{version}/generate', generate),
  modelGenerateStream: post('/v2/models/{model}/generate_stream', generate),
  modelVersionGenerateStream: post('/v2/models/{model}/versions/{version}/generate_stream', generate),
  rankerList: get('/v1/rankers', {
    group: 'ranking',
    summary: 'Names of the rankers',
    response: json('Names', RankerListBody),
    errors: [],
  }),
  ranker: get('/v1/rankers/{ranker}', {
    group: 'ranking',
    summary: 'A ranker’s whole configuration',
    response: json('Configuration', RankerBody),
    errors: ['NOT_FOUND'],
  }),
  rank: post('/v1/rankers/{ranker}/rank', {
    group: 'ranking',
    summary: 'Rank items for a user',
    description:
      'Candidates, filters, features, models and re-ranking in one call within one deadline. What could not be done in time is left out, and `degradations` says so.',
    headers: [timeoutHeader],
    requestBody: json('Whom and what to rank', RankRequestBody),
    response: json('A page of items, best first', RankResponseBody),
    errors: ['INVALID_ARGUMENT', 'NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL'],
  }),
  getOnlineFeatures: post('/get-online-features', {
    group: 'features',
    summary: 'Features of entities, as Feast’s feature server answers',
    description:
      'Ages are enforced: a value older than its view allows is null with the status OUTSIDE_MAX_AGE. `Rangefinder-Stale-Rows` says how many rows are copies, served because the store did not answer.',
    headers: [timeoutHeader],
    requestBody: json('Features and entities', OnlineFeaturesRequestBody),
    response: json('A column for each entity key and feature', OnlineFeaturesBody),
    errors: [
      'INVALID_ARGUMENT',
      'NOT_FOUND',
      'PAYLOAD_TOO_LARGE',
      'UNSUPPORTED',
      'UNAVAILABLE',
      'DEADLINE_EXCEEDED',
      'INTERNAL',
    ],
  }),
  pushFeatures: post('/push', {
    group: 'features',
    summary: 'Writes features or events, as Feast’s feature server takes them',
    requestBody: json('Rows as a data frame', PushRequestBody),
    response: json('What became of them; readable from now on', PushResultBody),
    errors: ['INVALID_ARGUMENT', 'NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED', 'UNAVAILABLE', 'INTERNAL'],
  }),
  featureHealth: get('/health', {
    group: 'health',
    summary: 'Whether the feature store answers',
    response: json('It does', FeatureHealthBody),
    errors: ['UNSUPPORTED', 'UNAVAILABLE'],
  }),
  repositoryIndex: post('/v2/repository/index', {
    group: 'model-repository',
    summary: 'All models of the repository with their states',
    requestBody: json('What to list', schemas.RepositoryIndexRequest),
    response: json('Models', schemas.RepositoryIndexBody),
    errors: ['INVALID_ARGUMENT'],
  }),
  modelLoad: post('/v2/repository/models/{model}/load', {
    group: 'model-repository',
    summary: 'Load or reload a model',
    description: 'Answers when it serves. When it cannot be loaded, the version that served before goes on.',
    requestBody: json('A configuration or files that replace those of the repository', schemas.LoadRequestBody),
    response: json('Loaded', schemas.EmptyBody),
    errors: ['INVALID_ARGUMENT', 'FORBIDDEN', 'NOT_FOUND', 'MODEL_INVALID', 'RESOURCE_EXHAUSTED'],
  }),
  modelUnload: post('/v2/repository/models/{model}/unload', {
    group: 'model-repository',
    summary: 'Unload a model',
    requestBody: json('Parameters', schemas.UnloadRequestBody),
    response: json('Unloaded', schemas.EmptyBody),
    errors: ['INVALID_ARGUMENT', 'FORBIDDEN', 'NOT_FOUND'],
  }),
  logSettings: get('/v2/logging', {
    group: 'logging',
    summary: 'Log settings',
    response: json('Settings', schemas.LogSettingsBody),
    errors: [],
  }),
  changeLogSettings: post('/v2/logging', {
    group: 'logging',
    summary: 'Change log settings',
    requestBody: json('Settings to change', schemas.LogSettingsRequest),
    response: json('The settings that hold now', schemas.LogSettingsBody),
    errors: ['INVALID_ARGUMENT', 'UNSUPPORTED'],
  }),
  traceSettings: get('/v2/trace/setting', { ...traceSettings, summary: 'Trace settings', errors: [] }),
  changeTraceSettings: post('/v2/trace/setting', {
    ...traceSettings,
    summary: 'Change trace settings',
    requestBody: traceRequest,
    errors: ['INVALID_ARGUMENT', 'UNSUPPORTED'],
  }),
  modelTraceSettings: get('/v2/models/{model}/trace/setting', {
    ...traceSettings,
    summary: 'Trace settings of a model',
    errors: ['NOT_FOUND'],
  }),
  changeModelTraceSettings: post('/v2/models/{model}/trace/setting', {
    ...traceSettings,
    summary: 'Change trace settings of a model',
    requestBody: traceRequest,
    errors: ['INVALID_ARGUMENT', 'NOT_FOUND', 'UNSUPPORTED'],
  }),
  systemSharedMemoryStatus: get('/v2/systemsharedmemory/status', sharedMemory),
  systemSharedMemoryRegionStatus: get('/v2/systemsharedmemory/region/{region}/status', sharedMemory),
  systemSharedMemoryRegister: post('/v2/systemsharedmemory/region/{region}/register', sharedMemory),
  systemSharedMemoryRegionUnregister: post('/v2/systemsharedmemory/region/{region}/unregister', sharedMemory),
  systemSharedMemoryUnregister: post('/v2/systemsharedmemory/unregister', sharedMemory),
  cudaSharedMemoryStatus: get('/v2/cudasharedmemory/status', sharedMemory),
  cudaSharedMemoryRegionStatus: get('/v2/cudasharedmemory/region/{region}/status', sharedMemory),
  cudaSharedMemoryRegister: post('/v2/cudasharedmemory/region/{region}/register', sharedMemory),
  cudaSharedMemoryRegionUnregister: post('/v2/cudasharedmemory/region/{region}/unregister', sharedMemory),
  cudaSharedMemoryUnregister: post('/v2/cudasharedmemory/unregister', sharedMemory),
  overview: get('/api/v1/overview', {
    group: 'dashboard',
    summary: 'Server, process and models at a glance',
    response: json('Overview', schemas.OverviewBody),
    errors: [],
  }),
  events: get('/api/v1/events', {
    group: 'dashboard',
    summary: 'The overview once a second, as server-sent events',
    response: {
      description: 'Events named `overview`, each with an Overview as data',
      content: { 'text/event-stream': undefined },
    },
    errors: ['RESOURCE_EXHAUSTED'],
  }),
  history: get('/api/v1/history', {
    group: 'dashboard',
    summary: 'The last five minutes, second by second',
    response: json('History', schemas.HistoryBody),
    errors: [],
  }),
  recentBatches: get('/api/v1/models/{model}/versions/{version}/batches', {
    group: 'dashboard',
    summary: 'The last batches, newest first, each with why it was cut',
    response: json('Batches', schemas.BatchesBody),
    errors: ['NOT_FOUND', 'UNAVAILABLE'],
  }),
  openApiDocument: get('/openapi.json', {
    ...page,
    summary: 'This document',
    response: { description: 'OpenAPI 3.1', content: { [JSON_TEXT]: undefined } },
  }),
  docsPage: get('/docs', { ...page, summary: 'This document as a page', response: html('A page') }),
  dashboard: get('/', { ...page, summary: 'The dashboard', response: html('A page'), errors: ['NOT_FOUND'] }),
  dashboardAsset: get('/assets/{path...}', {
    ...page,
    summary: 'A file of the dashboard',
    response: { description: 'A file', content: { '*/*': undefined } },
    errors: ['NOT_FOUND'],
  }),
} as const satisfies Record<string, ApiOperation>;

export type OperationId = keyof typeof API_OPERATIONS;

type Rest = Omit<ApiOperation, 'method' | 'path'>;

function get(path: string, rest: Rest): ApiOperation {
  return { method: 'GET', path, ...rest };
}

function post(path: string, rest: Rest): ApiOperation {
  return { method: 'POST', path, ...rest };
}

function json(description: string, schema: TSchema): ApiContent {
  return { description, content: { [JSON_TEXT]: schema } };
}

function html(description: string): ApiContent {
  return { description, content: { 'text/html': undefined } };
}
