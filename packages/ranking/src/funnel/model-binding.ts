import { RangefinderError } from '@rangefinder/base';
import type { ModelMetadata } from '@rangefinder/serving';
import type { Dimension, TensorSpec } from '@rangefinder/tensor';
import type { RankerConfig } from '../config/ranker-config.ts';
import { readPlace, type Place } from '../config/places.ts';
import type { ModelPort } from '../ports.ts';
import type { InputLayout } from './tensor-filling.ts';

export type DeclaredModel = NonNullable<RankerConfig['heavy']>['models'][number];

/** A declared model that has met the served one: which of its inputs are filled from where, and what is taken of its outputs. */
export interface BoundModel {
  readonly declared: DeclaredModel;
  readonly inputs: readonly BoundInput[];
  readonly outputs: readonly BoundOutput[];
  /** Identity of the signature, to notice when another version is served. */
  readonly signature: readonly TensorSpec[];
}

/** A model that is bound, or why it is not. */
export type Binding = BoundModel | RangefinderError;

export interface BoundInput {
  readonly spec: TensorSpec;
  readonly places: readonly Place[];
}

export interface BoundOutput {
  /** As formulas call it. */
  readonly name: string;
  readonly tensor: string;
  readonly column: number;
}

/**
 * Throws what `metadata` throws, and MODEL_INVALID when an input that the model requires has no place or an output is not
 * there. Places declared for inputs that the model does not have are left out, and their features are never read.
 */
export function bindModel(models: ModelPort, declared: DeclaredModel): BoundModel {
  const metadata = models.metadata(declared.model, declared.version);
  const inputs: BoundInput[] = [];
  for (const spec of metadata.inputs) {
    const written = declared.inputs[spec.name];
    if (written === undefined) {
      if (spec.optional) continue;
      throw misfit(declared, `input ${spec.name} of the model has no place; give it one in inputs`);
    }
    const places = (typeof written === 'string' ? [written] : written).map((text) =>
      readPlace(text, `inputs.${spec.name}`),
    );
    inputs.push({ spec, places });
  }
  return { declared, inputs, outputs: boundOutputs(declared, metadata), signature: metadata.inputs };
}

/** What one candidate takes of an input, given how many values the places have; free dimensions become what is left over. */
export function inputLayout({ spec }: BoundInput, givenWidth: number): InputLayout {
  const dimensions = (spec.shape ?? [-1, -1]).slice(1);
  const fixed = dimensions.reduce<number>((product, size) => product * (isFree(size) ? 1 : Number(size)), 1);
  const free = dimensions.filter(isFree).length;
  const rest = free === 0 ? 1 : Math.max(1, Math.floor(givenWidth / fixed));
  let taken = false;
  const shape = dimensions.map((size) => {
    if (!isFree(size)) return Number(size);
    const own = taken ? 1 : rest;
    taken = true;
    return own;
  });
  return { name: spec.name, dataType: spec.dataType, shape, width: fixed * rest };
}

function isFree(size: Dimension): boolean {
  return typeof size === 'string' || size < 0;
}

function boundOutputs(declared: DeclaredModel, metadata: ModelMetadata): BoundOutput[] {
  const written = Object.entries(declared.outputs);
  const [first] = metadata.outputs;
  if (written.length === 0) {
    if (first === undefined) throw misfit(declared, 'the model has no outputs');
    return [{ name: declared.name, tensor: first.name, column: 0 }];
  }
  return written.map(([name, text]) => {
    const groups = /^(?<tensor>.+?)(?:\[(?<column>\d{1,6})\])?$/.exec(text)?.groups;
    const tensor = groups?.['tensor'] ?? text;
    if (!metadata.outputs.some((output) => output.name === tensor)) {
      throw misfit(
        declared,
        `output ${tensor}: the model has ${metadata.outputs.map((output) => output.name).join(', ')}`,
      );
    }
    return { name, tensor, column: Number(groups?.['column'] ?? 0) };
  });
}

function misfit(declared: DeclaredModel, problem: string): RangefinderError {
  return new RangefinderError('MODEL_INVALID', `model ${declared.name} (${declared.model}): ${problem}`);
}
