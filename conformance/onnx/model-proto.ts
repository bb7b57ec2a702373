import { readFields, textOf } from './protobuf-reader.ts';

/** What a graph takes or gives, by the case of `TypeProto.value` in onnx.proto. */
export type ValueKind = 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'unknown';

export interface GraphValue {
  readonly name: string;
  readonly kind: ValueKind;
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
  let kind: ValueKind = 'unknown';
  for (const field of readFields(valueInfo)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2) {
      for (const type of readFields(field.bytes)) kind = KINDS[type.number] ?? kind;
    }
  }
  return { name, kind };
}
