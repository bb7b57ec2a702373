import { seededRandom } from '@rangefinder/base';
import { buildOnnxModel, fp32Initializer, type OnnxInitializer, type OnnxNode } from '@rangefinder/testing';

/**
 * A deep & cross network, second version (R. Wang et al., 2021), its cross layers beside its deep ones: input `X` FP32
 * [batch, width], output `Y` FP32 [batch, 1]. Each cross layer is x₀ · (W x + b) + x.
 */
export function dcnModel(width: number, crossLayers: number, deepLayers: readonly number[]): Uint8Array {
  const random = seededRandom(2);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const dense = (name: string, input: string, rows: number, columns: number): void => {
    const scale = 2 / Math.sqrt(rows);
    initializers.push(
      fp32Initializer(`${name}_w`, [rows, columns], () => (random.next() - 0.5) * scale),
      fp32Initializer(`${name}_b`, [columns], () => random.next() - 0.5),
    );
    nodes.push({ operator: 'Gemm', inputs: [input, `${name}_w`, `${name}_b`], outputs: [name] });
  };
  let crossed = 'X';
  for (let i = 0; i < crossLayers; i++) {
    dense(`cross${i}`, crossed, width, width);
    nodes.push(
      { operator: 'Mul', inputs: ['X', `cross${i}`], outputs: [`product${i}`] },
      { operator: 'Add', inputs: [`product${i}`, crossed], outputs: [`crossed${i}`] },
    );
    crossed = `crossed${i}`;
  }
  let deep = 'X';
  let size = width;
  for (const [i, columns] of deepLayers.entries()) {
    dense(`deep${i}`, deep, size, columns);
    nodes.push({ operator: 'Relu', inputs: [`deep${i}`], outputs: [`relu${i}`] });
    deep = `relu${i}`;
    size = columns;
  }
  nodes.push({ operator: 'Concat', inputs: [crossed, deep], outputs: ['joined'], attributes: { axis: { int: 1 } } });
  dense('Y', 'joined', width + size, 1);
  return buildOnnxModel({
    nodes,
    initializers,
    inputs: [{ name: 'X', dataType: 'FP32', shape: ['batch', width] }],
    outputs: [{ name: 'Y', dataType: 'FP32', shape: ['batch', 1] }],
  });
}
