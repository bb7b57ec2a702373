import type { AddressInfo } from 'node:net';
import { RangefinderError, systemClock, toRangefinderError, type Clock, type Logger } from '@rangefinder/base';
import type { RankObserver } from '@rangefinder/ranking';
import type { FeatureService } from '@rangefinder/features';
import { dashboardDirectory } from '@rangefinder/dashboard';
import type { ModelServer } from '@rangefinder/serving';
import { EventStream } from './admin/event-stream.ts';
import { OverviewBuilder } from './admin/overview-builder.ts';
import { TrafficSampler } from './admin/traffic-sampler.ts';
import { prepare, type Prepared } from './composition/preparation.ts';
import type { ServedFeatures } from './features/feature-handlers.ts';
import type { GrpcFrontEnd } from './grpc/grpc-front-end.ts';
import { apiRoutes } from './http/api-routes.ts';
import { ByteBudget } from './transport/byte-budget.ts';
import { Dispatcher, type HttpObserver } from './http/dispatcher.ts';
import { HttpListener } from './http/http-listener.ts';
import { RequestIds } from './transport/request-ids.ts';
import { RestrictedAccess } from './transport/restricted-access.ts';
import type { AdjustableLogLevel } from './logging/log-level.ts';
import { PinoLogger } from './logging/pino-logger.ts';
import { GrpcMetrics } from './metrics/grpc-metrics.ts';
import { HttpCounters } from './metrics/http-counters.ts';
import type { ServerOptions } from './options/server-options.ts';
import { StaticPages } from './pages/static-pages.ts';
import type { RankerProgressObserver } from './rankers/ranker-loading.ts';
import { RankerCalls, type Rankers } from './ranking/ranker-calls.ts';
import { RankingMetrics } from './ranking/ranking-metrics.ts';
import { SERVER_NAME, SERVER_VERSION } from './server-version.ts';
import type { OtlpExporter } from './tracing/otlp-exporter.ts';
import { TraceSampler } from './tracing/trace-sampler.ts';

/** A serving layer that begins to load when it is told to. */
export interface StartableModelServer extends ModelServer {
  start(): Promise<void>;
}

/** What tests and embedding programs may put in place of the real thing. */
export interface ServerParts {
  readonly models?: StartableModelServer;
  readonly logger?: Logger & AdjustableLogLevel;
  readonly clock?: Clock;
  /** The folder of the built dashboard. */
  readonly dashboard?: URL;
  /** Makes the rankers to serve, once, before anything is loaded. */
  readonly rankers?: (parts: RankerSurroundings) => Rankers;
  /** Hears how far the rankers of the repository are. */
  readonly rankerProgress?: RankerProgressObserver;
  /** Aborts a start that is under way while the rankers load. */
  readonly stopping?: AbortSignal;
  /** Features to serve in place of the feature repository; closed with the server. */
  readonly features?: FeatureService;
  /** Called when the listeners are open and loading begins. */
  readonly onListening?: (server: RunningServer) => void;
}

/** What a server has that rankers are made of. */
export interface RankerSurroundings {
  readonly models: ModelServer;
  readonly clock: Clock;
  /** Feeds `/metrics`. */
  readonly observer: RankObserver;
}

export interface RunningServer {
  readonly httpAddress: AddressInfo;
  /** `http://127.0.0.1:8000`. */
  readonly httpUrl: string;
  /** Undefined when gRPC is off. */
  readonly grpcAddress: AddressInfo | undefined;
  /** `127.0.0.1:8001`; empty when gRPC is off. */
  readonly grpcTarget: string;
  /** Undefined when metrics are off. */
  readonly metricsAddress: AddressInfo | undefined;
  readonly metricsUrl: string;
  readonly modelServer: ModelServer;
  readonly rankerNames: readonly string[];
  readonly logger: Logger;
  /** Not ready from now; finishes what is in flight within `graceMs`, cancels the rest, closes everything. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Answers still being written when the serving layer is done get this long. */
const CLOSE_MS = 1_000;
const TRACE_FLUSH_MS = 2_000;

/**
 * Reads features and rankers, opens the listeners, so that health can be asked from there on, loads the models, and resolves
 * when they are served. Rejects, with everything closed again, when a port cannot be had or a repository cannot be read.
 */
export async function startServer(options: ServerOptions, parts: ServerParts = {}): Promise<RunningServer> {
  const clock = parts.clock ?? systemClock;
  const logger =
    parts.logger ?? new PinoLogger({ level: options.logLevel, format: options.logFormat, sink: process.stderr });
  const models = parts.models ?? (await import('./composition/model-serving.ts')).modelServing(options, clock, logger);
  const ranking = new RankingMetrics();
  const dashboard = parts.dashboard ?? dashboardDirectory;
  const prepared = await prepare(options, models, { ...parts, clock, logger, observer: ranking });
  let server: Server;
  try {
    server = new Server(options, models, { clock, logger, dashboard, ranking, prepared });
  } catch (thrown) {
    await models.shutdown(0);
    await prepared.close();
    throw thrown;
  }
  try {
    await server.listen();
    parts.onListening?.(server);
    await models.start();
    server.started();
    if (options.exitOnError) await requireAllLoaded(models);
    return server;
  } catch (thrown) {
    await server.close(0);
    throw thrown;
  }
}

/** Everything around one serving layer. */
class Server implements RunningServer {
  readonly modelServer: ModelServer;
  readonly logger: Logger;
  httpAddress!: AddressInfo;
  grpcAddress: AddressInfo | undefined = undefined;
  metricsAddress: AddressInfo | undefined = undefined;
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #dashboard: URL;
  readonly #log: Logger & AdjustableLogLevel;
  readonly #sampler: TrafficSampler;
  readonly #counters = new HttpCounters();
  readonly #ranking: RankingMetrics;
  readonly #rankers: RankerCalls;
  readonly #features: ServedFeatures | undefined;
  readonly #closePrepared: () => Promise<void>;
  readonly #budget: ByteBudget;
  readonly #requestIds = new RequestIds();
  readonly #restrictions: RestrictedAccess;
  readonly #grpcMetrics = new GrpcMetrics();
  #grpc: GrpcFrontEnd | undefined = undefined;
  #listener: HttpListener | undefined = undefined;
  #events: EventStream | undefined = undefined;
  #exporter: OtlpExporter | undefined = undefined;
  #closeMetrics: () => Promise<void> = async () => {};
  #closing: Promise<void> | undefined = undefined;

  constructor(
    options: ServerOptions,
    models: ModelServer,
    parts: {
      clock: Clock;
      logger: Logger & AdjustableLogLevel;
      dashboard: URL;
      ranking: RankingMetrics;
      prepared: Prepared;
    },
  ) {
    this.#options = options;
    this.modelServer = models;
    this.logger = parts.logger;
    this.#log = parts.logger;
    this.#clock = parts.clock;
    this.#dashboard = parts.dashboard;
    this.#ranking = parts.ranking;
    this.#rankers = new RankerCalls(parts.prepared.rankers);
    this.#features = parts.prepared.features;
    this.#closePrepared = () => parts.prepared.close();
    this.#sampler = new TrafficSampler(parts.clock);
    this.#budget = new ByteBudget(options.limits.httpBodiesInFlightBytes);
    this.#restrictions = new RestrictedAccess(options.httpRestrictedApi);
  }

  get httpUrl(): string {
    return urlOf(this.httpAddress);
  }

  get grpcTarget(): string {
    return this.grpcAddress === undefined ? '' : urlOf(this.grpcAddress).slice('http://'.length);
  }

  get rankerNames(): readonly string[] {
    return this.#rankers.names;
  }

  get metricsUrl(): string {
    return this.metricsAddress === undefined ? '' : `${urlOf(this.metricsAddress)}/metrics`;
  }

  async listen(): Promise<void> {
    const { host, httpPort, limits, httpKeepAliveSeconds, grpc, metrics } = this.#options;
    const observers: HttpObserver[] = [this.#counters];
    const traces = new TraceSampler({ rate: this.#options.traceRate, count: -1 }, this.#options.otelEndpoint !== '');
    if (traces.connected) observers.push(await this.#tracer(traces));
    const { httpHeaderBytes, httpConnections, httpRequestReceiveMs } = limits;
    const keepAliveMs = httpKeepAliveSeconds * 1000;
    const listener = new HttpListener(this.#dispatcher(observers, traces), {
      host,
      port: httpPort,
      httpHeaderBytes,
      httpConnections,
      httpRequestReceiveMs,
      keepAliveMs,
    });
    this.httpAddress = await listener.listen();
    this.#listener = listener;
    if (grpc) await this.#listenForGrpc(keepAliveMs);
    if (metrics) await this.#listenForMetrics();
    this.#sampler.start(this.modelServer);
  }

  /** The models are loaded. */
  started(): void {
    this.#grpc?.refreshHealth();
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  #dispatcher(observers: readonly HttpObserver[], traces: TraceSampler): Dispatcher {
    const options = this.#options;
    const identity = { name: SERVER_NAME, version: SERVER_VERSION };
    const overview = new OverviewBuilder({
      models: this.modelServer,
      sampler: this.#sampler,
      identity,
      modelControl: options.modelControlMode,
      clock: this.#clock,
      startedAtMs: this.#clock.wallMs(),
      budget: this.#budget,
      openConnections: () => this.#listener?.openConnections ?? 0,
      metricsUrl: () => this.metricsUrl,
    });
    const events = new EventStream({
      build: () => overview.build(),
      onSecond: (listener) => this.#sampler.onSecond(listener),
      logger: this.logger,
    });
    this.#events = events;
    const pages = new StaticPages(this.#dashboard);
    return new Dispatcher({
      routes: apiRoutes({
        models: this.modelServer,
        ready: () => this.modelServer.ready && this.#closing === undefined,
        identity,
        limits: options.limits,
        log: this.#log,
        traces,
        pages,
        sampler: this.#sampler,
        overview,
        events,
        rankers: this.#rankers,
        features: this.#features,
        clock: this.#clock,
      }),
      limits: options.limits,
      budget: this.#budget,
      origins: { corsOrigins: options.corsOrigins, allowedHosts: allowedHosts(options) },
      restrictions: this.#restrictions,
      requestIds: this.#requestIds,
      clock: this.#clock,
      logger: this.logger,
      observers,
    });
  }

  async #tracer(traces: TraceSampler): Promise<HttpObserver> {
    // Loaded only where traces are wanted.
    const [{ OtlpExporter }, { RequestTracer }] = await Promise.all([
      import('./tracing/otlp-exporter.ts'),
      import('./tracing/request-tracer.ts'),
    ]);
    const { otelEndpoint, otelHeaders, otelServiceName } = this.#options;
    this.#exporter = new OtlpExporter({
      url: otelEndpoint.endsWith('/v1/traces') ? otelEndpoint : `${otelEndpoint.replace(/\/+$/, '')}/v1/traces`,
      headers: otelHeaders,
      serviceName: otelServiceName,
      serviceVersion: SERVER_VERSION,
      logger: this.logger,
    });
    return new RequestTracer(this.#exporter, traces, this.#clock);
  }

  async #listenForGrpc(keepAliveMs: number): Promise<void> {
    // Loaded only where gRPC is wanted.
    const { GrpcFrontEnd } = await import('./grpc/grpc-front-end.ts');
    const { host, grpcPort: port, limits } = this.#options;
    const frontEnd = new GrpcFrontEnd({
      host,
      port,
      keepAliveMs,
      models: this.modelServer,
      rankers: this.#rankers,
      limits,
      budget: this.#budget,
      restrictions: this.#restrictions,
      requestIds: this.#requestIds,
      metrics: this.#grpcMetrics,
      clock: this.#clock,
      logger: this.logger,
    });
    this.#grpc = frontEnd;
    this.grpcAddress = await frontEnd.listen();
  }

  async #listenForMetrics(): Promise<void> {
    const [{ MetricsExporter }, { MetricsListener }] = await Promise.all([
      import('./metrics/metrics-exporter.ts'),
      import('./metrics/metrics-listener.ts'),
    ]);
    const exporter = new MetricsExporter({
      models: this.modelServer,
      http: this.#counters,
      budget: this.#budget,
      openConnections: () => this.#listener?.openConnections ?? 0,
      ranking: this.#ranking,
      grpc: this.#options.grpc ? this.#grpcMetrics : undefined,
      features: this.#features?.metrics,
    });
    const listener = new MetricsListener(exporter, this.logger);
    this.#closeMetrics = async () => {
      exporter.close();
      await listener.close();
    };
    this.metricsAddress = await listener.listen(this.#options.host, this.#options.metricsPort);
  }

  async #close(graceMs: number): Promise<void> {
    const untilUs = this.#clock.nowUs() + graceMs * 1000;
    this.#grpc?.drain();
    // Rankings first: they ask models until they are done.
    await withinMs(graceMs, this.#rankers.stop());
    // The listeners stay open meanwhile: balancers read from them that this server is not ready any more.
    await this.modelServer.shutdown(Math.max(0, (untilUs - this.#clock.nowUs()) / 1000));
    this.#events?.close();
    const closeMs = Math.min(CLOSE_MS, graceMs);
    await Promise.all([this.#listener?.close(closeMs), this.#grpc?.close(closeMs)]);
    await this.#closeFeatures();
    this.#sampler.stop();
    await this.#closeMetrics();
    if (this.#exporter !== undefined) await withinMs(TRACE_FLUSH_MS, this.#exporter.flush());
  }

  /** A store that is away must not keep the rest open; what could not be written to it is lost, and said. */
  async #closeFeatures(): Promise<void> {
    try {
      await this.#closePrepared();
    } catch (thrown) {
      const { code, message } = toRangefinderError(thrown);
      this.logger.error({ code, reason: message }, 'aggregates of the last moments could not be written to the store');
    }
  }
}

/** A server for this machine only answers browsers under its own names; one that was opened to the network, under any. */
function allowedHosts({ host, allowedHosts: named }: ServerOptions): readonly string[] {
  if (named.length > 0) return named.map((name) => name.toLowerCase());
  return host === 'localhost' || host === '::1' || host.startsWith('127.') ? [] : ['*'];
}

async function requireAllLoaded(models: ModelServer): Promise<void> {
  const failed = (await models.index(false)).filter(({ state, reason }) => state === 'UNAVAILABLE' && reason !== '');
  if (failed.length === 0) return;
  const lines = failed.map(
    ({ name, version, reason }) => `${name}${version === '' ? '' : ` version ${version}`}: ${reason}`,
  );
  throw new RangefinderError('MODEL_INVALID', `models that cannot be loaded:\n${lines.join('\n')}`);
}

function urlOf({ address, family, port }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

async function withinMs(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
