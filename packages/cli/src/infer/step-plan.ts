import { invalidArgument } from '@rangefinder/base';
import { rowSlice, type Tensor } from '@rangefinder/tensor';
import { isOpen } from '../arrays/shape-fit.ts';
import type { BoundInput } from './input-set.ts';

/** An output of one request that becomes an input of the next. */
export interface Carry {
  readonly output: string;
  readonly input: string;
}

/**
 * How the data becomes requests: one, or one for each row of the stepped inputs, where outputs are carried over or the model
 * takes one row at a time and more are given.
 */
export interface StepPlan {
  readonly steps: number;
  readonly stepped: boolean;
  /** Where steps are moments of a recording: seconds from one to the next. */
  readonly stepSeconds: number | undefined;
  /** Inputs of request `step`, those carried over excepted when `carried` has them. */
  inputsOf(step: number, carried: ReadonlyMap<string, Tensor>): readonly Tensor[];
}

/** @throws INVALID_ARGUMENT where inputs are to be stepped through together and have different numbers of rows. */
export function planSteps(inputs: readonly BoundInput[], carries: readonly Carry[]): StepPlan {
  const carried = new Set(carries.map((carry) => carry.input));
  const rowed = inputs.filter((input) => !carried.has(input.spec.name) && isStepped(input, carries.length > 0));
  const [first] = rowed;
  const steps = first?.array.shape[0] ?? 1;
  for (const { spec, array } of rowed) {
    if (array.shape[0] !== steps)
      throw invalidArgument(spec.name, `has ${array.shape[0]} rows to step through, ${first?.spec.name} has ${steps}`);
  }
  const names = new Set(rowed.map((input) => input.spec.name));
  return {
    steps,
    stepped: carries.length > 0 || rowed.length > 0,
    stepSeconds: inputs.find(({ array }) => array.rowSeconds !== undefined)?.array.rowSeconds,
    inputsOf: (step, state) =>
      inputs.map(({ spec, array }) => {
        const tensor: Tensor = { name: spec.name, dataType: array.dataType, shape: array.shape, bytes: array.bytes };
        return names.has(spec.name) ? rowSlice(tensor, step, 1) : (state.get(spec.name) ?? tensor);
      }),
  };
}

/** The outputs of a request under the names of the inputs that they become. @throws INVALID_ARGUMENT for an output that is not there. */
export function carryOver(outputs: readonly Tensor[], carries: readonly Carry[]): ReadonlyMap<string, Tensor> {
  return new Map(
    carries.map(({ output, input }) => {
      const tensor = outputs.find((candidate) => candidate.name === output);
      if (tensor === undefined)
        throw invalidArgument(
          '--carry',
          `the model gave no output ${JSON.stringify(output)}; it gave ${outputs.map(({ name }) => name).join(', ')}`,
        );
      return [input, { ...tensor, name: input }];
    }),
  );
}

function isStepped({ spec, array }: BoundInput, carrying: boolean): boolean {
  const rows = array.shape[0] ?? 1;
  const declared = spec.shape?.[0];
  if (array.shape.length === 0 || rows === 1) return false;
  return (declared === 1 && array.shape.length > 1) || (carrying && (isOpen(declared) || declared === 1));
}
