import type { DurationStatistic, ModelStatistics, RepositoryIndexEntry } from '@rangefinder/serving';
import { labelText } from './histogram-family.ts';

/**
 * The counters that Triton's dashboards read, taken from the statistics at the moment of the scrape: the hot path counts
 * once, for the statistics, and models that are gone have no series.
 */
export function renderModelSeries(
  statistics: readonly ModelStatistics[],
  index: readonly RepositoryIndexEntry[],
): string {
  const families = COUNTERS.map(({ name, help, value }) =>
    family(
      name,
      help,
      'counter',
      statistics.map((one) => [labelsOf(one), value(one)]),
    ),
  );
  families.push(
    family(
      'nv_inference_request_failure',
      'Failed inference requests by reason',
      'counter',
      statistics.flatMap(failures),
    ),
    family(
      'nv_inference_pending_request_count',
      'Requests that wait or run',
      'gauge',
      statistics.map((one) => [labelsOf(one), one.pendingRequests]),
    ),
    family(
      'rangefinder_queued_rows',
      'Rows that wait in the queue',
      'gauge',
      statistics.map((one) => [labelsOf(one), one.queuedRows]),
    ),
  );
  const loaded = index.filter((entry) => entry.state === 'READY');
  families.push(
    family(
      'nv_model_load_duration_secs',
      'Duration of the last load',
      'gauge',
      loaded.map((one) => [labelsOf(one), one.loadDurationMs / 1000]),
    ),
    family(
      'rangefinder_model_memory_bytes',
      'Memory that a loaded model takes',
      'gauge',
      loaded.map((one) => [labelsOf(one), one.memoryBytes]),
    ),
    family(
      'rangefinder_model_ready',
      'Whether a model version serves',
      'gauge',
      index.map((one) => [labelsOf(one), one.state === 'READY' ? 1 : 0]),
    ),
  );
  return families.join('');
}

export type Sample = readonly [labels: string, value: number];

/** One metric in the text format. */
export function family(name: string, help: string, type: 'counter' | 'gauge', samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => (labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`));
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`;
}

interface CounterOfStatistics {
  readonly name: string;
  readonly help: string;
  readonly value: (statistics: ModelStatistics) => number;
}

const COUNTERS: readonly CounterOfStatistics[] = [
  {
    name: 'nv_inference_request_success',
    help: 'Inference requests that succeeded',
    value: (one) => one.success.count,
  },
  { name: 'nv_inference_count', help: 'Inferences: rows, not requests', value: (one) => one.inferenceCount },
  { name: 'nv_inference_exec_count', help: 'Model executions: batches', value: (one) => one.executionCount },
  duration('request', 'Time of requests from their acceptance to their answer', (one) => one.success),
  duration('queue', 'Time of requests in the queue', (one) => one.queue),
  duration('compute_input', 'Time to prepare inputs', (one) => one.computeInput),
  duration('compute_infer', 'Time to compute', (one) => one.computeInfer),
  duration('compute_output', 'Time to prepare outputs', (one) => one.computeOutput),
];

function duration(
  part: string,
  help: string,
  of: (statistics: ModelStatistics) => DurationStatistic,
): CounterOfStatistics {
  return {
    name: `nv_inference_${part}_duration_us`,
    help: `${help}, summed, in microseconds`,
    value: (one) => Math.round(of(one).totalUs),
  };
}

function failures(statistics: ModelStatistics): Sample[] {
  const { rejectedCount, cancelledCount } = statistics;
  const other = Math.max(0, statistics.fail.count - rejectedCount - cancelledCount);
  const base = labelsOf(statistics);
  return [
    [`${base},reason="REJECTED"`, rejectedCount],
    [`${base},reason="CANCELED"`, cancelledCount],
    [`${base},reason="OTHER"`, other],
  ];
}

function labelsOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return labelText({ model: name, version });
}
