import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { OnnxEngine } from '@rangefinder/engines';
import {
  buildOnnxModel,
  DEFAULT_ENGINE_OPTIONS,
  fp32Initializer,
  isError,
  loadRequest,
  mlpModel,
  type OnnxModel,
} from '@rangefinder/testing';
import { fp32, int64, runOnce, withFolder, withOnnxModel } from './onnx-models.ts';

const X = { name: 'X', dataType: 'FP32', shape: [2] } as const;
const Y = { name: 'Y', dataType: 'FP32', shape: [2] } as const;
const SOUND: OnnxModel = {
  nodes: [{ operator: 'Relu', inputs: ['X'], outputs: ['Y'] }],
  inputs: [X],
  outputs: [Y],
};

describe('ONNX models that cannot be loaded', () => {
  const engine = new OnnxEngine();
  after(() => engine.close());

  const refuse = async (bytes: Uint8Array, ...words: readonly string[]): Promise<void> => {
    await assert.rejects(
      withOnnxModel(engine, bytes, async () => {}),
      isError('MODEL_INVALID', 'model.onnx', ...words),
    );
  };

  test('the sound model that the broken ones are made of loads', async () => {
    await withOnnxModel(engine, buildOnnxModel(SOUND), async () => {});
  });

  test('noise and a truncated file', async () => {
    await refuse(new TextEncoder().encode('<html>not found</html>'), 'truncated or not an ONNX file');
    const whole = mlpModel([64, 64, 1]);
    for (const share of [0.1, 0.5, 0.99]) {
      await refuse(whole.subarray(0, Math.floor(whole.length * share)), 'truncated or not an ONNX file');
    }
  });

  test('an operator set from the future, and a format from the future', async () => {
    await refuse(buildOnnxModel({ ...SOUND, opset: 999 }), 'opset', '999');
    await refuse(buildOnnxModel({ ...SOUND, irVersion: 999 }), 'format version', '999');
  });

  test('an operator that nobody knows, and a domain that nobody knows', async () => {
    const nodes = [{ operator: 'Frobnicate', inputs: ['X'], outputs: ['Y'] }];
    await refuse(buildOnnxModel({ ...SOUND, nodes }), 'operator', 'Frobnicate');
    const custom = [{ operator: 'Frobnicate', domain: 'org.example', inputs: ['X'], outputs: ['Y'] }];
    await refuse(
      buildOnnxModel({ ...SOUND, nodes: custom, otherOpsets: { 'org.example': 1 } }),
      'operator',
      'Frobnicate',
    );
  });

  test('types and shapes that do not fit together', async () => {
    await refuse(buildOnnxModel({ ...SOUND, outputs: [{ ...Y, dataType: 'INT64' }] }), 'types or shapes');
    const nodes = [{ operator: 'Add', inputs: ['X', 'C'], outputs: ['Y'] }];
    const initializers = [fp32Initializer('C', [3], () => 1)];
    await refuse(buildOnnxModel({ ...SOUND, nodes, initializers }));
  });

  test('a graph that is not one: an input of nothing, a cycle', async () => {
    await refuse(buildOnnxModel({ ...SOUND, nodes: [{ operator: 'Relu', inputs: ['NOWHERE'], outputs: ['Y'] }] }));
    const cycle = [
      { operator: 'Add', inputs: ['X', 'B'], outputs: ['A'] },
      { operator: 'Relu', inputs: ['A'], outputs: ['B'] },
      { operator: 'Relu', inputs: ['B'], outputs: ['Y'] },
    ];
    await refuse(buildOnnxModel({ ...SOUND, nodes: cycle }));
  });

  test('external data that is missing, short, or outside the folder of the model', async () => {
    const model = (location: string): Uint8Array =>
      buildOnnxModel({
        ...SOUND,
        nodes: [{ operator: 'Add', inputs: ['X', 'W'], outputs: ['Y'] }],
        initializers: [{ name: 'W', dataType: 'FP32', shape: [2], external: { location, offset: 0, length: 8 } }],
      });
    await refuse(model('weights.bin'), 'external data');
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, model('weights.bin'));
      await writeFile(path.join(folder, 'weights.bin'), fp32(1, 2));
      const loaded = await engine.load(loadRequest(modelPath));
      const [output] = await runOnce(loaded, [['X', 'FP32', [2], fp32(10, 20)]]);
      assert.deepEqual(output?.bytes, fp32(11, 22));
      await loaded.unload();
      await truncate(path.join(folder, 'weights.bin'), 4);
      await assert.rejects(engine.load(loadRequest(modelPath)), isError('MODEL_INVALID', 'external data'));
      await writeFile(path.join(folder, 'secret.bin'), fp32(1, 2));
      await writeFile(modelPath, model('../../../../../../etc/passwd'));
      await assert.rejects(engine.load(loadRequest(modelPath)), isError('MODEL_INVALID', 'external data'));
    });
  });

  test('a run that needs more memory than there is', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'ConstantOfShape', inputs: ['SHAPE'], outputs: ['Y'] }],
      inputs: [{ name: 'SHAPE', dataType: 'INT64', shape: [2] }],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: ['a', 'b'] }],
    });
    for (const memoryArena of [true, false]) {
      await withOnnxModel(
        engine,
        model,
        async (loaded) => {
          const shape = int64(2 ** 22, 2 ** 22);
          await assert.rejects(
            runOnce(loaded, [['SHAPE', 'INT64', [2], shape]]),
            isError('RESOURCE_EXHAUSTED', 'memory'),
          );
          const [output] = await runOnce(loaded, [['SHAPE', 'INT64', [2], int64(2, 3)]]);
          assert.deepEqual(output?.shape, [2, 3]);
        },
        { memoryArena },
      );
    }
  });

  test('a library that is missing or is none', async () => {
    for (const libraryPath of ['/no/such/libonnxruntime.so', import.meta.filename]) {
      const broken = new OnnxEngine({ libraryPath });
      await assert.rejects(broken.describe(), isError('UNSUPPORTED', libraryPath));
      await assert.rejects(broken.load(loadRequest('/tmp/model.onnx')), isError('UNSUPPORTED', libraryPath));
      await broken.close();
    }
  });

  test('an execution provider that is not there is named, with the reason', async () => {
    for (const name of ['cuda', 'tensorrt', 'openvino', 'no_such_provider']) {
      const loading = withOnnxModel(engine, buildOnnxModel(SOUND), async () => {}, {
        executionProviders: [{ name, options: {} }],
      });
      await assert.rejects(loading, isError('UNSUPPORTED', `'${name}'`, 'not available'));
    }
    const options = { ...DEFAULT_ENGINE_OPTIONS, executionProviders: [{ name: 'cpu', options: {} }] };
    await withOnnxModel(engine, buildOnnxModel(SOUND), async () => {}, options);
  });
});
