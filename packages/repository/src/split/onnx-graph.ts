/** An ONNX file as far as splitting reads it. Field numbers are those of onnx.proto. */
import { RangefinderError } from '@rangefinder/base';
import { integersOf, readFields, textOf } from './wire.ts';
import type { WireField } from './wire.ts';

export interface OnnxFile {
  /** Of the default operator set. */
  readonly opset: number;
  readonly graph: OnnxGraph;
  /** Fields of ModelProto besides the graph, as they were. */
  readonly otherFields: readonly WireField[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  /** Graph inputs that are not initializers with a default. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly NamedBytes[];
  /** Initializer → shape and, for small lists of integers, values. */
  readonly constants: ReadonlyMap<string, OnnxConstant>;
  /** Types of inner values and quantization annotations, by the name of the value they are about. */
  readonly remarks: readonly NamedBytes[];
  readonly otherFields: readonly WireField[];
}

/** A field of the graph that speaks of one value. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Inputs, and what graphs inside (of If, Loop, Scan) read from outside. */
  readonly reads: ReadonlySet<string>;
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly bytes: Uint8Array;
}

export interface OnnxAttribute {
  readonly integer: number;
  readonly integers: readonly number[];
  readonly tensor: OnnxConstant | undefined;
}

export interface OnnxValue {
  readonly name: string;
  /** Number of TensorProto.DataType; 0 where it is no tensor. */
  readonly elementType: number;
  /** undefined where the rank is not known; an undefined dimension is one that requests choose. */
  readonly shape: readonly (number | undefined)[] | undefined;
  readonly bytes: Uint8Array;
}

export interface OnnxConstant {
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly integers: readonly number[] | undefined;
}

const INT64 = 7;
const INT32 = 6;
/** Graphs inside graphs. What people make has a handful; a file made to harm could have thousands. */
const GRAPH_DEPTH_MAX = 32;
/** More is no list of axes or a shape, and not worth reading. */
const INTEGERS_MAX = 64;

/** Throws INVALID_ARGUMENT for bytes that are no ONNX model, and for weights in other files. */
export function readOnnxFile(bytes: Uint8Array): OnnxFile {
  const fields = readFields(bytes);
  const graph = fields.find((field) => field.number === 7);
  if (graph === undefined)
    throw new RangefinderError('INVALID_ARGUMENT', 'the file is not an ONNX model: it has no graph');
  const opsets = fields.filter((field) => field.number === 8).map((field) => readFields(field.content));
  const standard = opsets.find((opset) => {
    const domain = opset.find((field) => field.number === 1);
    return domain === undefined || textOf(domain) === '' || textOf(domain) === 'ai.onnx';
  });
  return {
    opset: integersOf(standard ?? [], 2)[0] ?? 1,
    graph: readGraph(readFields(graph.content)),
    otherFields: fields.filter((field) => field.number !== 7),
  };
}

function readGraph(fields: readonly WireField[], depth = 0): OnnxGraph {
  if (depth > GRAPH_DEPTH_MAX)
    throw new RangefinderError('INVALID_ARGUMENT', `graphs lie more than ${GRAPH_DEPTH_MAX} deep in each other`);
  const all = (number: number): WireField[] => fields.filter((field) => field.number === number);
  const constants = new Map<string, OnnxConstant>();
  const initializers = all(5).map((field) => {
    const tensor = readFields(field.content);
    const name = nameIn(tensor, 8);
    if (tensor.some((part) => part.number === 13))
      throw new RangefinderError(
        'INVALID_ARGUMENT',
        `the weights '${name}' are in another file; save the model as one file first`,
      );
    constants.set(name, readConstant(tensor));
    return { name, bytes: field.bytes };
  });
  const sparse = all(15).map((field) => {
    const values = readFields(field.content).find((part) => part.number === 1);
    return { name: values === undefined ? '' : nameIn(readFields(values.content), 8), bytes: field.bytes };
  });
  const defaults = new Set([...initializers, ...sparse].map(({ name }) => name));
  const read = new Set([1, 2, 5, 11, 12, 13, 14, 15]);
  return {
    name: nameIn(fields, 2),
    nodes: all(1).map((field) => readNode(field, depth)),
    inputs: all(11)
      .map(readValueInfo)
      .filter(({ name }) => !defaults.has(name)),
    outputs: all(12).map(readValueInfo),
    initializers: [...initializers, ...sparse],
    constants,
    remarks: [...all(13), ...all(14)].map((field) => ({
      name: nameIn(readFields(field.content), 1),
      bytes: field.bytes,
    })),
    otherFields: fields.filter((field) => !read.has(field.number)),
  };
}

function nameIn(fields: readonly WireField[], number: number): string {
  const field = fields.find((each) => each.number === number);
  return field === undefined ? '' : textOf(field);
}

function readNode(field: WireField, depth: number): OnnxNode {
  const fields = readFields(field.content);
  const texts = (number: number): string[] => fields.filter((each) => each.number === number).map(textOf);
  const attributes = fields.filter((each) => each.number === 5).map((each) => readFields(each.content));
  const inputs = texts(1);
  return {
    operator: nameIn(fields, 4),
    domain: nameIn(fields, 7),
    inputs,
    outputs: texts(2),
    reads: new Set(
      [...inputs, ...attributes.flatMap((attribute) => outerReads(attribute, depth + 1))].filter((name) => name !== ''),
    ),
    attributes: new Map(attributes.map((attribute) => [nameIn(attribute, 1), readAttribute(attribute)])),
    bytes: field.bytes,
  };
}

function readAttribute(fields: readonly WireField[]): OnnxAttribute {
  const tensor = fields.find((field) => field.number === 5);
  return {
    integer: integersOf(fields, 3)[0] ?? 0,
    integers: integersOf(fields, 8),
    tensor: tensor === undefined ? undefined : readConstant(readFields(tensor.content)),
  };
}

/** Names that the graphs in an attribute read and do not make themselves. */
function outerReads(attribute: readonly WireField[], depth: number): string[] {
  return attribute
    .filter((field) => field.number === 6 || field.number === 11)
    .flatMap((field) => {
      const { nodes, inputs, outputs, initializers } = readGraph(readFields(field.content), depth);
      const own = new Set([...inputs, ...initializers].map(({ name }) => name));
      for (const { outputs: made } of nodes) for (const name of made) own.add(name);
      const read = [...nodes.flatMap(({ reads }) => [...reads]), ...outputs.map(({ name }) => name)];
      return read.filter((name) => !own.has(name));
    });
}

function readConstant(tensor: readonly WireField[]): OnnxConstant {
  const elementType = integersOf(tensor, 2)[0] ?? 0;
  const shape = integersOf(tensor, 1);
  const size = shape.reduce((product, length) => product * length, 1);
  const isIndex = elementType === INT64 || elementType === INT32;
  return {
    elementType,
    shape,
    integers: isIndex && size <= INTEGERS_MAX ? readIntegers(tensor, elementType) : undefined,
  };
}

function readIntegers(tensor: readonly WireField[], elementType: number): number[] {
  const raw = tensor.find((field) => field.number === 9);
  if (raw === undefined) return integersOf(tensor, elementType === INT64 ? 7 : 5);
  const bytes = Uint8Array.from(raw.content).buffer;
  return elementType === INT64
    ? Array.from(new BigInt64Array(bytes, 0, bytes.byteLength >> 3), Number)
    : Array.from(new Int32Array(bytes, 0, bytes.byteLength >> 2));
}

function readValueInfo(field: WireField): OnnxValue {
  const fields = readFields(field.content);
  const name = nameIn(fields, 1);
  const type = fields.find((each) => each.number === 2);
  const tensor = type && readFields(type.content).find((each) => each.number === 1);
  if (tensor === undefined) return { name, elementType: 0, shape: undefined, bytes: field.bytes };
  const parts = readFields(tensor.content);
  const shape = parts.find((each) => each.number === 2);
  const dimensions = shape && readFields(shape.content).filter((each) => each.number === 1);
  return {
    name,
    elementType: integersOf(parts, 1)[0] ?? 0,
    shape: dimensions?.map((dimension) => integersOf(readFields(dimension.content), 1)[0]),
    bytes: field.bytes,
  };
}
