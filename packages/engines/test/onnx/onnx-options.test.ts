import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { type EngineOptions, OnnxEngine } from '@rangefinder/engines';
import {
  buildOnnxModel,
  DEFAULT_ENGINE_OPTIONS,
  isError,
  loadRequest,
  loopModel,
  mlpModel,
} from '@rangefinder/testing';
import { fp32, int64, runOnce, withFolder, withOnnxModel } from './onnx-models.ts';

const MODEL = mlpModel([8, 16, 4]);
const INPUT = fp32(1, -2, 3, -4, 5, -6, 7, -8);

describe('options of the ONNX engine', () => {
  const engine = new OnnxEngine();
  after(() => engine.close());

  const resultWith = (options: Partial<EngineOptions>): Promise<Uint8Array> =>
    withOnnxModel(
      engine,
      MODEL,
      async (model) => (await runOnce(model, [['X', 'FP32', [1, 8], INPUT]]))[0]?.bytes ?? new Uint8Array(0),
      options,
    );

  test('every combination computes the same', async () => {
    const expected = new Float32Array((await resultWith({})).buffer);
    const variations: Partial<EngineOptions>[] = [
      ...(['disabled', 'basic', 'extended', 'all'] as const).map((graphOptimizationLevel) => ({
        graphOptimizationLevel,
      })),
      { memoryArena: false },
      { intraOpThreads: 0 },
      { intraOpThreads: 3, interOpThreads: 2 },
      { extra: { execution: 'inline' } },
      { extra: { execution: 'thread', 'session.intra_op.allow_spinning': '1', 'session.disable_prepacking': '1' } },
    ];
    for (const options of variations) {
      const actual = new Float32Array((await resultWith(options)).buffer);
      assert.equal(actual.length, expected.length);
      for (const [i, value] of actual.entries()) {
        assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-5, JSON.stringify(options));
      }
    }
  });

  test('values that cannot be are refused by name', async () => {
    const cases: [Partial<EngineOptions>, string][] = [
      [{ intraOpThreads: -1 }, 'intraOpThreads'],
      [{ interOpThreads: 1.5 }, 'interOpThreads'],
      [{ graphOptimizationLevel: 'most' as 'all' }, 'graphOptimizationLevel'],
      [{ extra: { execution: 'elsewhere' } }, 'extra.execution'],
      [{ extra: { excution: 'thread' } }, 'extra.excution'],
    ];
    for (const [options, field] of cases) {
      await assert.rejects(resultWith(options), isError('INVALID_ARGUMENT', field));
    }
  });

  test('inline execution answers, validates and fails like the other', async () => {
    const options = { extra: { execution: 'inline' } };
    await withOnnxModel(
      engine,
      loopModel(4),
      async (model) => {
        const x = ['X', 'FP32', [4, 4], new Uint8Array(64)] as const;
        for (let i = 0; i < 3; i += 1) {
          const [output] = await runOnce(model, [['ITERATIONS', 'INT64', [], int64(i)], x]);
          assert.deepEqual(output?.shape, [4, 4]);
        }
        await assert.rejects(runOnce(model, [x]), isError('INVALID_ARGUMENT', 'ITERATIONS'));
      },
      options,
    );
    const failing = buildOnnxModel({
      nodes: [{ operator: 'Reshape', inputs: ['X', 'SHAPE'], outputs: ['Y'] }],
      inputs: [
        { name: 'X', dataType: 'FP32', shape: [4] },
        { name: 'SHAPE', dataType: 'INT64', shape: [1] },
      ],
      outputs: [{ name: 'Y', dataType: 'FP32', shape: ['n'] }],
    });
    await withOnnxModel(
      engine,
      failing,
      async (model) => {
        const run = runOnce(model, [
          ['X', 'FP32', [4], new Uint8Array(16)],
          ['SHAPE', 'INT64', [1], int64(3)],
        ]);
        await assert.rejects(run, isError('INTERNAL', 'Reshape'));
      },
      options,
    );
  });

  test('an optimised model is stored once per content and options, and used', async () => {
    await withFolder(async (optimizedModelCacheDir) => {
      const expected = await resultWith({});
      const entries = async (): Promise<string[]> => (await readdir(optimizedModelCacheDir)).toSorted();
      assert.deepEqual(await resultWith({ optimizedModelCacheDir }), expected);
      const first = await entries();
      assert.equal(first.length, 1);
      assert.match(first[0] ?? '', /^[0-9a-f]{64}\.onnx$/);
      assert.deepEqual(await resultWith({ optimizedModelCacheDir }), expected);
      assert.deepEqual(await entries(), first);
      await resultWith({ optimizedModelCacheDir, graphOptimizationLevel: 'basic' });
      assert.equal((await entries()).length, 2);
    });
  });

  test('a damaged stored model is replaced', async () => {
    await withFolder(async (optimizedModelCacheDir) => {
      const expected = await resultWith({ optimizedModelCacheDir });
      const file = path.join(optimizedModelCacheDir, (await readdir(optimizedModelCacheDir))[0] ?? '');
      const sound = await readFile(file);
      for (const damaged of [Buffer.from('noise'), sound.subarray(0, sound.length / 2), Buffer.alloc(0)]) {
        await writeFile(file, damaged);
        assert.deepEqual(await resultWith({ optimizedModelCacheDir }), expected);
        assert.equal((await readFile(file)).length, sound.length);
      }
      assert.deepEqual(await readdir(optimizedModelCacheDir), [path.basename(file)]);
    });
  });

  test('a model with data in other files is not stored, and a broken one leaves nothing behind', async () => {
    await withFolder(async (folder) => {
      const optimizedModelCacheDir = path.join(folder, 'cache');
      const modelPath = path.join(folder, 'model.onnx');
      const external = { location: 'weights.bin', offset: 0, length: 8 };
      const model = buildOnnxModel({
        nodes: [{ operator: 'Add', inputs: ['X', 'W'], outputs: ['Y'] }],
        inputs: [{ name: 'X', dataType: 'FP32', shape: [2] }],
        outputs: [{ name: 'Y', dataType: 'FP32', shape: [2] }],
        initializers: [{ name: 'W', dataType: 'FP32', shape: [2], external }],
      });
      await writeFile(modelPath, model);
      await writeFile(path.join(folder, 'weights.bin'), fp32(1, 2));
      const options = { ...DEFAULT_ENGINE_OPTIONS, optimizedModelCacheDir };
      const loaded = await engine.load(loadRequest(modelPath, { options }));
      await loaded.unload();
      assert.deepEqual(await readdir(optimizedModelCacheDir).catch(() => []), []);
      await writeFile(modelPath, MODEL.subarray(0, 100));
      await assert.rejects(engine.load(loadRequest(modelPath, { options })), isError('MODEL_INVALID'));
      assert.deepEqual(await readdir(optimizedModelCacheDir).catch(() => []), []);
    });
  });

  test('a load is cancelled before or while it happens', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, mlpModel([512, 1024, 1024, 512]));
      const controller = new AbortController();
      const loading = engine.load(loadRequest(modelPath), controller.signal);
      setImmediate(() => controller.abort());
      await loading.then(
        (model) => model.unload(),
        (error: unknown) => isError('CANCELLED')(error),
      );
    });
  });
});
