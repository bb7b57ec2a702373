import { DATA_TYPES, type DataType, type Dimension } from '@rangefinder/tensor';
import type { OnnxAttribute, OnnxGraph, OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './onnx-model.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

const DEFAULT_OPSET = 21;
const DEFAULT_IR_VERSION = 10;
/** `AttributeProto.AttributeType` in onnx.proto. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const;

/** The bytes of a .onnx file. Nothing is checked: broken models are wanted too. */
export function buildOnnxModel(model: OnnxModel): Uint8Array {
  const writer = new ProtobufWriter()
    .integer(1, model.irVersion ?? DEFAULT_IR_VERSION)
    .string(2, model.producerName ?? 'rangefinder-testing')
    .string(3, model.producerVersion)
    .string(4, model.domain)
    .integer(5, model.modelVersion ?? 0)
    .string(6, model.description)
    .message(7, graph({ ...model, name: model.graphName ?? 'graph' }));
  const opsets = Object.entries({ '': model.opset ?? DEFAULT_OPSET, ...model.otherOpsets });
  for (const [domain, version] of opsets) {
    writer.message(8, new ProtobufWriter().string(1, domain).integer(2, version));
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) writer.message(14, stringEntry(key, value));
  return writer.finish();
}

function graph(value: OnnxGraph): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const each of value.nodes) writer.message(1, node(each));
  writer.string(2, value.name);
  for (const each of value.initializers ?? []) writer.message(5, tensor(each));
  for (const each of value.inputs) writer.message(11, valueInfo(each));
  for (const each of value.outputs) writer.message(12, valueInfo(each));
  return writer;
}

function node(value: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of value.inputs) writer.string(1, input);
  for (const output of value.outputs) writer.string(2, output);
  writer.string(3, value.name).string(4, value.operator);
  for (const [name, each] of Object.entries(value.attributes ?? {})) writer.message(5, attribute(name, each));
  return writer.string(7, value.domain);
}

function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const writer = new ProtobufWriter().string(1, name);
  if ('float' in value) return writer.float(2, value.float).integer(20, ATTRIBUTE_TYPES.float);
  if ('int' in value) return writer.integer(3, value.int).integer(20, ATTRIBUTE_TYPES.int);
  if ('string' in value) return writer.string(4, value.string).integer(20, ATTRIBUTE_TYPES.string);
  if ('tensor' in value) return writer.message(5, tensor(value.tensor)).integer(20, ATTRIBUTE_TYPES.tensor);
  if ('graph' in value) return writer.message(6, graph(value.graph)).integer(20, ATTRIBUTE_TYPES.graph);
  for (const each of value.ints) writer.integer(8, each);
  return writer.integer(20, ATTRIBUTE_TYPES.ints);
}

function tensor(value: OnnxInitializer): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const size of value.shape) writer.integer(1, size);
  writer.integer(2, DATA_TYPES[value.dataType].onnx);
  for (const each of value.strings ?? []) writer.string(6, each);
  writer.string(8, value.name);
  if (value.bytes !== undefined) writer.bytes(9, value.bytes);
  if (value.external !== undefined) {
    for (const [key, each] of Object.entries(value.external)) writer.message(13, stringEntry(key, String(each)));
    writer.integer(14, 1);
  }
  return writer;
}

function valueInfo(value: OnnxValue): ProtobufWriter {
  return new ProtobufWriter().string(1, value.name).message(2, valueType(value));
}

function valueType(value: OnnxValue): ProtobufWriter {
  const inner = new ProtobufWriter().message(1, tensorType(value.dataType, value.shape));
  if (value.kind === 'optional') return new ProtobufWriter().message(9, new ProtobufWriter().message(1, inner));
  if (value.kind === 'sequence') return new ProtobufWriter().message(4, new ProtobufWriter().message(1, inner));
  return inner;
}

function tensorType(dataType: DataType, shape: readonly Dimension[] | undefined): ProtobufWriter {
  const writer = new ProtobufWriter().integer(1, DATA_TYPES[dataType].onnx);
  if (shape === undefined) return writer;
  const dimensions = new ProtobufWriter();
  for (const each of shape) dimensions.message(1, dimension(each));
  return writer.message(2, dimensions);
}

/** A name, a size, or nothing at all for -1. */
function dimension(value: Dimension): ProtobufWriter {
  const writer = new ProtobufWriter();
  if (typeof value === 'string') return writer.string(2, value);
  return value < 0 ? writer : writer.integer(1, value);
}

function stringEntry(key: string, value: string): ProtobufWriter {
  return new ProtobufWriter().string(1, key).string(2, value);
}
