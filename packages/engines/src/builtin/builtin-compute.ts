import { RangefinderError } from '@rangefinder/base';
import { DATA_TYPES, type DataType, type Shape } from '@rangefinder/tensor';
import type { BuiltinDefinition } from './builtin-definition.ts';
import { numbersOf } from './number-view.ts';

/** The output's bytes. INTERNAL when the model fails on purpose; `run` counts the model's runs from 1. */
export function compute(definition: BuiltinDefinition, input: Uint8Array, shape: Shape, run: number): Uint8Array {
  if (definition.kind === 'square') return square(definition.dataType, input);
  if (definition.kind === 'repeat') return repeat(definition, input, shape);
  if (definition.kind === 'fail' && failsNow(definition, input, run)) {
    throw new RangefinderError('INTERNAL', `the builtin model failed on purpose (run ${run})`);
  }
  return input;
}

function failsNow({ failEvery, failValue, dataType }: BuiltinDefinition, input: Uint8Array, run: number): boolean {
  if (failEvery === undefined && failValue === undefined) return true;
  if (failEvery !== undefined && run % failEvery === 0) return true;
  const first = numbersOf(dataType, input)?.[0];
  return failValue !== undefined && first !== undefined && Number(first) === failValue;
}

function square(dataType: DataType, input: Uint8Array): Uint8Array {
  const output = new Uint8Array(new ArrayBuffer(input.length));
  const from = numbersOf(dataType, input)!;
  const to = numbersOf(dataType, output)!;
  for (let i = 0; i < from.length; i += 1) {
    const value = from[i]!;
    to[i] = typeof value === 'bigint' ? value * value : value * value;
  }
  return output;
}

function repeat({ dataType, times }: BuiltinDefinition, input: Uint8Array, shape: Shape): Uint8Array {
  const rowBytes = (shape.at(-1)! * DATA_TYPES[dataType].bits) / 8;
  const output = new Uint8Array(new ArrayBuffer(input.length * times));
  for (let from = 0, to = 0; from < input.length; from += rowBytes) {
    const row = input.subarray(from, from + rowBytes);
    for (let i = 0; i < times; i += 1, to += rowBytes) output.set(row, to);
  }
  return output;
}
