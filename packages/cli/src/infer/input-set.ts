import { invalidArgument } from '@rangefinder/base';
import { byteLengthOf, elementCount, formatShape, type TensorSpec } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { isOpen } from '../arrays/shape-fit.ts';
import { concatenate } from '../arrays/stacking.ts';
import { fileFormat, readInputFile } from '../files/input-file.ts';
import { readNpz } from '../files/npz.ts';
import { fitInput, readInputValue, type InputOptions } from './input-value.ts';

/** One of the model's inputs with the data for it. */
export interface BoundInput {
  readonly spec: TensorSpec;
  readonly array: ArrayData;
}

export interface TypedInputs {
  /** From `--input`, in order. */
  readonly named: readonly (readonly [name: string, value: string])[];
  /** The argument after the model's name. */
  readonly only: string | undefined;
  /** Inputs that take the output of the request before. */
  readonly carried: readonly string[];
}

/**
 * Binds everything that was typed to the inputs that the model declares, in the model's order.
 *
 * @throws INVALID_ARGUMENT for names that the model does not have, and for data that does not fit.
 */
export async function bindInputs(
  typed: TypedInputs,
  specs: readonly TensorSpec[],
  options: InputOptions,
): Promise<readonly BoundInput[]> {
  const values = Map.groupBy(typed.named, ([name]) => name);
  for (const name of [...values.keys(), ...typed.carried]) requireSpec(name, specs);
  const bound = new Map<string, ArrayData>();
  const rateHz = options.sound.sampleRateHz ?? typedSampleRate(values, specs);
  const withRate = { ...options, sound: { ...options.sound, sampleRateHz: rateHz } };
  for (const [name, given] of values) {
    const spec = requireSpec(name, specs);
    const arrays: ArrayData[] = [];
    for (const [, value] of given) arrays.push(await readInputValue(value, spec, withRate));
    bound.set(name, concatenate(arrays, name));
  }
  if (typed.only !== undefined) await bindOnly(typed.only, specs, withRate, typed.carried, bound);
  for (const name of typed.carried) {
    if (!bound.has(name)) bound.set(name, zeros(requireSpec(name, specs)));
  }
  return specs.flatMap((spec) => {
    const array = bound.get(spec.name);
    return array === undefined ? [] : [{ spec, array }];
  });
}

function requireSpec(name: string, specs: readonly TensorSpec[]): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined)
    throw invalidArgument(name, `the model has no such input; it has ${specs.map(describeSpec).join(', ')}`);
  return spec;
}

function describeSpec(spec: TensorSpec): string {
  return `${spec.name} ${spec.dataType} ${spec.shape === undefined ? 'of any shape' : formatShape(spec.shape)}`;
}

/** An input called sr or sample_rate says what the model was made for, so a recording is held against it. */
function typedSampleRate(
  values: ReadonlyMap<string, TypedInputs['named']>,
  specs: readonly TensorSpec[],
): number | undefined {
  for (const name of ['sr', 'sample_rate', 'sampling_rate']) {
    const value = values.get(name)?.[0]?.[1];
    const spec = specs.find((candidate) => candidate.name === name);
    if (value === undefined || spec === undefined || !/^\d+$/.test(value)) continue;
    return Number(value);
  }
  return undefined;
}

async function bindOnly(
  text: string,
  specs: readonly TensorSpec[],
  options: InputOptions,
  carried: readonly string[],
  bound: Map<string, ArrayData>,
): Promise<void> {
  const path = text.startsWith('@') && !text.startsWith('@@') ? text.slice(1) : text;
  if (fileFormat(path) === 'npz' && specs.length > 1) {
    for (const [name, array] of readNpz(await readInputFile(path, 'FILE'), path))
      bound.set(name, fitInput(array, requireSpec(name, specs)));
    return;
  }
  const open = specs.filter((spec) => !bound.has(spec.name) && !carried.includes(spec.name));
  const [spec] = open;
  if (spec === undefined || open.length > 1) {
    throw invalidArgument(
      'FILE',
      `the model has ${specs.length} inputs, name them with --input: ${specs.map(describeSpec).join(', ')}`,
    );
  }
  bound.set(spec.name, await readInputValue(fileFormat(path) === undefined ? text : `@${path}`, spec, options));
}

/** What a carried input starts from; open dimensions are 1. */
function zeros(spec: TensorSpec): ArrayData {
  const shape = (spec.shape ?? []).map((size) => (isOpen(size) ? 1 : (size as number)));
  const byteLength = byteLengthOf(spec.dataType, elementCount(shape));
  if (byteLength === undefined)
    throw invalidArgument(spec.name, 'carried text has no zero to start from; give it with --input');
  return { dataType: spec.dataType, shape, bytes: new Uint8Array(byteLength) };
}
