import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BuiltinEngine } from '@rangefinder/engines';
import { DATA_TYPES, type DataType } from '@rangefinder/tensor';
import { describeEngineContract, inputOf } from '@rangefinder/testing';

async function writeModel(folder: string, definition: unknown): Promise<string> {
  const modelPath = path.join(folder, 'model.json');
  await writeFile(modelPath, JSON.stringify(definition));
  return modelPath;
}

/** A fail model whose input says how long: the builtin engine delays per model, so endless runs have one of their own. */
describeEngineContract({
  name: 'builtin',
  createEngine: () => new BuiltinEngine(),
  dataTypes: Object.keys(DATA_TYPES) as DataType[],
  writeIdentity: (folder, dataType, shape) => writeModel(folder, { kind: 'identity', dataType, shape }),
  async writeSlow(folder) {
    const modelPath = await writeModel(folder, { kind: 'identity', dataType: 'FP32', shape: [1], delayMs: 'input' });
    const request = (delayMs: number) => ({
      inputs: [inputOf('INPUT', 'FP32', [1], new Uint8Array(new Float32Array([delayMs]).buffer))],
      outputs: [],
    });
    return { modelPath, endless: request(600_000), short: request(2) };
  },
  async writeFailing(folder) {
    const modelPath = await writeModel(folder, { kind: 'fail', dataType: 'FP32', shape: [1] });
    return { modelPath, request: { inputs: [inputOf('INPUT', 'FP32', [1], new Uint8Array(4))], outputs: [] } };
  },
});
