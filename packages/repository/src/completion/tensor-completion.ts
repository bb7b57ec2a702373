import { didYouMean, withDefaults, schemaNode, type ConfigCheckProblem, type ConfigPath } from '@rangefinder/base';
import type { TensorSpec } from '@rangefinder/tensor';
import { toConfigDataType } from '../config-data-type.ts';
import type { ModelInput, ModelOutput } from '../model-config.ts';
import type { ModelSignature } from '../model-signature.ts';
import { modelInputSchema, modelOutputSchema } from '../schema/tensor-schema.ts';
import { configDims } from './batch-dimension.ts';
import type { WrittenFields, WrittenInput, WrittenOutput } from './written-fields.ts';

/** Inputs and outputs of a complete configuration, and what the written ones get wrong about the model. */
export interface CompletedTensors {
  readonly input: readonly ModelInput[];
  readonly output: readonly ModelOutput[];
  readonly problems: readonly ConfigCheckProblem[];
}

/**
 * Declared tensors in the order written, filled in from the model; then the inputs that were left out. Outputs that were
 * left out are not served, unless none is declared.
 */
export function completeTensors(written: WrittenFields, signature: ModelSignature, batched: boolean): CompletedTensors {
  const problems: ConfigCheckProblem[] = [];
  const declaredInputs = written.input ?? [];
  const declaredOutputs = written.output ?? [];
  const input = declaredInputs.map((declared, i) =>
    completeInput(declared, signature.inputs, batched, ['input', i], problems),
  );
  const named = new Set(declaredInputs.map((declared) => declared.name));
  for (const spec of signature.inputs) {
    if (!named.has(spec.name))
      input.push(completeInput({ name: spec.name }, signature.inputs, batched, ['input'], problems));
  }
  const outputs = declaredOutputs.length > 0 ? declaredOutputs : signature.outputs.map(({ name }) => ({ name }));
  const output = outputs.map((declared, i) =>
    completeOutput(declared, signature.outputs, batched, ['output', i], problems),
  );
  return { input, output, problems };
}

function completeInput(
  declared: WrittenInput,
  specs: readonly TensorSpec[],
  batched: boolean,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): ModelInput {
  const spec = specOf(declared.name ?? '', specs, 'input', path, problems);
  if (declared.optional === true && spec !== undefined && !spec.optional) {
    problems.push({
      path: [...path, 'optional'],
      message: 'expected false because the model has no default for this input, got true',
    });
  }
  const filled = {
    ...declared,
    data_type: completeDataType(declared, spec, path, problems),
    dims: completeDims(declared, spec, batched, path, problems),
    optional: declared.optional ?? spec?.optional ?? false,
  };
  const complete = withDefaults(schemaNode(modelInputSchema), filled) as ModelInput;
  checkRagged(complete, declared, path, problems);
  return complete;
}

function completeOutput(
  declared: WrittenOutput,
  specs: readonly TensorSpec[],
  batched: boolean,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): ModelOutput {
  const spec = specOf(declared.name ?? '', specs, 'output', path, problems);
  const filled = {
    ...declared,
    data_type: completeDataType(declared, spec, path, problems),
    dims: completeDims(declared, spec, batched, path, problems),
  };
  const complete = withDefaults(schemaNode(modelOutputSchema), filled) as ModelOutput;
  if (complete.unpad !== undefined && declared.dims === undefined && complete.dims[complete.unpad.dim] !== -1) {
    problems.push({
      path: [...path, 'unpad', 'dim'],
      message: `expected the index of a dimension whose size is -1 in [${complete.dims.join(',')}], got ${complete.unpad.dim}`,
    });
  }
  return complete;
}

function specOf(
  name: string,
  specs: readonly TensorSpec[],
  kind: string,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): TensorSpec | undefined {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) {
    const names = specs.map((candidate) => candidate.name);
    const has =
      names.length === 0
        ? 'none'
        : names
            .slice(0, 20)
            .map((known) => JSON.stringify(known))
            .join(', ');
    problems.push({
      path: [...path, 'name'],
      message: `the model has no ${kind} ${JSON.stringify(name)}${didYouMean(name, names)}; it has ${has}`,
    });
  }
  return spec;
}

function completeDataType(
  declared: WrittenInput | WrittenOutput,
  spec: TensorSpec | undefined,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): string {
  if (spec === undefined) return declared.data_type ?? '';
  const actual = toConfigDataType(spec.dataType);
  if (declared.data_type !== undefined && declared.data_type !== actual) {
    problems.push({
      path: [...path, 'data_type'],
      message: `expected ${actual} as in the model, got ${declared.data_type}`,
    });
  }
  return actual;
}

/** A free dimension of the model may be narrowed to a size; a fixed one must be stated as it is. */
function completeDims(
  declared: WrittenInput | WrittenOutput,
  spec: TensorSpec | undefined,
  batched: boolean,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): readonly number[] {
  const at = [...path, 'dims'];
  if (spec?.shape === undefined) {
    if (declared.dims === undefined && spec !== undefined) {
      problems.push({
        path: at,
        message: `required for ${JSON.stringify(spec.name)}: the model does not say how many dimensions it has`,
      });
    }
    return declared.dims ?? [];
  }
  const actual = configDims(spec.shape, batched);
  const { dims } = declared;
  if (dims === undefined) return actual;
  const fits = dims.length === actual.length && dims.every((size, k) => actual[k] === -1 || size === actual[k]);
  if (!fits) {
    const withBatch =
      batched && dims.length === actual.length + 1
        ? '; the batch dimension is not part of dims when max_batch_size is more than 0'
        : '';
    problems.push({
      path: at,
      message: `expected [${actual.join(',')}] as in the model, got [${dims.join(',')}]${withBatch}`,
    });
  }
  return dims;
}

/** The same as the check without the model, for what only the model told. */
function checkRagged(
  input: ModelInput,
  declared: WrittenInput,
  path: ConfigPath,
  problems: ConfigCheckProblem[],
): void {
  if (!input.allow_ragged_batch) return;
  if (declared.dims === undefined && !input.dims.includes(-1)) {
    problems.push({
      path: [...path, 'allow_ragged_batch'],
      message: 'expected false because the model has no free dimension in this input, got true',
    });
  }
  if (declared.data_type === undefined && input.data_type === 'TYPE_STRING') {
    problems.push({
      path: [...path, 'allow_ragged_batch'],
      message: 'expected false because strings cannot be padded, got true',
    });
  }
}
