import type { TensorDeclaration } from './input-kind.ts';
import { matchesDeclared } from './shape.ts';
import type { Tensor } from './tensor.ts';

const AFFIXES = /^(new|next|updated|output|out|present)[_.]?|[_.]?(new|next|out|output|n|t1)$/gi;

/** `stateN`, `new_state`, `state_out`, `present.state` → `state`. */
function stem(name: string): string {
  const bare = name
    .replace(/^(past_key_values|past|prev|previous|in|input)[_.]?/i, '')
    .replace(/[_.]?(in|input|prev|0)$/i, '');
  return bare
    .replace(AFFIXES, '')
    .replace(/[^a-z0-9]/gi, '')
    .toLowerCase();
}

/**
 * Which input a stateful model takes back each output in: same type, a shape that the declaration allows, and names that are
 * the same but for marks of time. The map is from output name to input name.
 */
export function pairStates(
  inputs: readonly TensorDeclaration[],
  outputs: readonly TensorDeclaration[],
): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const output of outputs) {
    const wanted = stem(output.name);
    const input = inputs.find(
      (candidate) =>
        wanted !== '' &&
        candidate.datatype === output.datatype &&
        (candidate.name === output.name || stem(candidate.name) === wanted) &&
        compatible(candidate, output),
    );
    if (input !== undefined && ![...pairs.values()].includes(input.name)) pairs.set(output.name, input.name);
  }
  return pairs;
}

function compatible(input: TensorDeclaration, output: TensorDeclaration): boolean {
  if (input.shape.length !== output.shape.length) return output.shape.length === 0;
  return input.shape.every((size, i) => {
    const other = output.shape[i];
    return typeof size !== 'number' || typeof other !== 'number' || size < 0 || other < 0 || size === other;
  });
}

/** Inputs that could take this very tensor. */
export function inputsThatTake(inputs: readonly TensorDeclaration[], tensor: Tensor): readonly string[] {
  return inputs
    .filter(
      (input) =>
        input.datatype === tensor.dataType && tensor.shape.length > 0 && matchesDeclared(input.shape, tensor.shape),
    )
    .map((input) => input.name);
}
