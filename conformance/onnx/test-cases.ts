import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_TYPES, type DataType, type Tensor } from '@rangefinder/tensor';
import { readGraphInterface, type GraphInterface } from './model-proto.ts';
import { readTensorProto } from './tensor-proto.ts';

/** Where Debian's `libonnx-testdata` puts its cases; RANGEFINDER_ONNX_TESTDATA names another place. */
export const TEST_DATA_DIR = process.env['RANGEFINDER_ONNX_TESTDATA'] ?? '/usr/share/libonnx-testdata/data';
const GROUPS = ['node', 'simple', 'pytorch-operator', 'pytorch-converted'];

export interface TestCase {
  /** `node/test_add`. */
  readonly id: string;
  readonly group: string;
  /** A model name: the id with a dot for the slash. */
  readonly modelName: string;
  readonly modelPath: string;
  readonly dataSets: readonly string[];
}

/** One `test_data_set_N`: what goes in and what should come out, by the names of the graph. */
export interface DataSet {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** All cases with a model, sorted; empty where the data is not installed. */
export function findTestCases(root = TEST_DATA_DIR): TestCase[] {
  if (!existsSync(root)) return [];
  return GROUPS.flatMap((group) => {
    const folder = join(root, group);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).flatMap((name): TestCase[] => {
      const modelPath = join(folder, name, 'model.onnx');
      if (!existsSync(modelPath)) return [];
      const dataSets = readdirSync(join(folder, name)).filter((entry) => entry.startsWith('test_data_set_'));
      return [{ id: `${group}/${name}`, group, modelName: `${group}.${name}`, modelPath, dataSets: dataSets.sort() }];
    });
  }).sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function readInterface(testCase: TestCase): GraphInterface {
  return readGraphInterface(readFileSync(testCase.modelPath));
}

/** `input_0.pb` belongs to the graph's first input, and so on; an input without a file is left out. */
export function readDataSet(testCase: TestCase, dataSet: string, graph: GraphInterface): DataSet {
  const folder = join(testCase.modelPath, '..', dataSet);
  const read = (kind: 'input' | 'output', names: GraphInterface['inputs']): Tensor[] =>
    names.flatMap(({ name, onnxType }, i) => {
      const path = join(folder, `${kind}_${i}.pb`);
      if (!existsSync(path)) return [];
      const tensor = readTensorProto(readFileSync(path));
      return [{ ...tensor, name, dataType: isHiddenBfloat16(tensor.dataType, onnxType) ? 'BF16' : tensor.dataType }];
    });
  return { inputs: read('input', graph.inputs), outputs: read('output', graph.outputs) };
}

/** numpy has no BF16: the generator of the data wrote such tensors as UINT16. */
function isHiddenBfloat16(inFile: DataType, declared: number): boolean {
  return inFile === 'UINT16' && declared === DATA_TYPES.BF16.onnx;
}
