import { didYouMean, type ConfigCheckProblem, type ConfigPath } from '@rangefinder/base';
import type { ModelInput, ModelWarmup, WarmupInput } from '../model-config.ts';
import type { WrittenFields, WrittenWarmup } from './written-fields.ts';

export interface CompletedWarmup {
  readonly samples: readonly ModelWarmup[];
  readonly problems: readonly ConfigCheckProblem[];
}

/**
 * Gives every sample a tensor for every input that is not optional. Free dimensions of inputs that are not described become
 * 1, the smallest size that a model can be expected to take.
 */
export function completeWarmup(written: WrittenFields, inputs: readonly ModelInput[]): CompletedWarmup {
  const problems: ConfigCheckProblem[] = [];
  const samples = (written.model_warmup ?? []).map((sample, i) => completeSample(sample, i, inputs, problems));
  return { samples, problems };
}

function completeSample(
  sample: WrittenWarmup,
  index: number,
  inputs: readonly ModelInput[],
  problems: ConfigCheckProblem[],
): ModelWarmup {
  const path: ConfigPath = ['model_warmup', index, 'inputs'];
  const given = sample.inputs ?? {};
  const entries: [string, WarmupInput][] = [];
  for (const [name, described] of Object.entries(given)) {
    const input = inputs.find((candidate) => candidate.name === name);
    if (input === undefined) {
      const names = inputs.map((candidate) => candidate.name);
      problems.push({
        path: [...path, name],
        message: `the model has no input ${JSON.stringify(name)}${didYouMean(name, names)}`,
      });
      continue;
    }
    entries.push([name, completeInput(described ?? {}, input, [...path, name], problems)]);
  }
  for (const input of inputs) {
    if (input.optional || Object.hasOwn(given, input.name)) continue;
    const shape = { data_type: input.data_type, dims: smallest(input.dims) };
    entries.push([
      input.name,
      sample.fill === 'random' ? { ...shape, random_data: true } : { ...shape, zero_data: true },
    ]);
  }
  return {
    name: sample.name === undefined || sample.name === '' ? `warmup_${index}` : sample.name,
    batch_size: sample.batch_size ?? 1,
    count: Math.max(1, sample.count ?? 1),
    inputs: Object.fromEntries(entries),
  };
}

function completeInput(
  described: Readonly<Partial<WarmupInput>>,
  input: ModelInput,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): WarmupInput {
  const dataType = described.data_type ?? input.data_type;
  if (dataType !== input.data_type)
    problems.push({
      path: [...path, 'data_type'],
      message: `expected ${input.data_type} as the input, got ${dataType}`,
    });
  const dims = described.dims ?? smallest(input.dims);
  const fits =
    dims.length === input.dims.length && dims.every((size, k) => input.dims[k] === -1 || size === input.dims[k]);
  if (!fits)
    problems.push({
      path: [...path, 'dims'],
      message: `expected sizes that fit [${input.dims.join(',')}], got [${dims.join(',')}]`,
    });
  const shape = { data_type: input.data_type, dims };
  if (described.input_data_file !== undefined) return { ...shape, input_data_file: described.input_data_file };
  return described.random_data === undefined ? { ...shape, zero_data: true } : { ...shape, random_data: true };
}

function smallest(dims: readonly number[]): number[] {
  return dims.map((size) => (size === -1 ? 1 : size));
}
