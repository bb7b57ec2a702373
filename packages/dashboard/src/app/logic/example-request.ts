import { elementType, isElementType } from './element-types.ts';
import { usualFill } from './input-kind.ts';
import type { TensorDeclaration } from './input-kind.ts';
import { elementCount, initialShape } from './shape.ts';
import { allocateValues, isBig, isText } from './tensor.ts';
import type { Tensor, TensorValues } from './tensor.ts';

/** One value everywhere; texts are left empty. */
export function filledValues(dataType: Tensor['dataType'], count: number, value: number): TensorValues {
  const values = allocateValues(dataType, count);
  if (isText(values)) return values;
  if (isBig(values)) return values.fill(BigInt(value));
  return values.fill(value);
}

/** Plausible random values: floats in [0, 1), whole numbers 0 to 9, coin flips for BOOL. `random` gives numbers in [0, 1). */
export function randomValues(dataType: Tensor['dataType'], count: number, random: () => number): TensorValues {
  const values = allocateValues(dataType, count);
  const { kind } = elementType(dataType);
  for (let i = 0; i < count; i += 1) {
    const draw = random();
    if (isText(values)) values[i] = `text ${Math.floor(draw * 1000)}`;
    else if (isBig(values)) values[i] = BigInt(Math.floor(draw * 10));
    else values[i] = kind === 'float' ? draw : kind === 'bool' ? Math.round(draw) : Math.floor(draw * 10);
  }
  return values;
}

/** A valid request for a model: every dynamic dimension 1, zeros, and usual values where a name tells one. */
export function exampleInputs(inputs: readonly TensorDeclaration[]): readonly Tensor[] {
  return inputs.flatMap((input) => {
    if (!isElementType(input.datatype)) return [];
    const shape = initialShape(input.shape);
    return [
      {
        name: input.name,
        dataType: input.datatype,
        shape,
        values: filledValues(input.datatype, elementCount(shape), usualFill(input)),
      },
    ];
  });
}
