import type { ConfigCheckProblem, ConfigPath } from '@rangefinder/base';
import { relativeFileProblem } from './relative-file.ts';
import type { WrittenFields, WrittenInput, WrittenOutput } from './written-fields.ts';

/** What the schema cannot say of inputs, outputs and warm-up samples, as far as it is known without the model. */
export function tensorProblems(config: WrittenFields): ConfigCheckProblem[] {
  const problems: ConfigCheckProblem[] = [];
  checkTensors('input', config.input ?? [], problems);
  checkTensors('output', config.output ?? [], problems);
  config.input?.forEach((input, i) => checkPadding(input, ['input', i], config.max_batch_size, problems));
  config.output?.forEach((output, i) => checkUnpad(output, ['output', i], config.input ?? [], problems));
  checkWarmup(config, problems);
  return problems;
}

function checkTensors(
  field: 'input' | 'output',
  tensors: readonly (WrittenInput | WrittenOutput)[],
  problems: ConfigCheckProblem[],
): void {
  const names = new Map<string, number>();
  tensors.forEach((tensor, i) => {
    const { name } = tensor;
    if (name === undefined) {
      problems.push({ path: [field, i, 'name'], message: 'required: expected the name of the tensor in the model' });
    } else {
      const first = names.get(name);
      if (first !== undefined)
        problems.push({
          path: [field, i, 'name'],
          message: `expected different names, got ${JSON.stringify(name)} again (first at ${field}[${first}])`,
        });
      else names.set(name, i);
    }
    tensor.dims?.forEach((size, k) => {
      if (size === 0)
        problems.push({ path: [field, i, 'dims', k], message: 'expected a size ≥ 1, or -1 for any, got 0' });
    });
    const labels = tensor.label_filename;
    const problem = labels === undefined || labels === '' ? undefined : relativeFileProblem(labels);
    if (problem !== undefined) problems.push({ path: [field, i, 'label_filename'], message: problem });
  });
}

function checkPadding(
  input: WrittenInput,
  path: ConfigPath,
  maxBatchSize: number | undefined,
  problems: ConfigCheckProblem[],
): void {
  const add = (key: ConfigPath, message: string): void => void problems.push({ path: [...path, ...key], message });
  if (input.allow_ragged_batch === true) {
    if (maxBatchSize === 0) add(['allow_ragged_batch'], 'expected false because max_batch_size is 0, got true');
    if (input.data_type === 'TYPE_STRING')
      add(['allow_ragged_batch'], 'expected false because strings cannot be padded, got true');
    if (input.dims !== undefined && !input.dims.includes(-1))
      add(['allow_ragged_batch'], 'expected false because no size in dims is -1, got true');
  } else if (input.padding !== undefined) {
    add(['padding'], 'expected only with allow_ragged_batch: true');
  }
  const buckets = input.padding?.buckets ?? [];
  buckets.forEach((bucket, k) => {
    if (k > 0 && bucket <= buckets[k - 1]!)
      add(['padding', 'buckets', k], `expected more than ${buckets[k - 1]} (ascending order), got ${bucket}`);
  });
}

function checkUnpad(
  output: WrittenOutput,
  path: ConfigPath,
  inputs: readonly WrittenInput[],
  problems: ConfigCheckProblem[],
): void {
  const { unpad } = output;
  if (unpad === undefined) return;
  const add = (key: string, message: string): void => void problems.push({ path: [...path, 'unpad', key], message });
  if (unpad.dim === undefined) add('dim', 'required: expected an index into dims');
  else if (output.dims !== undefined && unpad.dim >= output.dims.length)
    add('dim', `expected an index below ${output.dims.length}, got ${unpad.dim}`);
  else if (output.dims !== undefined && output.dims[unpad.dim] !== -1)
    add('dim', `expected a dimension whose size is -1, got ${output.dims[unpad.dim]}`);
  const input = inputs.find((candidate) => candidate.name === unpad.input);
  if (unpad.input === undefined) add('input', 'required: expected the name of a ragged input');
  else if (input?.allow_ragged_batch !== true)
    add('input', `expected an input with allow_ragged_batch: true, got ${JSON.stringify(unpad.input)}`);
}

function checkWarmup(config: WrittenFields, problems: ConfigCheckProblem[]): void {
  const maxBatchSize = config.max_batch_size;
  config.model_warmup?.forEach((sample, i) => {
    const size = sample.batch_size ?? 1;
    if (maxBatchSize !== undefined && size > Math.max(1, maxBatchSize)) {
      const limit = maxBatchSize === 0 ? '1 because max_batch_size is 0' : `at most ${maxBatchSize} (max_batch_size)`;
      problems.push({ path: ['model_warmup', i, 'batch_size'], message: `expected ${limit}, got ${size}` });
    }
    for (const [name, input] of Object.entries(sample.inputs ?? {})) {
      if (input === undefined) continue;
      const path = ['model_warmup', i, 'inputs', name];
      const given = (['zero_data', 'random_data', 'input_data_file'] as const).filter(
        (key) => input[key] !== undefined,
      );
      if (given.length > 1)
        problems.push({
          path,
          message: `expected one of zero_data, random_data and input_data_file, got ${given.join(' and ')}`,
        });
      const problem = input.input_data_file === undefined ? undefined : relativeFileProblem(input.input_data_file);
      if (problem !== undefined) problems.push({ path: [...path, 'input_data_file'], message: problem });
    }
  });
}
