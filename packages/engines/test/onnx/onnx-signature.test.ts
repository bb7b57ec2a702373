import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { OnnxEngine } from '@rangefinder/engines';
import { DATA_TYPES, type DataType } from '@rangefinder/tensor';
import { buildOnnxModel, fp32Initializer, identityModel, isError } from '@rangefinder/testing';
import { fp32, fp32Values, runOnce, withOnnxModel } from './onnx-models.ts';

describe('signature of an ONNX model', () => {
  const engine = new OnnxEngine();
  after(() => engine.close());

  test('dimensions are sizes, names or -1; a missing shape differs from a scalar', async () => {
    const shapes = [['batch', -1, 3], [], undefined, ['n', 'n', 0]];
    for (const shape of shapes) {
      await withOnnxModel(engine, identityModel('FP32', shape), async ({ signature }) => {
        assert.deepEqual(signature.inputs, [{ name: 'X', dataType: 'FP32', shape, optional: false }]);
        assert.deepEqual(signature.outputs[0]?.name, 'Y');
      });
    }
  });

  test('a model without rank takes any shape', async () => {
    await withOnnxModel(engine, identityModel('FP32', undefined), async (model) => {
      for (const shape of [[], [2], [1, 2, 1]]) {
        const bytes = fp32(...(shape.length === 0 ? [5] : [5, 6]));
        const [output] = await runOnce(model, [['X', 'FP32', shape, bytes]]);
        assert.deepEqual(output?.shape, shape);
        assert.deepEqual(output?.bytes, bytes);
      }
    });
  });

  test('every element type of the C API is told by name', async () => {
    for (const dataType of Object.keys(DATA_TYPES) as DataType[]) {
      const value = { name: 'X', dataType, shape: [2] };
      const model = buildOnnxModel({ nodes: [], inputs: [value], outputs: [value] });
      const loading = withOnnxModel(engine, model, async ({ signature }) => {
        assert.equal(signature.inputs[0]?.dataType, dataType);
      });
      if (dataType.startsWith('COMPLEX')) {
        await assert.rejects(loading, isError('MODEL_INVALID', 'data type', dataType.toLowerCase()));
      } else {
        await loading;
      }
    }
  });

  test('an input with an initializer may be left out, and is that then', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'Add', inputs: ['X', 'BIAS'], outputs: ['Y'] }],
      inputs: [
        { name: 'X', dataType: 'FP32', shape: [2] },
        { name: 'BIAS', dataType: 'FP32', shape: [2] },
      ],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: [2] }],
      initializers: [fp32Initializer('BIAS', [2], (i) => 10 * (i + 1))],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      assert.deepEqual(
        loaded.signature.inputs.map(({ name, optional }) => [name, optional]),
        [
          ['X', false],
          ['BIAS', true],
        ],
      );
      for (let i = 0; i < 3; i += 1) {
        const [without] = await runOnce(loaded, [['X', 'FP32', [2], fp32(1, i)]]);
        assert.deepEqual(fp32Values(without), [11, 20 + i]);
        const [given] = await runOnce(loaded, [
          ['BIAS', 'FP32', [2], fp32(100, 200)],
          ['X', 'FP32', [2], fp32(1, i)],
        ]);
        assert.deepEqual(fp32Values(given), [101, 200 + i]);
      }
    });
  });

  test('an input of an optional type takes its tensor', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'OptionalGetElement', inputs: ['X'], outputs: ['Y'] }],
      inputs: [{ name: 'X', dataType: 'FP32', shape: [2], kind: 'optional' }],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: [2] }],
    });
    await withOnnxModel(engine, model, async (loaded) => {
      assert.deepEqual(loaded.signature.inputs, [{ name: 'X', dataType: 'FP32', shape: [2], optional: true }]);
      const [output] = await runOnce(loaded, [['X', 'FP32', [2], fp32(3, 4)]]);
      assert.deepEqual(fp32Values(output), [3, 4]);
    });
  });

  test('sequences are UNSUPPORTED, by name', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'SequenceConstruct', inputs: ['X'], outputs: ['S'] }],
      inputs: [{ name: 'X', dataType: 'FP32', shape: [2] }],
      outputs: [{ name: 'S', dataType: 'FP32', shape: [2], kind: 'sequence' }],
    });
    await assert.rejects(
      withOnnxModel(engine, model, async () => {}),
      isError('UNSUPPORTED', "output 'S'", 'sequence'),
    );
  });

  test('metadata is what the file says', async () => {
    const model = buildOnnxModel({
      nodes: [{ operator: 'Identity', inputs: ['X'], outputs: ['Y'] }],
      inputs: [{ name: 'X', dataType: 'FP32', shape: [1] }],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: [1] }],
      producerName: 'maker',
      domain: 'org.example',
      modelVersion: 7,
      description: 'what it is',
      graphName: 'the graph',
      metadata: { author: 'Ada', größe: 'klein' },
    });
    await withOnnxModel(engine, model, async ({ signature }) => {
      assert.deepEqual(signature.metadata, {
        producer: 'maker',
        domain: 'org.example',
        version: '7',
        description: 'what it is',
        graph: 'the graph',
        author: 'Ada',
        größe: 'klein',
      });
    });
  });
});
