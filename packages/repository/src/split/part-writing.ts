/** Pieces of ONNX files: nodes, types of values, lists of integers. Field numbers are those of onnx.proto. */
import { bytesField, integerField, joinBytes, messageField, readFields, textField, textOf } from './wire.ts';
import type { OnnxFile, OnnxNode } from './onnx-graph.ts';
import type { RowValue } from './row-wise.ts';

const INT64 = 7;
const ATTRIBUTE_INT = 2;

interface PartGraph {
  readonly name: string;
  readonly nodes: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  readonly addedInitializers: readonly Uint8Array[];
  /** Names of the values that appear in the part: their weights, types and annotations go with it. */
  readonly values: ReadonlySet<string>;
}

/** The file again with another graph; whatever else it says stays as it was. */
export function writePart({ graph, otherFields }: OnnxFile, part: PartGraph): Uint8Array {
  const belongs = ({ name }: { readonly name: string }): boolean => part.values.has(name);
  return joinBytes([
    ...otherFields.map(({ bytes }) => bytes),
    messageField(7, [
      ...part.nodes,
      textField(2, part.name),
      ...graph.initializers.filter(belongs).map(({ bytes }) => bytes),
      ...part.addedInitializers,
      ...part.inputs,
      ...part.outputs,
      ...graph.remarks.filter(belongs).map(({ bytes }) => bytes),
      ...graph.otherFields.map(({ bytes }) => bytes),
    ]),
  ]);
}

/** As a field of the graph. */
export function nodeField(
  operator: string,
  inputs: readonly string[],
  output: string,
  integerAttributes: Readonly<Record<string, number>> = {},
): Uint8Array {
  const attributes = Object.entries(integerAttributes).map(([name, value]) =>
    messageField(5, [textField(1, name), integerField(3, value), integerField(20, ATTRIBUTE_INT)]),
  );
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    textField(2, output),
    textField(3, output),
    textField(4, operator),
    ...attributes,
  ]);
}

/** The node with other names for some of its inputs. */
export function renameInputs(node: OnnxNode, names: ReadonlyMap<string, string>): Uint8Array {
  if (!node.inputs.some((name) => names.has(name))) return node.bytes;
  const [field] = readFields(node.bytes);
  const fields = readFields(field?.content ?? new Uint8Array(0)).map((part) => {
    const renamed = part.number === 1 ? names.get(textOf(part)) : undefined;
    return renamed === undefined ? part.bytes : textField(1, renamed);
  });
  return messageField(1, fields);
}

/** An input (field 11) or output (field 12) of a graph, its first dimension named `batch`. */
export function valueField(field: 11 | 12, name: string, value: RowValue, batch: string): Uint8Array {
  const dimensions = value.shape.map((size, axis) =>
    messageField(1, axis === 0 ? [textField(2, batch)] : size === undefined ? [] : [integerField(1, size)]),
  );
  const tensor = messageField(1, [integerField(1, value.elementType), messageField(2, dimensions)]);
  return messageField(field, [textField(1, name), messageField(2, [tensor])]);
}

/** An INT64 list as an initializer. */
export function integersField(name: string, values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return messageField(5, [
    integerField(1, values.length),
    integerField(2, INT64),
    textField(8, name),
    bytesField(9, raw),
  ]);
}
