import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ModelServer } from '@rangefinder/serving';
import type { ByteBudget } from '../transport/byte-budget.ts';
import type { FeatureMetrics } from '../features/feature-metrics.ts';
import type { RankingMetrics } from '../ranking/ranking-metrics.ts';
import { HistogramFamily } from './histogram-family.ts';
import { HostSeries } from './host-series.ts';
import type { GrpcMetrics } from './grpc-metrics.ts';
import type { HttpCounters } from './http-counters.ts';
import { family, renderModelSeries } from './model-series.ts';

export interface MetricsParts {
  readonly models: ModelServer;
  readonly http: HttpCounters;
  readonly budget: ByteBudget;
  readonly openConnections: () => number;
  readonly ranking: RankingMetrics;
  /** undefined where gRPC is off. */
  readonly grpc: GrpcMetrics | undefined;
  /** undefined where no features are served. */
  readonly features: FeatureMetrics | undefined;
}

const BATCH_ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything that `/metrics` shows. Event-loop delay and the process's own figures come from prom-client's defaults. */
export class MetricsExporter {
  readonly contentType: string;
  readonly #parts: MetricsParts;
  readonly #process = new Registry();
  readonly #host = new HostSeries();
  readonly #batchRows = new HistogramFamily('rangefinder_batch_rows', 'Rows of the batches that ran', BATCH_ROWS);
  readonly #queueDelay = new HistogramFamily(
    'rangefinder_queue_delay_seconds',
    'Time of requests in the queue',
    SECONDS,
  );
  readonly #latency = new HistogramFamily(
    'rangefinder_request_latency_seconds',
    'Time of requests from acceptance to answer',
    SECONDS,
  );
  readonly #unobserve: () => void;

  constructor(parts: MetricsParts) {
    this.#parts = parts;
    this.contentType = this.#process.contentType;
    collectDefaultMetrics({ register: this.#process });
    this.#unobserve = parts.models.observe({
      requestFinished: ({ model, version, queueUs, totalUs }) => {
        this.#queueDelay.observe(model, version, queueUs / 1e6);
        this.#latency.observe(model, version, totalUs / 1e6);
      },
      batchFinished: ({ model, version, rows }) => this.#batchRows.observe(model, version, rows),
      modelStateChanged: ({ model, version, state }) => {
        if (state === 'UNAVAILABLE') this.#forget(model, version);
      },
    });
  }

  async render(): Promise<string> {
    const { models, http, budget, openConnections, ranking, grpc, features } = this.#parts;
    const [processText, index] = await Promise.all([this.#process.metrics(), models.index(false)]);
    return [
      renderModelSeries(models.statistics(), index),
      this.#batchRows.render(),
      this.#queueDelay.render(),
      this.#latency.render(),
      ranking.render(),
      features?.render() ?? '',
      grpc?.render() ?? '',
      http.render(),
      family('rangefinder_http_open_connections', 'Open HTTP connections', 'gauge', [['', openConnections()]]),
      family('rangefinder_http_body_bytes', 'Bytes of request bodies held now', 'gauge', [['', budget.usedBytes]]),
      this.#host.render(),
      processText,
    ].join('');
  }

  close(): void {
    this.#unobserve();
    this.#process.clear();
  }

  #forget(model: string, version: string): void {
    for (const histograms of [this.#batchRows, this.#queueDelay, this.#latency]) histograms.forget(model, version);
  }
}
