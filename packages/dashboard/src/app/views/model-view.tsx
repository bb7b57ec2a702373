import type { JSX } from 'preact';
import { BatchHistogram } from '../components/batch-histogram.tsx';
import { CodeBlock, Notice, StatePill } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { ModelActions } from '../components/model-actions.tsx';
import { ModelCharts } from '../components/model-charts.tsx';
import { RecentBatches } from '../components/recent-batches.tsx';
import { SignatureTable } from '../components/signature-table.tsx';
import type { ToastBoard } from '../components/toasts.tsx';
import { curlCommand } from '../logic/curl-command.ts';
import { exampleInputs } from '../logic/example-request.ts';
import { formatBytes, formatCount, formatDuration, formatMs, formatWhole } from '../logic/format.ts';
import type { HistoryBuffer } from '../logic/history-buffer.ts';
import { jsonTokens } from '../logic/json-tokens.ts';
import { chooseModel } from '../logic/model-choice.ts';
import { displayState } from '../logic/model-state.ts';
import { encodeRequest } from '../logic/oip-message.ts';
import { formatRoute } from '../logic/route.ts';
import { absoluteUrl, fetchConfig, fetchMetadata, modelPath } from '../state/api-client.ts';
import type { ModelMetadata, ModelOverview, Overview } from '../state/api-types.ts';
import type { LiveFeed } from '../state/live-feed.ts';
import { useResource } from '../state/resource.ts';

interface ModelViewProps {
  readonly overview: Overview;
  readonly history: HistoryBuffer;
  readonly model: string;
  readonly version: string;
  readonly feed: LiveFeed;
  readonly toasts: ToastBoard;
}

export function ModelView({ overview, history, model: name, version, feed, toasts }: ModelViewProps): JSX.Element {
  const model = chooseModel(overview.models, name, version);
  if (model === undefined)
    return (
      <div class="page">
        <Crumbs name={name} />
        <Notice
          kind="warning"
          title={`There is no model '${name}'${version === '' ? '' : ` of version ${version}`} here.`}
        >
          <a href="#/">See what there is.</a>
        </Notice>
      </div>
    );
  const siblings = overview.models.filter((other) => other.name === name);
  return (
    <div class="page">
      <Crumbs name={name} />
      <div class="heading">
        <div>
          <h1>
            {name}
            <StatePill state={model.state} reason={model.reason} />
          </h1>
          <p class="sub">
            {siblings.length > 1 ? (
              <Versions siblings={siblings} current={model} />
            ) : model.version === '' ? null : (
              <span>Version {model.version}</span>
            )}
            {model.platform === '' ? null : <span>{model.platform}</span>}
            {model.loadedAtMs === 0 ? null : <span>Loaded {formatDuration(overview.atMs - model.loadedAtMs)} ago</span>}
          </p>
        </div>
        <div class="heading-actions">
          <ModelActions
            labelled
            model={name}
            state={model.state}
            control={overview.server.modelControl}
            feed={feed}
            toasts={toasts}
          />
          {model.state !== 'READY' ? null : (
            <a class="button button-primary" href={formatRoute({ view: 'try', model: name, version: model.version })}>
              <Icon name="flask" />
              Try it
            </a>
          )}
        </div>
      </div>
      <ReasonNotice model={model} />
      <Facts model={model} windowSeconds={overview.windowSeconds} />
      {model.version === '' ? null : <ModelCharts model={model} history={history} />}
      {model.state !== 'READY' ? null : (
        <ReadyDetails
          key={`${name}/${model.version}/${model.loadedAtMs}`}
          model={model}
          windowSeconds={overview.windowSeconds}
        />
      )}
    </div>
  );
}

function ReasonNotice({ model: { state, reason } }: { readonly model: ModelOverview }): JSX.Element | null {
  if (reason === '') return null;
  if (state === 'READY')
    return (
      <Notice kind="warning" title="What was loaded before goes on serving.">
        {reason}
      </Notice>
    );
  const failed = displayState(state, reason) === 'UNAVAILABLE';
  return (
    <Notice kind={failed ? 'error' : 'info'} title={failed ? 'This version does not serve.' : 'Not loaded.'}>
      {reason}
    </Notice>
  );
}

function Crumbs({ name }: { readonly name: string }): JSX.Element {
  return (
    <nav class="crumbs" aria-label="Path">
      <a href="#/">Models</a>
      <Icon name="chevron" />
      <span aria-current="page">{name}</span>
    </nav>
  );
}

function Versions({
  siblings,
  current,
}: {
  readonly siblings: readonly ModelOverview[];
  readonly current: ModelOverview;
}): JSX.Element {
  return (
    <span class="versions">
      {siblings.map((sibling) => (
        <a
          key={sibling.version}
          class={sibling.version === current.version ? 'version version-on' : 'version'}
          aria-current={sibling.version === current.version ? 'true' : undefined}
          href={formatRoute({ view: 'model', model: sibling.name, version: sibling.version })}
        >
          v{sibling.version}
        </a>
      ))}
    </span>
  );
}

function Facts({
  model,
  windowSeconds,
}: {
  readonly model: ModelOverview;
  readonly windowSeconds: number;
}): JSX.Element {
  const { totals } = model;
  const facts: readonly (readonly [string, string, string])[] = [
    ['Requests', `${formatCount(model.requestsPerSecond)} /s`, `${formatWhole(totals.requests)} since the load`],
    [
      'Inferences',
      `${formatCount(model.inferencesPerSecond)} /s`,
      `${formatWhole(totals.inferences)} rows in ${formatWhole(totals.executions)} runs`,
    ],
    ['Latency p99', formatMs(model.latencyMs.p99), `median ${formatMs(model.latencyMs.p50)}, last ${windowSeconds} s`],
    [
      'Not served',
      formatWhole(totals.failures + totals.rejected),
      `${formatWhole(totals.failures)} failed, ${formatWhole(totals.rejected)} rejected, ${formatWhole(totals.cancelled)} cancelled`,
    ],
    ['Memory', formatBytes(model.memoryBytes), `loaded in ${formatMs(model.loadDurationMs)}`],
  ];
  return (
    <dl class="facts">
      {facts.map(([title, value, note]) => (
        <div key={title} class="fact">
          <dt>{title}</dt>
          <dd class="num">{value}</dd>
          <dd class="note num">{note}</dd>
        </div>
      ))}
    </dl>
  );
}

function ReadyDetails({
  model,
  windowSeconds,
}: {
  readonly model: ModelOverview;
  readonly windowSeconds: number;
}): JSX.Element {
  const metadata = useResource(() => fetchMetadata(model.name, model.version), [model.name, model.version]);
  const config = useResource(() => fetchConfig(model.name, model.version), [model.name, model.version]);
  return (
    <>
      <div class="split">
        <section class="panel pad" aria-labelledby="sizes-heading">
          <h2 id="sizes-heading">Batch sizes</h2>
          <p class="panel-note">Rows in a batch, last {windowSeconds} s.</p>
          <BatchHistogram sizes={model.batchSizes} />
        </section>
        <RecentBatches model={model.name} version={model.version} />
      </div>
      <section aria-labelledby="signature-heading">
        <div class="section-head">
          <h2 id="signature-heading">Signature</h2>
        </div>
        {metadata.error === undefined ? null : <Notice kind="error">{metadata.error}</Notice>}
        {metadata.value === undefined ? null : (
          <SignatureTable metadata={metadata.value} maxBatchSize={model.maxBatchSize} />
        )}
      </section>
      {metadata.value === undefined ? null : <CurlLine model={model} metadata={metadata.value} />}
      <section aria-labelledby="config-heading">
        <div class="section-head">
          <h2 id="config-heading">Configuration</h2>
        </div>
        {config.error === undefined ? null : <Notice kind="error">{config.error}</Notice>}
        {config.value === undefined ? null : <ConfigBlock config={config.value} />}
      </section>
    </>
  );
}

const CURL_ELEMENTS_MAX = 4096;

/** A request with zeros that works as it stands; models with large inputs get one made in the form instead. */
function CurlLine({
  model,
  metadata,
}: {
  readonly model: ModelOverview;
  readonly metadata: ModelMetadata;
}): JSX.Element {
  const inputs = exampleInputs(metadata.inputs);
  const request = encodeRequest(inputs, { binaryOutputs: false });
  const short = !request.binary && inputs.every((input) => input.values.length <= CURL_ELEMENTS_MAX);
  return (
    <section aria-labelledby="curl-heading">
      <div class="section-head">
        <h2 id="curl-heading">Call it</h2>
      </div>
      {short ? (
        <CodeBlock
          label="Terminal"
          text={curlCommand(absoluteUrl(`${modelPath(model.name, model.version)}/infer`), request, '')}
        />
      ) : (
        <p class="panel pad empty-note">
          The inputs are too large for a command line.{' '}
          <a href={formatRoute({ view: 'try', model: model.name, version: model.version })}>The form</a> makes the
          request body as a file, with the command that sends it.
        </p>
      )}
    </section>
  );
}

function ConfigBlock({ config }: { readonly config: Readonly<Record<string, unknown>> }): JSX.Element {
  return (
    <CodeBlock label="JSON" text={JSON.stringify(config, undefined, 2)}>
      {jsonTokens(config).map((token, i) =>
        token.kind === 'plain' ? (
          token.text
        ) : (
          <span key={i} class={`json-${token.kind}`}>
            {token.text}
          </span>
        ),
      )}
    </CodeBlock>
  );
}
