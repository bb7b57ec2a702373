import type { JSX } from 'preact';
import { bytesQuantity, formatBytes, formatCount, formatDuration, formatMs, formatWhole } from '../logic/format.ts';
import type { HistoryBuffer } from '../logic/history-buffer.ts';
import { displayState } from '../logic/model-state.ts';
import { formatRoute } from '../logic/route.ts';
import type { ModelOverview, Overview } from '../state/api-types.ts';
import type { LiveFeed } from '../state/live-feed.ts';
import { BatchBars } from './batch-histogram.tsx';
import { StatePill } from './controls.tsx';
import { Icon } from './icon.tsx';
import { ModelActions } from './model-actions.tsx';
import { Sparkline } from './sparkline.tsx';
import type { ToastBoard } from './toasts.tsx';

interface ModelRowProps {
  readonly model: ModelOverview;
  readonly overview: Overview;
  readonly history: HistoryBuffer;
  readonly feed: LiveFeed;
  readonly toasts: ToastBoard;
}

export function ModelRow({ model, overview, history, feed, toasts }: ModelRowProps): JSX.Element {
  const ready = model.state === 'READY';
  return (
    <li class={`model-row${ready ? '' : ' model-row-off'}`} data-model={model.name}>
      <Identity model={model} atMs={overview.atMs} />
      {ready ? <Figures model={model} history={history} /> : <Reason model={model} />}
      {ready && model.reason !== '' ? (
        <div class="cell cell-reason cell-warning">{model.reason}; the version before goes on serving.</div>
      ) : null}
      <div class="cell cell-actions">
        {ready ? (
          <a
            class="button button-small button-plain"
            href={formatRoute({ view: 'try', model: model.name, version: model.version })}
          >
            <Icon name="flask" />
            Try
          </a>
        ) : null}
        <ModelActions
          model={model.name}
          state={model.state}
          control={overview.server.modelControl}
          feed={feed}
          toasts={toasts}
        />
      </div>
    </li>
  );
}

function Identity({ model, atMs }: { readonly model: ModelOverview; readonly atMs: number }): JSX.Element {
  const facts = [
    model.version === '' ? '' : `v${model.version}`,
    model.platform.replace(/^onnxruntime_/, ''),
    model.state !== 'READY' ? '' : model.maxBatchSize > 0 ? `batch ≤ ${model.maxBatchSize}` : 'no batching',
  ].filter((fact) => fact !== '');
  const loaded =
    model.loadedAtMs > 0
      ? `Loaded ${formatDuration(atMs - model.loadedAtMs)} ago in ${formatMs(model.loadDurationMs)}`
      : undefined;
  return (
    <div class="cell cell-model" title={loaded}>
      <div class="model-name">
        <a href={formatRoute({ view: 'model', model: model.name, version: model.version })}>{model.name}</a>
        <StatePill state={model.state} reason={model.reason} />
      </div>
      <p class="sub">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </div>
  );
}

function Reason({ model }: { readonly model: ModelOverview }): JSX.Element {
  if (model.state === 'LOADING')
    return <div class="cell cell-reason loading-bar" role="progressbar" aria-label={`${model.name} is loading`} />;
  return (
    <div class={`cell cell-reason${displayState(model.state, model.reason) === 'UNAVAILABLE' ? ' reason-text' : ''}`}>
      {model.reason}
    </div>
  );
}

function Figures({ model, history }: { readonly model: ModelOverview; readonly history: HistoryBuffer }): JSX.Element {
  const memory = bytesQuantity(model.memoryBytes);
  const busy = model.requestsPerSecond > 0;
  return (
    <>
      <div class="cell cell-throughput" data-title="Throughput">
        <div class="pair">
          <p class="figure-small num">
            {formatCount(model.requestsPerSecond)}
            <span class="unit">req/s</span>
          </p>
          <p class="sub num">
            <span>{formatCount(model.inferencesPerSecond)} rows/s</span>
            {model.failuresPerSecond > 0 ? (
              <span class="bad">{formatCount(model.failuresPerSecond)} failed/s</span>
            ) : null}
          </p>
        </div>
        <Sparkline
          samples={history.model(model.name, model.version)?.requests ?? []}
          label={`Requests per second of ${model.name}`}
        />
      </div>
      <div class="cell cell-latency" data-title="Latency">
        <Percentiles latency={model.latencyMs} />
      </div>
      <div class="cell cell-batches" data-title="Batch size">
        {model.batchSizes.length === 0 ? (
          <span class="muted">{model.maxBatchSize === 0 ? 'not batched' : '–'}</span>
        ) : (
          <BatchSummary model={model} />
        )}
      </div>
      <div class="cell cell-queue" data-title="Queue">
        <p class={`figure-small num${busy || model.pendingRequests > 0 ? '' : ' muted'}`}>
          {formatWhole(model.pendingRequests)}
          <span class="unit">pending</span>
        </p>
        <p class="sub num">
          <span>{formatWhole(model.queuedRows)} rows</span>
          <span>p99 {formatMs(model.queueMs.p99)}</span>
        </p>
      </div>
      <div
        class="cell cell-memory"
        data-title="Memory"
        title={`${formatBytes(model.memoryBytes)} held by this version`}
      >
        <p class="figure-small num">
          {memory.value}
          <span class="unit">{memory.unit}</span>
        </p>
        <p class="sub num">
          <span>loaded in {formatMs(model.loadDurationMs)}</span>
        </p>
      </div>
    </>
  );
}

function BatchSummary({ model }: { readonly model: ModelOverview }): JSX.Element {
  const batches = model.batchSizes.reduce((sum, { count }) => sum + count, 0);
  const rows = model.batchSizes.reduce((sum, { size, count }) => sum + size * count, 0);
  return (
    <>
      <BatchBars sizes={model.batchSizes} />
      <p class="sub num">
        <span>mean {formatCount(rows / Math.max(1, batches))}</span>
      </p>
    </>
  );
}

/** p50 to p99 on one line; the bars are shares of p99. */
function Percentiles({ latency }: { readonly latency: ModelOverview['latencyMs'] }): JSX.Element {
  const entries = [
    ['p50', latency.p50],
    ['p90', latency.p90],
    ['p99', latency.p99],
  ] as const;
  const max = latency.p99 ?? 0;
  return (
    <dl class="percentiles">
      {entries.map(([label, value]) => (
        <div key={label} class={`percentile percentile-${label}`}>
          <dt>{label}</dt>
          <dd class="num">{formatMs(value)}</dd>
          <span class="percentile-track" aria-hidden="true">
            <span style={{ width: `${max > 0 && value !== null ? (value / max) * 100 : 0}%` }} />
          </span>
        </div>
      ))}
    </dl>
  );
}
