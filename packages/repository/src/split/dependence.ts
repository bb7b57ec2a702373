/** What each value of a graph depends on: nothing that a request sends, the user's inputs alone, or anything else. */
import { RangefinderError } from '@rangefinder/base';
import type { OnnxConstant, OnnxFile, OnnxNode, OnnxValue } from './onnx-graph.ts';
import { rowWiseOutput } from './row-wise.ts';
import type { RowValue } from './row-wise.ts';

export interface Dependence {
  readonly constantNodes: readonly OnnxNode[];
  /** Depend on the user's inputs and on constants alone, and work row by row. */
  readonly userNodes: readonly OnnxNode[];
  readonly itemNodes: readonly OnnxNode[];
  /** Values of the user's inputs and of what `userNodes` make. */
  readonly rows: ReadonlyMap<string, RowValue>;
  readonly constants: ReadonlyMap<string, OnnxConstant>;
}

const RANDOM = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

export function dependenceOf({ graph, opset }: OnnxFile, userInputs: ReadonlySet<string>): Dependence {
  const rows = new Map<string, RowValue>();
  for (const input of graph.inputs) if (userInputs.has(input.name)) rows.set(input.name, rowsOfInput(input));
  const constants = new Map(graph.constants);
  const constantNames = new Set(graph.initializers.map(({ name }) => name));
  const parts = { constantNodes: [] as OnnxNode[], userNodes: [] as OnnxNode[], itemNodes: [] as OnnxNode[] };
  const context = {
    opset,
    rows: (name: string) => rows.get(name),
    constant: (name: string) => constants.get(name),
  };
  for (const node of graph.nodes) {
    const reads = [...node.reads];
    const [output = ''] = node.outputs;
    if (!RANDOM.has(node.operator) && reads.every((name) => constantNames.has(name))) {
      parts.constantNodes.push(node);
      for (const name of node.outputs) constantNames.add(name);
      const value = node.operator === 'Constant' ? node.attributes.get('value')?.tensor : undefined;
      if (value !== undefined) constants.set(output, value);
      continue;
    }
    const isOfUser = reads.every((name) => rows.has(name) || constantNames.has(name));
    const made = isOfUser ? rowWiseOutput(node, context) : undefined;
    if (made === undefined) parts.itemNodes.push(node);
    else {
      parts.userNodes.push(node);
      rows.set(output, made);
    }
  }
  return { ...parts, rows, constants };
}

function rowsOfInput({ name, shape, elementType }: OnnxValue): RowValue {
  if (elementType === 0 || shape === undefined || shape.length === 0 || shape[0] !== undefined)
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      `user input '${name}' has no batch dimension: expected a tensor whose first dimension has a name or no size`,
      { field: name },
    );
  return { elementType, shape };
}
