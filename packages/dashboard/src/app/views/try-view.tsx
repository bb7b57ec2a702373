import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Notice } from '../components/controls.tsx';
import { TryForm } from '../components/try/try-form.tsx';
import { chooseModel } from '../logic/model-choice.ts';
import { formatRoute } from '../logic/route.ts';
import { fetchConfig, fetchMetadata } from '../state/api-client.ts';
import type { ModelOverview, Overview } from '../state/api-types.ts';
import { useResource } from '../state/resource.ts';

interface TryViewProps {
  readonly overview: Overview;
  readonly model: string;
  readonly version: string;
}

export function TryView({ overview, model: name, version }: TryViewProps): JSX.Element {
  const ready = overview.models.filter((model) => model.state === 'READY');
  const chosen = name === '' ? ready[0] : chooseModel(overview.models, name, version);
  return (
    <div class="page">
      <div class="heading">
        <div>
          <h1>Try it</h1>
          <p class="sub">
            <span>Send one request with the inputs that a model declares, and look at what comes back.</span>
          </p>
        </div>
        {ready.length === 0 ? null : <ModelPicker ready={ready} chosen={chosen} />}
      </div>
      <TryBody name={name} chosen={chosen} />
    </div>
  );
}

function TryBody({ name, chosen }: { readonly name: string; readonly chosen: ModelOverview | undefined }): JSX.Element {
  if (chosen === undefined)
    return (
      <Notice kind="info" title={name === '' ? 'No model is ready yet.' : `There is no model '${name}' here.`}>
        As soon as one is ready, its form appears here.
      </Notice>
    );
  if (chosen.state !== 'READY')
    return (
      <Notice kind="warning" title={`${chosen.name} is not ready.`}>
        {chosen.reason}
      </Notice>
    );
  return <LoadedForm key={`${chosen.name}/${chosen.version}/${chosen.loadedAtMs}`} model={chosen} />;
}

function ModelPicker({
  ready,
  chosen,
}: {
  readonly ready: readonly ModelOverview[];
  readonly chosen: ModelOverview | undefined;
}): JSX.Element {
  return (
    <label class="picker">
      <span>Model</span>
      <select
        value={chosen === undefined ? '' : formatRoute({ view: 'try', model: chosen.name, version: chosen.version })}
        onChange={(event) => {
          location.hash = event.currentTarget.value;
        }}
      >
        {ready.map((model) => (
          <option
            key={`${model.name}/${model.version}`}
            value={formatRoute({ view: 'try', model: model.name, version: model.version })}
          >
            {model.name} · v{model.version}
          </option>
        ))}
      </select>
    </label>
  );
}

function LoadedForm({ model }: { readonly model: ModelOverview }): JSX.Element {
  const { value, error } = useResource(async () => {
    const [metadata, config] = await Promise.all([
      fetchMetadata(model.name, model.version),
      fetchConfig(model.name, model.version),
    ]);
    const optional = new Set(optionalInputs(config));
    return { ...metadata, inputs: metadata.inputs.map((input) => ({ ...input, optional: optional.has(input.name) })) };
  }, [model.name, model.version]);
  // The same element is not rendered again: the figures that arrive each second are nothing to the form.
  const form = useMemo(
    () =>
      value === undefined ? null : (
        <TryForm model={model.name} version={model.version} maxBatchSize={model.maxBatchSize} metadata={value} />
      ),
    [model.name, model.version, model.maxBatchSize, value],
  );
  if (error !== undefined)
    return (
      <Notice kind="error" title="The model's signature cannot be read.">
        {error}
      </Notice>
    );
  if (form === null)
    return (
      <div class="waiting" aria-busy="true">
        <span class="spinner" aria-hidden="true" /> Reading the signature…
      </div>
    );
  return form;
}

/** The protocol's metadata does not say which inputs are optional; the configuration does. */
function optionalInputs(config: Readonly<Record<string, unknown>>): readonly string[] {
  const inputs = Array.isArray(config['input'])
    ? (config['input'] as readonly { readonly name?: string; readonly optional?: boolean }[])
    : [];
  return inputs.flatMap((input) => (input.optional === true && input.name !== undefined ? [input.name] : []));
}
