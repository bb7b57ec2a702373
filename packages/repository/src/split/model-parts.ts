import { RangefinderError } from '@rangefinder/base';
import type { Dependence } from './dependence.ts';
import type { OnnxFile, OnnxNode, OnnxValue } from './onnx-graph.ts';
import { integersField, nodeField, renameInputs, valueField, writePart } from './part-writing.ts';
import type { RowValue } from './row-wise.ts';

/** A value that goes from the user's part to the items' part. */
export interface Cut {
  /** As output of the one and input of the other. */
  readonly name: string;
  /** What the model called it. */
  readonly tensor: string;
  readonly value: RowValue;
}

interface Parts {
  readonly file: OnnxFile;
  readonly dependence: Dependence;
  readonly cuts: readonly Cut[];
  readonly users: ReadonlySet<string>;
  /** The input that tells how many items there are. */
  readonly reference: string;
}

interface WrittenPart {
  readonly bytes: Uint8Array;
  readonly inputs: readonly string[];
}

export function writeUserPart({ file, dependence, cuts }: Parts): WrittenPart {
  const { graph } = file;
  const { nodes, values } = withConstants(dependence.userNodes, dependence, []);
  const inputs = graph.inputs.filter(({ name }) => values.has(name));
  const bytes = writePart(file, {
    name: `${graph.name}_user`,
    nodes: [
      ...nodes.map((node) => node.bytes),
      ...cuts.map(({ tensor, name }) => nodeField('Identity', [tensor], name)),
    ],
    inputs: inputs.map((input) => input.bytes),
    outputs: cuts.map(({ name, value }) => valueField(12, name, value, 'batch')),
    addedInitializers: [],
    values,
  });
  return { bytes, inputs: inputs.map(({ name }) => name) };
}

/** Each value of the user is spread over the items before it is read. */
export function writeItemPart({ file, dependence, cuts, users, reference }: Parts): WrittenPart {
  const { graph } = file;
  const outputs = graph.outputs.map(({ name }) => name);
  const { nodes, values } = withConstants(dependence.itemNodes, dependence, outputs);
  const inputs = graph.inputs.filter(({ name }) => !users.has(name) || values.has(name));
  const stillRead = inputs.filter(({ name }) => users.has(name));
  const spread = spreading(reference, cuts, stillRead, freePrefix(values));
  checkInnerGraphs(dependence.itemNodes, stillRead);
  const kept = new Set([...values].filter((name) => !cuts.some(({ tensor }) => tensor === name)));
  const bytes = writePart(file, {
    name: `${graph.name}_item`,
    nodes: [...spread.nodes, ...nodes.map((node) => renameInputs(node, spread.renamed))],
    inputs: [
      ...inputs.map((input) =>
        users.has(input.name) ? valueField(11, input.name, rowsOf(input), 'user_batch') : input.bytes,
      ),
      ...cuts.map(({ name, value }) => valueField(11, name, value, 'user_batch')),
    ],
    outputs: graph.outputs.map((output) => output.bytes),
    addedInitializers: spread.initializers,
    values: kept,
  });
  return { bytes, inputs: inputs.map(({ name }) => name) };
}

/** The nodes and the constant nodes that they need, in the model's order, and the names of all values among them. */
function withConstants(
  nodes: readonly OnnxNode[],
  { constantNodes }: Dependence,
  outputs: readonly string[],
): { readonly nodes: readonly OnnxNode[]; readonly values: ReadonlySet<string> } {
  const needed = new Set([...nodes.flatMap(({ reads }) => [...reads]), ...outputs]);
  const constants: OnnxNode[] = [];
  for (const node of constantNodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    constants.unshift(node);
    for (const name of node.reads) needed.add(name);
  }
  const made = [...constants, ...nodes].flatMap((node) => node.outputs);
  return { nodes: [...constants, ...nodes], values: new Set([...needed, ...made]) };
}

interface Spreading {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  /** Input of the user → its name once spread. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Expand(value, [items, 1, …]): one row becomes as many as there are items, and as many rows stay as they are. */
function spreading(reference: string, cuts: readonly Cut[], inputs: readonly OnnxValue[], prefix: string): Spreading {
  const renamed = new Map(inputs.map(({ name }, index) => [name, `${prefix}user_input_${index + 1}`]));
  const values = [
    ...cuts.map(({ name, tensor, value }) => ({ from: name, to: tensor, rank: value.shape.length })),
    ...inputs.map((input) => ({
      from: input.name,
      to: renamed.get(input.name)!,
      rank: rowsOf(input).shape.length,
    })),
  ];
  const ranks = [...new Set(values.map(({ rank }) => rank))].filter((rank) => rank > 1);
  const items = `${prefix}items`;
  const target = (rank: number): string => (rank === 1 ? items : `${prefix}shape_${rank}`);
  return {
    renamed,
    initializers: [
      integersField(`${prefix}first`, [0]),
      ...ranks.map((rank) => integersField(`${prefix}ones_${rank}`, Array<number>(rank - 1).fill(1))),
    ],
    nodes: [
      nodeField('Shape', [reference], `${prefix}reference_shape`),
      nodeField('Gather', [`${prefix}reference_shape`, `${prefix}first`], items, { axis: 0 }),
      ...ranks.map((rank) => nodeField('Concat', [items, `${prefix}ones_${rank}`], target(rank), { axis: 0 })),
      ...values.map(({ from, to, rank }) => nodeField('Expand', [from, target(rank)], to)),
    ],
  };
}

function rowsOf({ elementType, shape }: OnnxValue): RowValue {
  return { elementType, shape: shape ?? [] };
}

function freePrefix(values: ReadonlySet<string>): string {
  let prefix = 'split/';
  while ([...values].some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

/** A graph inside a node cannot be told of the new name of what it reads. */
function checkInnerGraphs(nodes: readonly OnnxNode[], inputs: readonly OnnxValue[]): void {
  for (const { operator, reads, inputs: own } of nodes) {
    const inner = inputs.find(({ name }) => reads.has(name) && !own.includes(name));
    if (inner !== undefined)
      throw new RangefinderError(
        'INVALID_ARGUMENT',
        `user input '${inner.name}' is read inside a graph of a ${operator} node, which cannot be split`,
        { field: inner.name },
      );
  }
}
