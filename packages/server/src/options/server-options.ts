import { DEFAULT_LIMITS, type DeepReadonly } from '@rangefinder/base';
import { Type, type Static } from 'typebox';
import { LOG_LEVELS } from '../logging/log-level.ts';

const GIB = 2 ** 30;

function list(description: string, flag?: string) {
  return Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    description,
    ...(flag === undefined ? {} : { flag }),
  });
}

/** Name → list, in the file or as JSON: {"drivers": ["driver_stats:rating"]}. */
function lists(description: string) {
  return Type.Record(Type.String(), Type.Array(Type.String({ minLength: 1 })), { default: {}, description });
}

function port(value: number, description: string) {
  return Type.Integer({ minimum: 0, maximum: 65_535, default: value, description });
}

function seconds(value: number, description: string) {
  return Type.Number({ minimum: 0, maximum: 1e6, default: value, unit: 's', description });
}

function limit(name: keyof typeof DEFAULT_LIMITS) {
  const unit = name.endsWith('Bytes') ? 'bytes' : name.endsWith('Ms') ? 'ms' : '';
  return Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    default: DEFAULT_LIMITS[name],
    ...(unit === '' ? {} : { unit }),
    description: `Limit: ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
  });
}

const limits = Type.Object(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, limit(name as keyof typeof DEFAULT_LIMITS)])) as {
    [name in keyof typeof DEFAULT_LIMITS]: ReturnType<typeof limit>;
  },
  { additionalProperties: false },
);

/** Every option of the server: one schema for the file, the environment, the flags, `--help` and `--print-config`. */
export const SERVER_OPTIONS = Type.Object(
  {
    modelRepository: list('Folder with models; may be given several times'),
    modelControlMode: Type.Union([Type.Literal('none'), Type.Literal('poll'), Type.Literal('explicit')], {
      default: 'none',
      description:
        'none: load all at the start; poll: also follow changes; explicit: load what --load-model and clients say',
    }),
    loadModels: list('Model to load at the start in explicit mode; * is all', 'load-model'),
    repositoryPollSeconds: Type.Number({
      minimum: 0.1,
      maximum: 1e6,
      default: 2,
      unit: 's',
      description: 'Time between looks at the repository in poll mode',
    }),
    loadOnDemand: Type.Boolean({ default: false, description: 'Load a model when a request for it comes' }),
    loadConcurrency: Type.Integer({
      minimum: 1,
      maximum: 256,
      default: 2,
      description: 'Models that load at the same time',
    }),
    modelMemoryBudgetBytes: Type.Integer({
      minimum: 0,
      default: 0,
      unit: 'bytes',
      description: 'Memory for all models; the least recently used give way; 0 is no budget',
    }),
    exitOnError: Type.Boolean({ default: false, description: 'End when a model cannot be loaded at the start' }),
    host: Type.String({
      minLength: 1,
      default: '127.0.0.1',
      description: 'Address to listen on; 0.0.0.0 is every one',
    }),
    httpPort: port(8000, 'Port of the HTTP interface and the dashboard; 0 lets the system choose'),
    grpcPort: port(8001, 'Port of the gRPC interface; 0 lets the system choose'),
    grpc: Type.Boolean({ default: true, description: 'Whether to offer gRPC' }),
    metricsPort: port(8002, 'Port of /metrics; 0 lets the system choose'),
    metrics: Type.Boolean({ default: true, description: 'Whether to offer /metrics' }),
    httpKeepAliveSeconds: seconds(65, 'How long an idle connection is kept'),
    corsOrigins: list('Origin whose pages may call this server; * is any', 'cors-origin'),
    allowedHosts: list('Name under which browsers may call this server; * is any', 'allowed-host'),
    httpRestrictedApi: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      secret: true,
      description: 'group+group:header=value: endpoints that need a secret in a header, over gRPC as well',
    }),
    shutdownGraceSeconds: seconds(30, 'How long requests in flight may take after a stop signal'),
    rankerRepository: Type.String({
      default: '',
      description: 'Folder with rankers to serve, a folder with ranker.yaml each; empty is none',
    }),
    rankerCacheDir: Type.String({
      default: '',
      description: 'Folder for snapshots of vector indexes; empty is .cache in the folder of each ranker',
    }),
    featureRepository: Type.String({
      default: '',
      description: 'Folder with the views of features to serve; empty is none',
    }),
    featureStore: Type.String({
      minLength: 1,
      default: 'embedded',
      secret: true,
      description:
        'Where features lie: embedded, memory, redis://host:6379, redis+cluster://host:7000,host:7001, memcached://host:11211 or dynamodb://region/table',
    }),
    featureStoreDir: Type.String({
      default: '',
      description: 'Folder of the embedded feature store; empty is the feature repository',
    }),
    featureServices: lists('Features that callers ask for by one name'),
    featurePushSources: lists('Views that are pushed to by one name'),
    featureTimeoutMs: Type.Integer({
      minimum: 1,
      maximum: 600_000,
      default: 1000,
      unit: 'ms',
      description: 'Time that a feature store has to answer a request without a deadline',
    }),
    featureCacheBytes: Type.Integer({
      minimum: 0,
      default: 64 * 1024 * 1024,
      unit: 'bytes',
      description: 'Memory for copies of rows of an external feature store; 0 is no cache',
    }),
    featureCacheFreshMs: Type.Integer({
      minimum: 0,
      maximum: 3_600_000,
      default: 200,
      unit: 'ms',
      description: 'How long a copy is served without asking the store; what others write is seen after it',
    }),
    featureCacheStaleSeconds: seconds(3600, 'How old a copy may be that is served while the store does not answer'),
    onnxruntimeLibrary: Type.String({
      default: '',
      description: 'ONNX Runtime library to use in place of the one that comes along',
    }),
    engineThreads: Type.Integer({
      minimum: 0,
      maximum: 1024,
      default: 0,
      description: 'Threads that run models; 0 is as many as cores',
    }),
    optimizedModelCacheDir: Type.String({
      default: '',
      description: 'Folder to keep optimised models in; empty is none',
    }),
    logLevel: Type.Union(
      LOG_LEVELS.map((level) => Type.Literal(level)),
      { default: 'info', description: 'What to log; can be changed at run time' },
    ),
    logFormat: Type.Union([Type.Literal('auto'), Type.Literal('json'), Type.Literal('text')], {
      default: 'auto',
      description: 'auto: text on a terminal, JSON elsewhere',
    }),
    otelEndpoint: Type.String({
      default: '',
      description: 'OpenTelemetry collector, http://host:4318; OTEL_EXPORTER_OTLP_ENDPOINT says the same',
    }),
    otelHeaders: Type.Record(Type.String(), Type.String(), {
      default: {},
      secret: true,
      description: 'Headers for the collector: name=value,name=value',
    }),
    otelServiceName: Type.String({
      minLength: 1,
      default: 'rangefinder',
      description: 'Name of this service in traces',
    }),
    traceRate: Type.Integer({ minimum: 0, default: 1, description: 'Trace one request in so many; 0 is none' }),
    limits,
  },
  { additionalProperties: false },
);

export type ServerOptions = DeepReadonly<Static<typeof SERVER_OPTIONS>>;

function portsTakenTwice(options: Static<typeof SERVER_OPTIONS>): { path: string[]; message: string }[] {
  const ports = [
    { name: 'httpPort', port: options.httpPort, used: true },
    { name: 'grpcPort', port: options.grpcPort, used: options.grpc },
    { name: 'metricsPort', port: options.metricsPort, used: options.metrics },
  ].filter(({ port, used }) => used && port !== 0);
  return ports.flatMap(({ name, port }, i) => {
    const first = ports.slice(0, i).find((earlier) => earlier.port === port);
    return first === undefined
      ? []
      : [{ path: [name], message: `expected a port other than ${first.name}, got ${port}` }];
  });
}

/** What a schema cannot say: one option against another. */
export function checkServerOptions(options: Static<typeof SERVER_OPTIONS>): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  problems.push(...portsTakenTwice(options));
  if (options.loadModels.length > 0 && options.modelControlMode !== 'explicit') {
    problems.push({
      path: ['loadModels'],
      message: `expected modelControlMode explicit together with it, got ${options.modelControlMode}`,
    });
  }
  // Whether a ranker brings the views along is known when their folders are read.
  const hasViews = options.featureRepository !== '' || options.rankerRepository !== '';
  if (!hasViews && options.featureStore !== 'embedded') {
    problems.push({ path: ['featureStore'], message: 'expected featureRepository, the folder of the views, with it' });
  }
  if (options.rankerRepository === '' && options.rankerCacheDir !== '') {
    problems.push({
      path: ['rankerCacheDir'],
      message: 'expected rankerRepository, the folder of the rankers, with it',
    });
  }
  if (options.otelEndpoint !== '' && !/^https?:\/\/[^/]/.test(options.otelEndpoint)) {
    problems.push({
      path: ['otelEndpoint'],
      message: `expected a URL that starts with http:// or https://, got ${JSON.stringify(options.otelEndpoint)}`,
    });
  }
  if (options.limits.httpBodiesInFlightBytes < options.limits.httpBodyBytes) {
    problems.push({
      path: ['limits', 'httpBodiesInFlightBytes'],
      message: `expected at least httpBodyBytes (${options.limits.httpBodyBytes})`,
    });
  }
  if (options.limits.httpBodyBytes > 4 * GIB) {
    problems.push({
      path: ['limits', 'httpBodyBytes'],
      message: `expected at most ${4 * GIB}, got ${options.limits.httpBodyBytes}`,
    });
  }
  return problems;
}
