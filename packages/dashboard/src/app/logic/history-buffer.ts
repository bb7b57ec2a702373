import type { History, ModelOverview, Overview } from '../state/api-types.ts';

type Sample = number | null;

export const MODEL_METRICS = [
  'requests',
  'inferences',
  'failures',
  'latencyP50',
  'latencyP90',
  'latencyP99',
  'queueP50',
  'queueP99',
  'pending',
  'queuedRows',
  'meanBatch',
  'memory',
] as const;
export type ModelMetric = (typeof MODEL_METRICS)[number];

export const PROCESS_METRICS = ['requests', 'rss', 'cpu', 'eventLoopP99', 'connections'] as const;
export type ProcessMetric = (typeof PROCESS_METRICS)[number];

type Columns<Metric extends string> = Readonly<Record<Metric, Sample[]>>;

const SPAN_SECONDS = 300;

/**
 * The last five minutes as columns, one entry a second: filled once from the server's history, then by each overview. All
 * columns are as long as `atSeconds`; null where nothing is known.
 */
export class HistoryBuffer {
  readonly atSeconds: number[] = [];
  readonly process: Columns<ProcessMetric> = emptyColumns(PROCESS_METRICS, 0);
  private readonly models = new Map<string, Columns<ModelMetric>>();

  model(name: string, version: string): Columns<ModelMetric> | undefined {
    return this.models.get(modelKey(name, version));
  }

  /** Forgets everything and starts from the server's own record. */
  reset(history: History): void {
    const count = history.atSeconds.length;
    this.atSeconds.splice(0, Infinity, ...history.atSeconds);
    this.models.clear();
    for (const { name, version, ...lists } of history.models) {
      const columns = emptyColumns(MODEL_METRICS, count);
      replace(columns.requests, lists.requestsPerSecond);
      replace(columns.inferences, lists.inferencesPerSecond);
      replace(columns.failures, lists.failuresPerSecond);
      replace(columns.latencyP50, lists.latencyP50Ms);
      replace(columns.latencyP99, lists.latencyP99Ms);
      replace(columns.queueP99, lists.queueP99Ms);
      replace(columns.meanBatch, lists.meanBatchSize);
      replace(columns.latencyP90, lists.latencyP90Ms ?? columns.latencyP90);
      replace(columns.queueP50, lists.queueP50Ms ?? columns.queueP50);
      replace(columns.pending, lists.pendingRequests ?? columns.pending);
      replace(columns.queuedRows, lists.queuedRows ?? columns.queuedRows);
      this.models.set(modelKey(name, version), columns);
    }
    const totals = history.atSeconds.map((_, i) =>
      history.models.reduce((sum, model) => sum + (model.requestsPerSecond[i] ?? 0), 0),
    );
    replace(this.process.requests, totals);
    replace(this.process.rss, history.process.rssBytes);
    replace(this.process.cpu, history.process.cpuPercent);
    replace(this.process.eventLoopP99, history.process.eventLoopDelayP99Ms);
    replace(this.process.connections, history.process.openConnections ?? totals.map(() => null));
  }

  /** Adds an overview; one that is not newer than the last second is taken as its correction. */
  push(overview: Overview): void {
    const second = Math.floor(overview.atMs / 1000);
    if (second <= (this.atSeconds.at(-1) ?? -Infinity)) return;
    this.atSeconds.push(second);
    const { process: figures } = overview;
    const total = overview.models.reduce((sum, model) => sum + model.requestsPerSecond, 0);
    append(
      this.process,
      [total, figures.rssBytes, figures.cpuPercent, figures.eventLoopDelayMs.p99, figures.openConnections],
      PROCESS_METRICS,
    );

    const seen = new Set<string>();
    for (const model of overview.models) {
      const key = modelKey(model.name, model.version);
      seen.add(key);
      let columns = this.models.get(key);
      if (columns === undefined) {
        columns = emptyColumns(MODEL_METRICS, this.atSeconds.length - 1);
        this.models.set(key, columns);
      }
      append(columns, modelSample(model), MODEL_METRICS);
    }
    for (const [key, columns] of this.models) if (!seen.has(key)) append(columns, [], MODEL_METRICS);
    this.trim(second);
  }

  private trim(second: number): void {
    const surplus = this.atSeconds.findIndex((at) => at > second - SPAN_SECONDS);
    if (surplus <= 0) return;
    this.atSeconds.splice(0, surplus);
    for (const metric of PROCESS_METRICS) this.process[metric].splice(0, surplus);
    for (const [key, columns] of this.models) {
      for (const metric of MODEL_METRICS) columns[metric].splice(0, surplus);
      if (columns.requests.every((sample) => sample === null)) this.models.delete(key);
    }
  }
}

function modelSample(model: ModelOverview): readonly Sample[] {
  const batches = model.batchSizes.reduce((sum, { count }) => sum + count, 0);
  const rows = model.batchSizes.reduce((sum, { size, count }) => sum + size * count, 0);
  return [
    model.requestsPerSecond,
    model.inferencesPerSecond,
    model.failuresPerSecond,
    model.latencyMs.p50,
    model.latencyMs.p90,
    model.latencyMs.p99,
    model.queueMs.p50,
    model.queueMs.p99,
    model.pendingRequests,
    model.queuedRows,
    batches === 0 ? null : rows / batches,
    model.memoryBytes,
  ];
}

export function modelKey(name: string, version: string): string {
  return `${name}\n${version}`;
}

function emptyColumns<Metric extends string>(metrics: readonly Metric[], count: number): Columns<Metric> {
  return Object.fromEntries(metrics.map((metric) => [metric, Array<Sample>(count).fill(null)])) as Columns<Metric>;
}

function append<Metric extends string>(
  columns: Columns<Metric>,
  samples: readonly Sample[],
  metrics: readonly Metric[],
): void {
  for (const [i, metric] of metrics.entries()) columns[metric].push(samples[i] ?? null);
}

function replace(column: Sample[], samples: readonly Sample[]): void {
  const copy = [...samples];
  column.splice(0, Infinity, ...copy);
}
