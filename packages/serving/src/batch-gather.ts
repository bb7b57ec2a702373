import type { RunInput } from '@rangefinder/engines';
import { bucketSize } from '@rangefinder/scheduling';
import {
  DATA_TYPES,
  elementCount,
  paddedBatchShape,
  rowSlice,
  tensorByteLength,
  writePadded,
  writeRows,
  writeTensor,
} from '@rangefinder/tensor';
import type { Tensor } from '@rangefinder/tensor';
import type { InputContract, ModelContract } from './input-contract.ts';
import { paddingElement } from './padding-element.ts';
import type { AcceptedRequest } from './request-intake.ts';

/** Rows of a request that stand in a batch. */
export interface RowRange {
  readonly accepted: AcceptedRequest;
  readonly rowOffset: number;
  readonly rows: number;
}

/** The inputs of one run: each writes the rows of all parts, in order, into the engine's memory. The one copy in. */
export function gatherInputs(contract: ModelContract, parts: readonly RowRange[]): RunInput[] {
  const inputs: RunInput[] = [];
  for (const [index, declared] of contract.inputs.entries()) {
    const tensors: Tensor[] = [];
    for (const part of parts) {
      const tensor = part.accepted.inputs[index];
      if (tensor === undefined) continue;
      tensors.push(part.rows === part.accepted.rows ? tensor : rowSlice(tensor, part.rowOffset, part.rows));
    }
    // Optional inputs are in the shape key: either every part has this one or none does.
    if (tensors.length === 0) continue;
    inputs.push(declared.ragged ? raggedInput(contract, declared, tensors) : denseInput(declared, tensors));
  }
  return inputs;
}

function denseInput(declared: InputContract, tensors: readonly Tensor[]): RunInput {
  const { name, dataType } = declared;
  const first = tensors[0]!;
  const byteLength = tensors.reduce((sum, tensor) => sum + tensorByteLength(tensor), 0);
  if (tensors.length === 1) {
    return { name, dataType, shape: first.shape, byteLength, write: (target) => writeTensor(target, first) };
  }
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return {
    name,
    dataType,
    shape: [rows, ...first.shape.slice(1)],
    byteLength,
    write: (target) => writeRows(target, tensors),
  };
}

function raggedInput(contract: ModelContract, declared: InputContract, tensors: readonly Tensor[]): RunInput {
  const { name, dataType } = declared;
  const shape = raggedBatchShape(contract, declared, tensors);
  const elementBytes = DATA_TYPES[dataType].bits / 8;
  const fill = paddingElement(dataType, declared.paddingValue);
  return {
    name,
    dataType,
    shape,
    byteLength: elementCount(shape) * elementBytes,
    write(target) {
      let row = 0;
      for (const tensor of tensors) {
        writePadded(target, shape, row, tensor, elementBytes, fill);
        row += tensor.shape[0] ?? 0;
      }
    },
  };
}

/** The batch's shape: the largest of each free size, raised to its bucket. */
function raggedBatchShape(contract: ModelContract, declared: InputContract, tensors: readonly Tensor[]): number[] {
  const shape = paddedBatchShape(tensors.map((tensor) => tensor.shape));
  for (let axis = contract.maxBatchSize > 0 ? 1 : 0; axis < shape.length; axis++) {
    if (declared.shape[axis] !== -1) continue;
    const size = shape[axis]!;
    const bucket = bucketSize(size, declared.buckets);
    shape[axis] = Number.isFinite(bucket) ? bucket : size;
  }
  return shape;
}
