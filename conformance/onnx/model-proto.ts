import { readFields, textOf } from './protobuf-reader.ts';

/** What a graph takes or gives, by the case of `TypeProto.value` in onnx.proto. */
export type ValueKind = 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'unknown';

export interface GraphValue {
  readonly name: string;
  readonly kind: ValueKind;
  /** `TensorProto.DataType` of a tensor; 0 where there is none. */
  readonly onnxType: number;
  /** Sizes of a tensor's dimensions, -1 for any; undefined where not even the rank is declared. */
  readonly shape: readonly number[] | undefined;
}

export interface GraphInterface {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const MODEL_GRAPH = 7;
const GRAPH_INPUT = 11;
const GRAPH_OUTPUT = 12;
const KINDS: Readonly<Record<number, ValueKind>> = {
  1: 'tensor',
  4: 'sequence',
  5: 'map',
  8: 'sparse tensor',
  9: 'optional',
};

/** Names and kinds of a model's inputs and outputs; nothing else of the file is looked at. */
export function readGraphInterface(model: Uint8Array): GraphInterface {
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  for (const field of readFields(model)) {
    if (field.number !== MODEL_GRAPH) continue;
    for (const part of readFields(field.bytes)) {
      if (part.number === GRAPH_INPUT) inputs.push(readValue(part.bytes));
      else if (part.number === GRAPH_OUTPUT) outputs.push(readValue(part.bytes));
    }
  }
  return { inputs, outputs };
}

function readValue(valueInfo: Uint8Array): GraphValue {
  let name = '';
  let type: Partial<GraphValue> = {};
  for (const field of readFields(valueInfo)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2) type = readType(field.bytes);
  }
  return { kind: 'unknown', onnxType: 0, shape: undefined, ...type, name };
}

function readType(typeProto: Uint8Array): Partial<GraphValue> {
  for (const { number, bytes } of readFields(typeProto)) {
    const kind = KINDS[number];
    if (kind !== undefined) return kind === 'tensor' ? { kind, ...readTensorType(bytes) } : { kind };
  }
  return {};
}

function readTensorType(tensorType: Uint8Array): Pick<GraphValue, 'onnxType' | 'shape'> {
  let onnxType = 0;
  let shape: number[] | undefined;
  for (const field of readFields(tensorType)) {
    if (field.number === 1) onnxType = Number(field.value);
    else if (field.number === 2) shape = [...readFields(field.bytes)].map((dimension) => readSize(dimension.bytes));
  }
  return { onnxType, shape };
}

/** A dimension has a size (field 1), a name (field 2) or neither. */
function readSize(dimension: Uint8Array): number {
  for (const field of readFields(dimension)) if (field.number === 1) return Number(field.value);
  return -1;
}
