import { RangefinderError } from '@rangefinder/base';
import type { ModelMetadata } from '@rangefinder/serving';
import type { Dimension } from '@rangefinder/tensor';
import { readPlace } from '../config/places.ts';
import type { ModelPort } from '../ports.ts';
import { misfit, type BoundInput, type DeclaredModel, type Witness } from './declared-model.ts';
import type { InputLayout } from './tensor-filling.ts';
import { matchUserPart, wantsUserPart, type BoundUserPart, type IsOfUser } from './user-part-binding.ts';

/** A declared model that has met the served one: which of its inputs are filled from where, and what is taken of its outputs. */
export interface BoundModel {
  readonly declared: DeclaredModel;
  /** As requests ask for it: what was declared, and for a cut model the version that its user part fits. */
  readonly version: string;
  /** Those that places fill; a cut model's others come from its user part. */
  readonly inputs: readonly BoundInput[];
  readonly outputs: readonly BoundOutput[];
  /** undefined for a model that is whole. */
  readonly userPart: BoundUserPart | undefined;
  readonly witnesses: readonly Witness[];
}

/** A model that is bound, or why it is not. */
export type Binding = BoundModel | RangefinderError;

export interface BoundOutput {
  /** As formulas call it. */
  readonly name: string;
  readonly tensor: string;
  readonly column: number;
}

/**
 * Throws what `metadata` throws, and MODEL_INVALID when an input that the model requires has no place, an output is not there
 * or no user part fits. Places declared for inputs that the model does not have are left out, and their features are never
 * read. Where no version is declared, the newest for which a user part of the same cut is served.
 */
export function bindModel(models: ModelPort, declared: DeclaredModel, isOfUser: IsOfUser): BoundModel {
  const newest = models.metadata(declared.model, declared.version);
  const witness = { model: declared.model, version: declared.version, inputs: newest.inputs };
  if (!wantsUserPart(declared, newest)) return bindWhole(declared, newest, declared.version, [witness]);
  const witnesses: Witness[] = [witness];
  let problem: RangefinderError | undefined;
  for (const version of declared.version === '' ? newest.versions.toReversed() : [declared.version]) {
    const item = models.metadata(declared.model, version);
    witnesses.push({ model: declared.model, version, inputs: item.inputs });
    if (!wantsUserPart(declared, item)) return bindWhole(declared, item, version, witnesses);
    const match = matchUserPart(models, declared, item, version, isOfUser);
    witnesses.push(...match.witnesses);
    const { userPart } = match;
    if (userPart instanceof RangefinderError) problem ??= userPart;
    else return { ...bindWhole(declared, item, version, witnesses, userPart.feeds), userPart };
  }
  throw problem ?? misfit(declared, 'no version is served');
}

/** `fed` are the inputs that a user part gives. */
function bindWhole(
  declared: DeclaredModel,
  metadata: ModelMetadata,
  version: string,
  witnesses: readonly Witness[],
  fed: BoundUserPart['feeds'] = [],
): BoundModel {
  const inputs: BoundInput[] = [];
  for (const spec of metadata.inputs) {
    if (fed.some(({ name }) => name === spec.name)) continue;
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
  return { declared, version, inputs, outputs: boundOutputs(declared, metadata), userPart: undefined, witnesses };
}

/** Whether what is served is still what the model was bound to. */
export function stillServed(models: ModelPort, { witnesses }: BoundModel): boolean {
  return witnesses.every(({ model, version, inputs }) => {
    try {
      return models.metadata(model, version).inputs === inputs;
    } catch {
      return inputs === undefined;
    }
  });
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
