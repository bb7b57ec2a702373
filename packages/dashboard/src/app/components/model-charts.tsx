import type { JSX } from 'preact';
import { formatCount, formatMs, formatMsMark } from '../logic/format.ts';
import type { HistoryBuffer } from '../logic/history-buffer.ts';
import type { ModelOverview } from '../state/api-types.ts';
import { TimeChart } from './time-chart.tsx';

/** The last five minutes of one version. */
export function ModelCharts({
  model,
  history,
}: {
  readonly model: ModelOverview;
  readonly history: HistoryBuffer;
}): JSX.Element {
  const columns = history.model(model.name, model.version);
  const { atSeconds } = history;
  return (
    <section class="charts" aria-label="The last five minutes">
      <TimeChart
        title="Throughput, per second"
        atSeconds={atSeconds}
        format={formatCount}
        series={[
          { label: 'inferences', samples: columns?.inferences ?? [], color: '--series-2', filled: true },
          { label: 'requests', samples: columns?.requests ?? [], color: '--series-1' },
          { label: 'failures', samples: columns?.failures ?? [], color: '--bad' },
        ]}
      />
      <TimeChart
        title="Latency"
        atSeconds={atSeconds}
        format={formatMs}
        formatMark={formatMsMark}
        series={[
          { label: 'p99', samples: columns?.latencyP99 ?? [], color: '--ramp-3', filled: true },
          { label: 'p90', samples: columns?.latencyP90 ?? [], color: '--ramp-2' },
          { label: 'p50', samples: columns?.latencyP50 ?? [], color: '--ramp-1' },
        ]}
      />
      <TimeChart
        title="Queue delay"
        atSeconds={atSeconds}
        format={formatMs}
        formatMark={formatMsMark}
        series={[
          { label: 'p99', samples: columns?.queueP99 ?? [], color: '--ramp-3', filled: true },
          { label: 'p50', samples: columns?.queueP50 ?? [], color: '--ramp-1' },
        ]}
      />
      <TimeChart
        title="Queue and batches, rows"
        atSeconds={atSeconds}
        format={formatCount}
        series={[
          { label: 'queued rows', samples: columns?.queuedRows ?? [], color: '--series-1', filled: true },
          { label: 'pending requests', samples: columns?.pending ?? [], color: '--series-3' },
          { label: 'mean batch', samples: columns?.meanBatch ?? [], color: '--series-2' },
        ]}
      />
    </section>
  );
}
