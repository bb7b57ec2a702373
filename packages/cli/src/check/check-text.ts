import { formatShape, type TensorSpec } from '@rangefinder/tensor';
import { formatBytes, formatDuration } from '../terminal/quantities.ts';
import { printable, type Painter } from '../terminal/terminal.ts';
import type { CheckedModel, LoadedFacts } from './model-check.ts';

/** A model's result: a line with its versions, then its inputs and outputs or its problems. */
export function modelText({ name, versions, problems }: CheckedModel, paint: Painter): string {
  const mark = problems.length === 0 ? paint('green', '✓') : paint('red', '✗');
  const list = versions.map(({ version }) => version).join(', ');
  const suffix =
    versions.length === 0 ? '' : paint('dim', `  version${versions.length > 1 ? 's' : ''} ${printable(list)}`);
  const facts = versions.flatMap(({ version, loaded }) =>
    loaded === undefined ? [] : [factsText(version, loaded, versions.length > 1, paint)],
  );
  const wrong = problems.flatMap((problem) => problem.split('\n').map((line) => `    ${printable(line)}\n`));
  return `${mark} ${paint('bold', printable(name))}${suffix}\n${facts.join('')}${wrong.join('')}`;
}

export function checkSummary(models: readonly CheckedModel[], paint: Painter): string {
  const broken = models.filter((model) => model.problems.length > 0).length;
  const total = `${models.length} ${models.length === 1 ? 'model' : 'models'}`;
  return broken === 0 ? paint('green', `${total}, no problems`) : paint('red', `${broken} of ${total} with problems`);
}

export function modelJson({ name, versions, problems }: CheckedModel): object {
  return {
    name,
    ok: problems.length === 0,
    problems,
    versions: versions.map(({ version, loaded }) => ({
      version,
      loaded: loaded !== undefined,
      ...(loaded === undefined
        ? {}
        : {
            memory_bytes: loaded.memoryBytes,
            load_duration_ms: Math.round(loaded.loadDurationMs),
            inputs: loaded.inputs.map(specJson),
            outputs: loaded.outputs.map(specJson),
          }),
    })),
  };
}

function factsText(version: string, facts: LoadedFacts, several: boolean, paint: Painter): string {
  const prefix = several ? `version ${version}: ` : '';
  const line = `${prefix}loaded in ${formatDuration(facts.loadDurationMs)}, ${formatBytes(facts.memoryBytes)}`;
  const tensors = `${facts.inputs.map(specText).join(', ')} → ${facts.outputs.map(specText).join(', ')}`;
  return `    ${paint('dim', printable(line))}\n    ${paint('dim', printable(tensors))}\n`;
}

function specText(spec: TensorSpec): string {
  return `${spec.name} ${spec.dataType}${spec.shape === undefined ? '' : ` ${formatShape(spec.shape)}`}`;
}

function specJson(spec: TensorSpec): object {
  return { name: spec.name, datatype: spec.dataType, shape: spec.shape ?? null, optional: spec.optional };
}
