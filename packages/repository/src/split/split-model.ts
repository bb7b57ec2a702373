import { createHash } from 'node:crypto';
import { RangefinderError } from '@rangefinder/base';
import { cutName } from './cut-name.ts';
import { dependenceOf } from './dependence.ts';
import type { Dependence } from './dependence.ts';
import { writeItemPart, writeUserPart } from './model-parts.ts';
import type { Cut } from './model-parts.ts';
import { readOnnxFile } from './onnx-graph.ts';
import type { OnnxFile, OnnxNode } from './onnx-graph.ts';

/** One model as two: the user's part runs once a request, the items' part once an item. */
export interface SplitModel {
  /** An ONNX file; its outputs are `cuts`. */
  readonly user: Uint8Array;
  /**
   * An ONNX file with the model's outputs. Besides the items' inputs it takes `cuts`, and the user's inputs that it still
   * reads: with one row, which goes for every item, or with a row for each.
   */
  readonly item: Uint8Array;
  readonly report: SplitReport;
}

export interface SplitReport {
  /** In the order in which they are made. Their names belong to this model and this cut: another's are different. */
  readonly cuts: readonly Cut[];
  /** Inputs of each part, in the model's order; cuts not among them. */
  readonly userInputs: readonly string[];
  readonly itemInputs: readonly string[];
  /** Nodes that run once a request now, and those that run for every item; constants not counted. */
  readonly userNodes: number;
  readonly itemNodes: number;
  readonly userOperators: Readonly<Record<string, number>>;
  /** Multiplications of matrix products with constant weights, for one row of each part. */
  readonly userMultiplications: number;
  readonly itemMultiplications: number;
}

const OPSET_MIN = 8;

/**
 * Cuts an ONNX model where what depends on the user's inputs alone meets the rest. Nodes are moved when they are known to
 * work row by row, so that one row, repeated, gives what equal rows would have given; the others stay.
 *
 * Throws INVALID_ARGUMENT: bytes that are no ONNX model, weights in other files, an unknown user input or one without a batch
 * dimension, no other input with one, no node to move.
 */
export function splitModel(model: Uint8Array, userInputs: readonly string[]): SplitModel {
  const file = readOnnxFile(model);
  const users = checkInputs(file, userInputs);
  const dependence = dependenceOf(file, users);
  if (dependence.userNodes.length === 0)
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      `nothing to split: no node that works row by row depends on ${userInputs.join(', ')} alone`,
    );
  const cuts = findCuts(model, file, dependence);
  const parts = { file, dependence, cuts, users, reference: batchReference(file, users) };
  const user = writeUserPart(parts);
  const item = writeItemPart(parts);
  const { userNodes, itemNodes } = dependence;
  return {
    user: user.bytes,
    item: item.bytes,
    report: {
      cuts,
      userInputs: user.inputs,
      itemInputs: item.inputs,
      userNodes: userNodes.length,
      itemNodes: itemNodes.length,
      userOperators: countOperators(userNodes),
      userMultiplications: multiplications(userNodes, dependence),
      itemMultiplications: multiplications(itemNodes, dependence),
    },
  };
}

function checkInputs({ graph, opset }: OnnxFile, userInputs: readonly string[]): ReadonlySet<string> {
  if (opset < OPSET_MIN)
    throw new RangefinderError('INVALID_ARGUMENT', `the model uses opset ${opset}; expected ${OPSET_MIN} or later`);
  const names = graph.inputs.map(({ name }) => name);
  for (const name of userInputs) {
    if (!names.includes(name))
      throw new RangefinderError('INVALID_ARGUMENT', `the model has no input '${name}'; it has ${names.join(', ')}`, {
        field: name,
      });
  }
  if (userInputs.length === 0) throw new RangefinderError('INVALID_ARGUMENT', 'expected at least one user input');
  return new Set(userInputs);
}

/** The input whose first dimension tells how many items there are. */
function batchReference({ graph }: OnnxFile, users: ReadonlySet<string>): string {
  const items = graph.inputs.filter(({ name }) => !users.has(name));
  const reference = items.find(({ shape }) => shape !== undefined && shape.length > 0 && shape[0] === undefined);
  if (reference === undefined)
    throw new RangefinderError(
      'INVALID_ARGUMENT',
      items.length === 0
        ? 'all inputs are the user’s: expected at least one that differs from item to item'
        : `none of the inputs ${items.map(({ name }) => name).join(', ')} has a batch dimension`,
    );
  return reference.name;
}

/** What the user's part makes and the rest reads, in the order in which it is made. */
function findCuts(model: Uint8Array, { graph }: OnnxFile, { userNodes, itemNodes, rows }: Dependence): readonly Cut[] {
  const read = new Set([...itemNodes.flatMap(({ reads }) => [...reads]), ...graph.outputs.map(({ name }) => name)]);
  const tensors = userNodes.flatMap(({ outputs }) => outputs).filter((name) => read.has(name));
  // Equal digests: the same weights, cut at the same places.
  const digest = createHash('sha256').update(model).update(JSON.stringify(tensors)).digest('hex');
  return tensors.map((tensor, i) => ({ name: cutName(i + 1, digest), tensor, value: rows.get(tensor)! }));
}

function countOperators(nodes: readonly OnnxNode[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operator } of nodes) counts[operator] = (counts[operator] ?? 0) + 1;
  return counts;
}

function multiplications(nodes: readonly OnnxNode[], { constants }: Dependence): number {
  const products = nodes.filter(({ operator }) => operator === 'Gemm' || operator === 'MatMul');
  return products.reduce((sum, { inputs }) => {
    const shape = constants.get(inputs[1] ?? '')?.shape;
    return sum + (shape?.reduce((product, size) => product * size, 1) ?? 0);
  }, 0);
}
