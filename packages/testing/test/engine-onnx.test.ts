import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OnnxEngine } from '@rangefinder/engines';
import { DATA_TYPES, type DataType, type Dimension } from '@rangefinder/tensor';
import { buildOnnxModel, describeEngineContract, identityModel, inputOf, loopModel } from '@rangefinder/testing';

/** Matrices of the slow model; one step takes about 100 µs. */
const SIZE = 96;

async function writeModel(folder: string, bytes: Uint8Array): Promise<string> {
  const modelPath = path.join(folder, 'model.onnx');
  await writeFile(modelPath, bytes);
  return modelPath;
}

function loopRequest(iterations: bigint) {
  const count = new Uint8Array(new BigInt64Array([iterations]).buffer);
  return {
    inputs: [
      inputOf('ITERATIONS', 'INT64', [], count),
      inputOf('X', 'FP32', [SIZE, SIZE], new Uint8Array(SIZE * SIZE * 4)),
    ],
    outputs: [],
  };
}

function passThroughModel(dataType: DataType, shape: readonly Dimension[]): Uint8Array {
  const value = { name: 'X', dataType, shape };
  return buildOnnxModel({ nodes: [], inputs: [value], outputs: [value] });
}

describeEngineContract({
  name: 'onnx',
  createEngine: () => new OnnxEngine(),
  dataTypes: (Object.keys(DATA_TYPES) as DataType[]).filter((dataType) => !dataType.startsWith('COMPLEX')),
  // ONNX Runtime has no Identity for 4-bit types, but hands an input through that is an output too.
  writeIdentity: (folder, dataType, shape) =>
    writeModel(
      folder,
      DATA_TYPES[dataType].bits === 4 ? passThroughModel(dataType, shape) : identityModel(dataType, shape),
    ),
  async writeSlow(folder) {
    const modelPath = await writeModel(folder, loopModel(SIZE));
    return { modelPath, endless: loopRequest(100_000_000n), short: loopRequest(10n) };
  },
  async writeFailing(folder) {
    const model = buildOnnxModel({
      nodes: [{ operator: 'Reshape', inputs: ['X', 'SHAPE'], outputs: ['Y'] }],
      inputs: [
        { name: 'X', dataType: 'FP32', shape: [4] },
        { name: 'SHAPE', dataType: 'INT64', shape: [1] },
      ],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: ['n'] }],
    });
    const shape = new Uint8Array(new BigInt64Array([5n]).buffer);
    const inputs = [inputOf('X', 'FP32', [4], new Uint8Array(16)), inputOf('SHAPE', 'INT64', [1], shape)];
    return { modelPath: await writeModel(folder, model), request: { inputs, outputs: [] } };
  },
});
