import { invalidArgument } from '@rangefinder/base';
import { bucketSize } from '@rangefinder/scheduling';
import { byteLengthOf, elementCount, formatShape, tensorByteLength } from '@rangefinder/tensor';
import type { InferenceRequest, RequestedOutput, Shape, Tensor } from '@rangefinder/tensor';
import type { InputContract, ModelContract } from './input-contract.ts';

/** A request that fits its model, in the model's order. */
export interface AcceptedRequest {
  readonly rows: number;
  readonly shapeKey: string;
  readonly payloadBytes: number;
  /** By index of the model's inputs; undefined for an optional input that was left out. */
  readonly inputs: readonly (Tensor | undefined)[];
}

/** Checks a request against the model's contract. Throws INVALID_ARGUMENT naming the input or output and what was expected. */
export function acceptRequest(contract: ModelContract, request: InferenceRequest): AcceptedRequest {
  const inputs: (Tensor | undefined)[] = contract.inputs.map(() => undefined);
  let payloadBytes = 0;
  for (const tensor of request.inputs) {
    const index = contract.inputIndex.get(tensor.name);
    if (index === undefined) throw unknownName(contract, 'input', tensor.name);
    if (inputs[index] !== undefined) throw invalidArgument(`input '${tensor.name}'`, 'given more than once');
    inputs[index] = tensor;
    payloadBytes += tensorByteLength(tensor);
  }
  let rows = contract.maxBatchSize > 0 ? 0 : 1;
  let rowsFrom = '';
  for (const [index, declared] of contract.inputs.entries()) {
    const tensor = inputs[index];
    if (tensor === undefined) {
      if (declared.optional) continue;
      throw invalidArgument(`input '${declared.name}'`, `missing; model '${contract.modelName}' requires it`);
    }
    checkTensor(declared, tensor, contract.maxBatchSize > 0);
    if (contract.maxBatchSize === 0) continue;
    const own = tensor.shape[0] ?? 0;
    if (rows === 0) {
      rows = own;
      rowsFrom = declared.name;
    } else if (own !== rows) {
      throw invalidArgument(
        `input '${declared.name}'`,
        `batch dimension: expected ${rows}, as input '${rowsFrom}' has, got ${own}`,
      );
    }
  }
  if (rows === 0) throw invalidArgument('inputs', `model '${contract.modelName}' is batched: give at least one input`);
  checkOutputs(contract, request.outputs);
  return { rows, shapeKey: contract.fixedShapes ? '' : shapeKey(contract, inputs), payloadBytes, inputs };
}

function checkTensor(declared: InputContract, tensor: Tensor, batched: boolean): void {
  const field = `input '${declared.name}'`;
  if (tensor.dataType !== declared.dataType) {
    throw invalidArgument(field, `datatype: expected ${declared.dataType}, got ${tensor.dataType}`);
  }
  if (!fits(declared.shape, tensor.shape)) {
    throw invalidArgument(
      field,
      `shape: expected ${formatShape(declared.shape)} (-1 is any size), got ${formatShape(tensor.shape)}`,
    );
  }
  if (batched && tensor.shape[0] === 0) {
    throw invalidArgument(field, 'shape: expected a batch dimension of at least 1, got 0');
  }
  const expectedBytes = byteLengthOf(tensor.dataType, elementCount(tensor.shape));
  if (expectedBytes !== undefined && expectedBytes !== tensorByteLength(tensor)) {
    throw invalidArgument(
      field,
      `data: expected ${expectedBytes} bytes for ${tensor.dataType} ${formatShape(tensor.shape)}, got ${tensorByteLength(tensor)}`,
    );
  }
}

function fits(declared: readonly number[], shape: Shape): boolean {
  if (declared.length !== shape.length) return false;
  for (let axis = 0; axis < declared.length; axis++) {
    if (declared[axis] !== -1 && declared[axis] !== shape[axis]) return false;
  }
  return true;
}

function checkOutputs(contract: ModelContract, outputs: readonly RequestedOutput[]): void {
  if (outputs.length === 0) return;
  const seen = new Set<string>();
  for (const { name } of outputs) {
    if (!contract.outputIndex.has(name)) throw unknownName(contract, 'output', name);
    if (seen.has(name)) throw invalidArgument(`output '${name}'`, 'asked for more than once');
    seen.add(name);
  }
}

function unknownName(contract: ModelContract, kind: 'input' | 'output', name: string): Error {
  const known = [...(kind === 'input' ? contract.inputIndex : contract.outputIndex).keys()];
  const list = known.map((one) => `'${one}'`).join(', ');
  return invalidArgument(`${kind} '${name}'`, `model '${contract.modelName}' has no such ${kind}; it has ${list}`);
}

/** Sizes beyond the batch, bucketed where an input is ragged: requests with equal keys can share a batch. */
function shapeKey(contract: ModelContract, inputs: readonly (Tensor | undefined)[]): string {
  let key = '';
  for (const [index, declared] of contract.inputs.entries()) {
    const tensor = inputs[index];
    if (tensor === undefined) {
      key += '-;';
      continue;
    }
    for (let axis = contract.maxBatchSize > 0 ? 1 : 0; axis < tensor.shape.length; axis++) {
      const size = tensor.shape[axis] ?? 0;
      const padded = declared.ragged && declared.shape[axis] === -1;
      key += padded ? `~${bucketSize(size, declared.buckets)},` : `${size},`;
    }
    key += ';';
  }
  return key;
}
