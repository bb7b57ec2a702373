import { seededRandom } from '@rangefinder/base';
import { buildOnnxModel } from './build-onnx-model.ts';
import { fp32Initializer } from './model-makers.ts';
import type { OnnxInitializer, OnnxNode } from './onnx-model.ts';

export interface TwoTowerSizes {
  readonly user: number;
  readonly context: number;
  readonly item: number;
  /** Widths of the layers of either tower; both end in the same. */
  readonly userTower: readonly number[];
  readonly itemTower: readonly number[];
  /** Hidden layers over what the towers give. */
  readonly top: readonly number[];
}

/**
 * A ranker in the manner of DLRM: a tower over `USER` and `CONTEXT`, one over `ITEM`, and over both, their products and
 * `CONTEXT` a perceptron that ends in a sigmoid. Inputs FP32 [batch, width], output `SCORE` FP32 [batch, 1]. What depends on
 * `USER` and `CONTEXT` alone can be cut off; `CONTEXT` is read on both sides.
 */
export function twoTowerModel(sizes: TwoTowerSizes, seed = 1): Uint8Array {
  const random = seededRandom(seed);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const layer = (from: string, to: string, rows: number, columns: number, activation: string): void => {
    const scale = 2 / Math.sqrt(rows);
    initializers.push(
      fp32Initializer(`W_${to}`, [rows, columns], () => (random.next() - 0.5) * scale),
      fp32Initializer(`b_${to}`, [columns], () => random.next() - 0.5),
    );
    nodes.push(
      { operator: 'Gemm', inputs: [from, `W_${to}`, `b_${to}`], outputs: [`sum_${to}`] },
      { operator: activation, inputs: [`sum_${to}`], outputs: [to] },
    );
  };
  const tower = (name: string, from: string, width: number, layers: readonly number[]): string => {
    layers.forEach((columns, i) =>
      layer(i === 0 ? from : `${name}${i - 1}`, `${name}${i}`, layers[i - 1] ?? width, columns, 'Relu'),
    );
    return `${name}${layers.length - 1}`;
  };
  const joined = (inputs: readonly string[], output: string): void =>
    void nodes.push({ operator: 'Concat', inputs, outputs: [output], attributes: { axis: { int: 1 } } });
  joined(['USER', 'CONTEXT'], 'who');
  const user = tower('user', 'who', sizes.user + sizes.context, sizes.userTower);
  const item = tower('item', 'ITEM', sizes.item, sizes.itemTower);
  nodes.push({ operator: 'Mul', inputs: [user, item], outputs: ['products'] });
  joined([user, item, 'products', 'CONTEXT'], 'both');
  const width = 3 * (sizes.itemTower.at(-1) ?? 0) + sizes.context;
  const top = tower('top', 'both', width, sizes.top);
  layer(top, 'SCORE', sizes.top.at(-1) ?? width, 1, 'Sigmoid');
  const value = (name: string, columns: number) => ({ name, dataType: 'FP32' as const, shape: ['batch', columns] });
  return buildOnnxModel({
    nodes,
    initializers,
    inputs: [value('USER', sizes.user), value('CONTEXT', sizes.context), value('ITEM', sizes.item)],
    outputs: [value('SCORE', 1)],
  });
}
