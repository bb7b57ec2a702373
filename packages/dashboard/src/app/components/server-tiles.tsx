import type { JSX } from 'preact';
import { bytesQuantity, formatBytes, formatCount, formatMs, millisecondsQuantity } from '../logic/format.ts';
import type { Quantity } from '../logic/format.ts';
import type { HistoryBuffer } from '../logic/history-buffer.ts';
import type { Overview } from '../state/api-types.ts';
import { Sparkline } from './sparkline.tsx';

interface TileProps {
  readonly title: string;
  readonly figure: Quantity;
  readonly note: string;
  readonly samples: readonly (number | null)[];
  readonly tone?: 'accent' | 'neutral';
  readonly ceiling?: number;
  readonly alarm?: boolean;
}

function Tile({ title, figure, note, samples, tone = 'neutral', ceiling, alarm = false }: TileProps): JSX.Element {
  return (
    <div class={alarm ? 'tile tile-alarm' : 'tile'}>
      <h3>{title}</h3>
      <p class="figure num">
        {figure.value}
        <span class="unit">{figure.unit}</span>
      </p>
      <p class="note num">{note}</p>
      <Sparkline
        samples={samples}
        label={`${title}, last two minutes`}
        tone={tone}
        {...(ceiling === undefined ? {} : { ceiling })}
      />
    </div>
  );
}

/** A delay above this means that something long runs on the event loop. */
const EVENT_LOOP_ALARM_MS = 50;

export function ServerTiles({
  overview,
  history,
}: {
  readonly overview: Overview;
  readonly history: HistoryBuffer;
}): JSX.Element {
  const { process: figures, server, models } = overview;
  const sum = (pick: (model: Overview['models'][number]) => number): number =>
    models.reduce((total, model) => total + pick(model), 0);
  const requests = sum((model) => model.requestsPerSecond);
  const failures = sum((model) => model.failuresPerSecond);
  return (
    <section class="tiles" aria-label="Server">
      <Tile
        title="Requests"
        figure={{ value: formatCount(requests), unit: '/s' }}
        note={`${formatCount(sum((model) => model.inferencesPerSecond))} inferences/s, ${formatCount(failures)} failed/s`}
        samples={history.process.requests}
        tone="accent"
      />
      <Tile
        title="CPU"
        figure={{ value: formatCount(figures.cpuPercent / server.cores), unit: '%' }}
        note={`${formatCount(figures.cpuPercent / 100)} of ${server.cores} cores`}
        samples={history.process.cpu}
        ceiling={server.cores * 100}
      />
      <Tile
        title="Resident memory"
        figure={bytesQuantity(figures.rssBytes)}
        note={`JS heap ${formatBytes(figures.heapUsedBytes)}, host ${formatBytes(server.hostMemoryBytes)}`}
        samples={history.process.rss}
      />
      <Tile
        title="Event-loop delay"
        figure={millisecondsQuantity(figures.eventLoopDelayMs.p99)}
        note={`p99; median ${formatMs(figures.eventLoopDelayMs.p50)}, max ${formatMs(figures.eventLoopDelayMs.max)}`}
        samples={history.process.eventLoopP99}
        alarm={figures.eventLoopDelayMs.p99 > EVENT_LOOP_ALARM_MS}
      />
      <Tile
        title="Connections"
        figure={{ value: formatCount(figures.openConnections), unit: 'open' }}
        note={`${formatBytes(figures.bodyBytesInFlight)} of bodies in flight`}
        samples={history.process.connections}
      />
    </section>
  );
}
