import { seededRandom } from '@rangefinder/base';
import type { DataType, Dimension } from '@rangefinder/tensor';
import { buildOnnxModel } from './build-onnx-model.ts';
import type { OnnxInitializer, OnnxNode } from './onnx-model.ts';

/** Y = X, of any type and shape: input `X`, output `Y`. */
export function identityModel(dataType: DataType, shape: readonly Dimension[] | undefined): Uint8Array {
  return buildOnnxModel({
    nodes: [{ operator: 'Identity', inputs: ['X'], outputs: ['Y'] }],
    inputs: [{ name: 'X', dataType, shape }],
    outputs: [{ name: 'Y', dataType, shape }],
  });
}

/** SUM = A + B, FP32 unless said otherwise; both inputs have `shape`. */
export function addModel(shape: readonly Dimension[], dataType: DataType = 'FP32'): Uint8Array {
  return buildOnnxModel({
    nodes: [{ operator: 'Add', inputs: ['A', 'B'], outputs: ['SUM'] }],
    inputs: [
      { name: 'A', dataType, shape },
      { name: 'B', dataType, shape },
    ],
    outputs: [{ name: 'SUM', dataType, shape }],
  });
}

/**
 * A multilayer perceptron with ReLU between its layers and weights from `seed`: input `X` FP32 [batch, layers[0]],
 * output `Y` FP32 [batch, layers.at(-1)]. `mlpModel([256, 512, 1])` has two layers of weights.
 */
export function mlpModel(layers: readonly number[], seed = 1): Uint8Array {
  const random = seededRandom(seed);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  let current = 'X';
  for (const [i, columns] of layers.slice(1).entries()) {
    const rows = layers[i] ?? 0;
    const last = i === layers.length - 2;
    const scale = 2 / Math.sqrt(rows);
    initializers.push(
      fp32Initializer(`W${i}`, [rows, columns], () => (random.next() - 0.5) * scale),
      fp32Initializer(`b${i}`, [columns], () => random.next() - 0.5),
    );
    const sum = last ? 'Y' : `sum${i}`;
    nodes.push({ operator: 'Gemm', inputs: [current, `W${i}`, `b${i}`], outputs: [sum] });
    if (!last) nodes.push({ operator: 'Relu', inputs: [sum], outputs: [`relu${i}`] });
    current = `relu${i}`;
  }
  return buildOnnxModel({
    nodes,
    initializers,
    inputs: [{ name: 'X', dataType: 'FP32', shape: ['batch', layers[0] ?? 0] }],
    outputs: [{ name: 'Y', dataType: 'FP32', shape: ['batch', layers.at(-1) ?? 0] }],
  });
}

/**
 * Works as long as it is told to and can be stopped between its steps: multiplies `X` FP32 [size, size] by itself
 * `ITERATIONS` (INT64 scalar) times in a Loop. Output `Y` FP32 [size, size].
 */
export function loopModel(size: number): Uint8Array {
  const shape = [size, size];
  return buildOnnxModel({
    nodes: [
      {
        operator: 'Loop',
        inputs: ['ITERATIONS', '', 'X'],
        outputs: ['Y'],
        attributes: {
          body: {
            graph: {
              name: 'body',
              nodes: [
                { operator: 'Identity', inputs: ['go'], outputs: ['goes_on'] },
                { operator: 'MatMul', inputs: ['state', 'state'], outputs: ['next_state'] },
              ],
              inputs: [
                { name: 'i', dataType: 'INT64', shape: [] },
                { name: 'go', dataType: 'BOOL', shape: [] },
                { name: 'state', dataType: 'FP32', shape },
              ],
              outputs: [
                { name: 'goes_on', dataType: 'BOOL', shape: [] },
                { name: 'next_state', dataType: 'FP32', shape },
              ],
            },
          },
        },
      },
    ],
    inputs: [
      { name: 'ITERATIONS', dataType: 'INT64', shape: [] },
      { name: 'X', dataType: 'FP32', shape },
    ],
    outputs: [{ name: 'Y', dataType: 'FP32', shape }],
  });
}

/** Y = X + a constant of `megabytes` MiB, so that the file and the loaded model are that large. X and Y are FP32 [1]. */
export function largeModel(megabytes: number): Uint8Array {
  const elements = megabytes * 256 * 1024;
  return buildOnnxModel({
    nodes: [
      { operator: 'Gather', inputs: ['TABLE', 'INDEX'], outputs: ['row'] },
      { operator: 'Add', inputs: ['X', 'row'], outputs: ['Y'] },
    ],
    inputs: [
      { name: 'X', dataType: 'FP32', shape: [1] },
      { name: 'INDEX', dataType: 'INT64', shape: [1] },
    ],
    outputs: [{ name: 'Y', dataType: 'FP32', shape: [1] }],
    initializers: [fp32Initializer('TABLE', [elements], (i) => i % 1000)],
  });
}

export function fp32Initializer(
  name: string,
  shape: readonly number[],
  valueAt: (i: number) => number,
): OnnxInitializer {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i += 1) values[i] = valueAt(i);
  return { name, dataType: 'FP32', shape, bytes: new Uint8Array(values.buffer) };
}
