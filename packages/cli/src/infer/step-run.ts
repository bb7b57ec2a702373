import { invalidArgument } from '@rangefinder/base';
import type { Tensor } from '@rangefinder/tensor';
import type { ConnectionResponse } from '../server-connection.ts';
import { carryOver, type Carry, type StepPlan } from './step-plan.ts';

export interface StepRun {
  /** All outputs of each step. */
  readonly steps: readonly (readonly Tensor[])[];
  /** What the last step left for a next one, by input. */
  readonly carried: ReadonlyMap<string, Tensor>;
  readonly last: ConnectionResponse;
}

/** One request after another, each with what the one before left. @throws INVALID_ARGUMENT where there is no step at all. */
export async function runSteps(
  plan: StepPlan,
  carries: readonly Carry[],
  infer: (inputs: readonly Tensor[]) => Promise<ConnectionResponse>,
  onStep: (step: number, outputs: readonly Tensor[]) => void,
): Promise<StepRun> {
  const steps: (readonly Tensor[])[] = [];
  let carried: ReadonlyMap<string, Tensor> = new Map();
  let last: ConnectionResponse | undefined;
  for (let step = 0; step < plan.steps; step += 1) {
    last = await infer(plan.inputsOf(step, carried));
    carried = carryOver(last.outputs, carries);
    steps.push(last.outputs);
    onStep(step, last.outputs);
  }
  if (last === undefined) throw invalidArgument('--input', 'holds no rows to ask about');
  return { steps, carried, last };
}
