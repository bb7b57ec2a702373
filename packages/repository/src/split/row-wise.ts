/**
 * Which nodes work row by row: with a leading batch axis, each row of the output depends on the same row of the inputs and on
 * constants alone, so that running it on one row and repeating the result is the same as running it on equal rows. A list of
 * what is known to be so; for everything else the answer is no, and the node stays where the items are.
 */
import type { OnnxConstant, OnnxNode } from './onnx-graph.ts';

/** A value whose axis 0 is the batch. */
export interface RowValue {
  readonly elementType: number;
  /** Axis 0 is the batch; an unknown size is undefined. */
  readonly shape: readonly (number | undefined)[];
}

export interface RowWiseContext {
  readonly opset: number;
  rows(name: string): RowValue | undefined;
  constant(name: string): OnnxConstant | undefined;
}

const SAME_SHAPE = new Set(
  (
    'Abs Acos Asin Atan Ceil Celu Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity LeakyRelu Log Mish Neg ' +
    'Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Not'
  ).split(' '),
);
const BROADCASTING = new Set('Add And Div Max Mean Min Mod Mul Or PRelu Pow Sub Sum Xor'.split(' '));
const COMPARING = new Set('Equal Greater GreaterOrEqual Less LessOrEqual'.split(' '));
const REDUCING = new Set(
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'.split(
    ' ',
  ),
);
const BOOL = 9;

/** What the node's first output is, when all its inputs are rows or constants; undefined when it is not known to be row-wise. */
export function rowWiseOutput(node: OnnxNode, context: RowWiseContext): RowValue | undefined {
  if (node.domain !== '' && node.domain !== 'ai.onnx') return undefined;
  if (node.outputs.filter((name) => name !== '').length !== 1) return undefined;
  const { operator } = node;
  const first = context.rows(node.inputs[0] ?? '');
  if (BROADCASTING.has(operator)) return broadcast(node.inputs, context);
  if (COMPARING.has(operator)) return withType(broadcast(node.inputs, context), BOOL);
  if (operator === 'Gather') return gather(node, context);
  if (operator === 'Concat') return concat(node, context);
  if (first === undefined) return undefined;
  if (SAME_SHAPE.has(operator)) return first;
  if (operator === 'Clip') return node.inputs.slice(1).some((name) => context.rows(name)) ? undefined : first;
  if (operator === 'Cast') return withType(first, node.attributes.get('to')?.integer ?? 0);
  if (operator === 'Gemm') return gemm(node, first, context);
  if (operator === 'MatMul') return matMul(node, first, context);
  if (REDUCING.has(operator)) return reduce(node, first, context);
  if (operator === 'Unsqueeze') return unsqueeze(node, first, context);
  if (operator === 'Squeeze') return squeeze(node, first, context);
  if (operator === 'Softmax' || operator === 'LogSoftmax') return alongAxis(node, first, context.opset < 13 ? 1 : -1);
  if (operator === 'LayerNormalization') return layerNormalization(node, first, context);
  return undefined;
}

function withType(value: RowValue | undefined, elementType: number): RowValue | undefined {
  return value && { ...value, elementType };
}

/** Rows must have the full rank, and constants must not reach the batch axis with more than one row. */
function broadcast(names: readonly string[], context: RowWiseContext): RowValue | undefined {
  const rows = names.flatMap((name) => context.rows(name) ?? []);
  const rank = rows[0]?.shape.length ?? 0;
  const constants = names
    .filter((name) => context.rows(name) === undefined)
    .map((name) => context.constant(name)?.shape);
  if (rows.length === 0 || rows.some(({ shape }) => shape.length !== rank)) return undefined;
  const fits = (shape: readonly number[] | undefined): boolean =>
    shape !== undefined && (shape.length < rank || (shape.length === rank && shape[0] === 1));
  if (!constants.every(fits)) return undefined;
  const shapes = [...rows.map(({ shape }) => shape), ...constants.map((shape) => shape ?? [])];
  const [leading = ''] = names;
  const elementType = (context.rows(leading) ?? context.constant(leading))?.elementType ?? 0;
  return { elementType, shape: rows[0]!.shape.map((_, axis) => broadcastSize(shapes, rank, axis)) };
}

function broadcastSize(
  shapes: readonly (readonly (number | undefined)[])[],
  rank: number,
  axis: number,
): number | undefined {
  if (axis === 0) return undefined;
  const sizes = shapes.flatMap((shape) => {
    const own = axis - (rank - shape.length);
    return own < 0 ? [] : [shape[own]];
  });
  const larger = sizes.find((size) => size !== undefined && size !== 1);
  return larger ?? (sizes.includes(undefined) ? undefined : 1);
}

function gather(node: OnnxNode, context: RowWiseContext): RowValue | undefined {
  const [table = '', indices = ''] = node.inputs;
  const chosen = context.rows(indices);
  const constant = context.constant(table);
  if (chosen !== undefined && constant !== undefined) {
    if ((node.attributes.get('axis')?.integer ?? 0) !== 0 || constant.shape.length === 0) return undefined;
    return { elementType: constant.elementType, shape: [...chosen.shape, ...constant.shape.slice(1)] };
  }
  const data = context.rows(table);
  const places = context.constant(indices);
  if (data === undefined || places === undefined) return undefined;
  const axis = innerAxis(node.attributes.get('axis')?.integer ?? 0, data.shape.length);
  if (axis === undefined) return undefined;
  return { ...data, shape: [...data.shape.slice(0, axis), ...places.shape, ...data.shape.slice(axis + 1)] };
}

function concat(node: OnnxNode, context: RowWiseContext): RowValue | undefined {
  const parts = node.inputs.map((name) => context.rows(name));
  const [first] = parts;
  if (first === undefined) return undefined;
  const axis = innerAxis(node.attributes.get('axis')?.integer ?? 0, first.shape.length);
  if (axis === undefined) return undefined;
  let size: number | undefined = 0;
  for (const part of parts) {
    if (part === undefined || part.shape.length !== first.shape.length) return undefined;
    const own = part.shape[axis];
    size = size === undefined || own === undefined ? undefined : size + own;
  }
  return { ...first, shape: first.shape.with(axis, size) };
}

function gemm(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const weights = context.constant(node.inputs[1] ?? '');
  if (first.shape.length !== 2 || weights?.shape.length !== 2) return undefined;
  if ((node.attributes.get('transA')?.integer ?? 0) !== 0) return undefined;
  const bias = node.inputs[2] ?? '';
  if (bias !== '' && context.rows(bias) === undefined) {
    const shape = context.constant(bias)?.shape;
    if (shape === undefined || (shape.length === 2 && shape[0] !== 1)) return undefined;
  }
  const isTransposed = (node.attributes.get('transB')?.integer ?? 0) !== 0;
  return { ...first, shape: [undefined, weights.shape[isTransposed ? 0 : 1]] };
}

function matMul(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const weights = context.constant(node.inputs[1] ?? '');
  if (first.shape.length < 2 || weights?.shape.length !== 2) return undefined;
  return { ...first, shape: [...first.shape.slice(0, -1), weights.shape[1]] };
}

function reduce(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const axes = innerAxes(node, first.shape.length, context);
  if (axes === undefined) return undefined;
  const keeps = (node.attributes.get('keepdims')?.integer ?? 1) !== 0;
  const shape = first.shape.flatMap((size, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [size]));
  return { ...first, shape };
}

function unsqueeze(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const count = axesOf(node, context)?.length ?? 0;
  const axes = innerAxes(node, first.shape.length + count, context);
  if (axes === undefined) return undefined;
  const rest = [...first.shape];
  const shape = Array.from({ length: first.shape.length + axes.size }, (_, axis) =>
    axes.has(axis) ? 1 : rest.shift(),
  );
  return { ...first, shape };
}

function squeeze(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const axes = innerAxes(node, first.shape.length, context);
  return axes && { ...first, shape: first.shape.filter((_, axis) => !axes.has(axis)) };
}

function alongAxis(node: OnnxNode, first: RowValue, defaultAxis: number): RowValue | undefined {
  const axis = innerAxis(node.attributes.get('axis')?.integer ?? defaultAxis, first.shape.length);
  return axis === undefined ? undefined : first;
}

function layerNormalization(node: OnnxNode, first: RowValue, context: RowWiseContext): RowValue | undefined {
  const parameters = node.inputs.slice(1).filter((name) => name !== '');
  const fit = parameters.every((name) => {
    const shape = context.constant(name)?.shape;
    return shape !== undefined && shape.length < first.shape.length;
  });
  return fit ? alongAxis(node, first, -1) : undefined;
}

function axesOf(node: OnnxNode, context: RowWiseContext): readonly number[] | undefined {
  const written = node.attributes.get('axes')?.integers;
  return written ?? context.constant(node.inputs[1] ?? '')?.integers;
}

/** The axes that the node names, none of them the batch's; undefined where one is, or where they are not known. */
function innerAxes(node: OnnxNode, rank: number, context: RowWiseContext): ReadonlySet<number> | undefined {
  const axes = axesOf(node, context)?.map((axis) => innerAxis(axis, rank));
  if (axes === undefined || axes.length === 0) return undefined;
  return axes.includes(undefined) ? undefined : new Set(axes as readonly number[]);
}

function innerAxis(axis: number, rank: number): number | undefined {
  const counted = axis < 0 ? axis + rank : axis;
  return counted > 0 && counted < rank ? counted : undefined;
}
