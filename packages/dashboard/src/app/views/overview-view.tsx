import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { ModelRow } from '../components/model-row.tsx';
import { ServerTiles } from '../components/server-tiles.tsx';
import type { ToastBoard } from '../components/toasts.tsx';
import { formatDuration } from '../logic/format.ts';
import type { HistoryBuffer } from '../logic/history-buffer.ts';
import type { ModelOverview, Overview } from '../state/api-types.ts';
import { absoluteUrl } from '../state/api-client.ts';
import type { LiveFeed } from '../state/live-feed.ts';

interface OverviewViewProps {
  readonly overview: Overview;
  readonly history: HistoryBuffer;
  readonly feed: LiveFeed;
  readonly toasts: ToastBoard;
}

const FILTER_FROM = 6;
const ROWS_STEP = 100;

export function OverviewView({ overview, history, feed, toasts }: OverviewViewProps): JSX.Element {
  const [filter, setFilter] = useState('');
  const [rowsMax, setRowsMax] = useState(ROWS_STEP);
  const { models, server } = overview;
  const matching = models.filter((model) => model.name.toLowerCase().includes(filter.trim().toLowerCase()));
  return (
    <div class="page">
      <ServerHeading overview={overview} />
      <ServerTiles overview={overview} history={history} />
      <section aria-labelledby="models-heading">
        <div class="section-head">
          <h2 id="models-heading">
            Models <StateCounts models={models} />
          </h2>
          {models.length < FILTER_FROM ? null : (
            <label class="search">
              <Icon name="search" />
              <input
                type="search"
                placeholder="Filter"
                aria-label="Filter models by name"
                value={filter}
                onInput={(event) => setFilter(event.currentTarget.value)}
              />
            </label>
          )}
        </div>
        {models.length === 0 ? (
          <EmptyRepository control={server.modelControl} />
        ) : (
          <div class="panel model-list">
            <div class="model-columns" aria-hidden="true">
              <span>Model</span>
              <span>Throughput</span>
              <span>Latency</span>
              <span>Batch size</span>
              <span>Queue</span>
              <span>Memory</span>
              <span />
            </div>
            <ul>
              {matching.slice(0, rowsMax).map((model) => (
                <ModelRow
                  key={`${model.name}/${model.version}`}
                  model={model}
                  overview={overview}
                  history={history}
                  feed={feed}
                  toasts={toasts}
                />
              ))}
            </ul>
            {matching.length === 0 ? <p class="empty-note">No model's name contains “{filter}”.</p> : null}
            {matching.length <= rowsMax ? null : (
              <button type="button" class="more" onClick={() => setRowsMax(rowsMax + ROWS_STEP)}>
                Show {Math.min(ROWS_STEP, matching.length - rowsMax)} more of {matching.length}
              </button>
            )}
          </div>
        )}
      </section>
      <EngineList overview={overview} />
    </div>
  );
}

function ServerHeading({ overview }: { readonly overview: Overview }): JSX.Element {
  const { server, atMs } = overview;
  const state = server.ready ? 'ready' : server.live ? 'loading' : 'unavailable';
  return (
    <div class="heading">
      <div>
        <h1>
          {server.name}
          <span class={`pill pill-${state}`}>
            <span class="pill-dot" aria-hidden="true" />
            {server.ready ? 'Ready' : server.live ? 'Not ready' : 'Down'}
          </span>
        </h1>
        <p class="sub">
          <span>Version {server.version}</span>
          <span>Up {formatDuration(atMs - server.startedAtMs)}</span>
          <span>
            {server.cores} {server.cores === 1 ? 'core' : 'cores'}
          </span>
          <span>Model control {server.modelControl}</span>
        </p>
      </div>
      <p class="links">
        <a href={absoluteUrl('docs')}>
          API <Icon name="external" />
        </a>
        {server.metricsUrl === '' ? null : (
          <a href={server.metricsUrl}>
            Metrics <Icon name="external" />
          </a>
        )}
      </p>
    </div>
  );
}

function StateCounts({ models }: { readonly models: readonly ModelOverview[] }): JSX.Element {
  const ready = models.filter((model) => model.state === 'READY').length;
  return (
    <span class="count num">
      {ready} of {models.length} ready
    </span>
  );
}

function EmptyRepository({ control }: { readonly control: string }): JSX.Element {
  return (
    <div class="panel empty">
      <h3>The model repository is empty</h3>
      <p>
        Put a model at <code>&lt;repository&gt;/&lt;name&gt;/1/model.onnx</code>
        {control === 'poll'
          ? '; the server notices it by itself.'
          : control === 'explicit'
            ? ' and load it by its name.'
            : ' and start the server again.'}
      </p>
    </div>
  );
}

function EngineList({ overview }: { readonly overview: Overview }): JSX.Element {
  return (
    <section aria-labelledby="engines-heading">
      <div class="section-head">
        <h2 id="engines-heading">Engines</h2>
      </div>
      <div class="panel engines">
        {overview.server.engines.map((engine) => (
          <div key={engine.name} class="engine" title={engine.library === '' ? undefined : engine.library}>
            <strong>{engine.name}</strong>
            <span class="muted num">{engine.version}</span>
            <span class="providers">
              {engine.executionProviders.map((provider) => (
                <span
                  key={provider.name}
                  class={provider.available ? 'provider provider-on' : 'provider'}
                  title={provider.available ? `${provider.name} is available` : provider.reason}
                >
                  {provider.name}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}
