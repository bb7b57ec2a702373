import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { BuiltinEngine, OnnxEngine, type Engine } from '@rangefinder/engines';
import { FolderRepository } from '@rangefinder/repository';
import { identityModel } from '@rangefinder/testing';
import { checkSummary, modelText } from '../src/check/check-text.ts';
import { checkModel, type CheckedModel } from '../src/check/model-check.ts';
import { TemporaryFolder } from './model-repository.ts';

async function check(folder: TemporaryFolder, name: string, load = true): Promise<CheckedModel> {
  const repository = new FolderRepository({ root: folder.path, limits: DEFAULT_LIMITS });
  const engines = new Map<string, Engine>([
    ['onnx', new OnnxEngine()],
    ['builtin', new BuiltinEngine()],
  ]);
  try {
    return await checkModel(name, {
      repository,
      engines: load ? engines : undefined,
      signal: new AbortController().signal,
    });
  } finally {
    for (const engine of engines.values()) await engine.close();
    await repository.close();
  }
}

test('a sound model is loaded, in every version that is served', async () => {
  using folder = new TemporaryFolder();
  folder.write('m/1/model.onnx', identityModel('FP32', ['n', 2]));
  folder.write('m/3/model.onnx', identityModel('FP32', ['n', 2]));
  folder.write('m/config.pbtxt', 'version_policy: { all {} }');
  const model = await check(folder, 'm');
  assert.deepEqual(model.problems, []);
  assert.deepEqual(
    model.versions.map(({ version, loaded }) => [version, loaded?.inputs[0]?.name]),
    [
      ['1', 'X'],
      ['3', 'X'],
    ],
  );
  assert.match(
    modelText(model, (_style, text) => text),
    /✓ m {2}versions 1, 3\n {4}version 1: loaded in/,
  );
});

test('a model file that only the engine can judge is judged by it, unless loading is off', async () => {
  using folder = new TemporaryFolder();
  folder.write('m/1/model.onnx', identityModel('FP32', ['n', 2]).subarray(0, 20));
  assert.equal((await check(folder, 'm')).problems.length, 1);
  assert.deepEqual((await check(folder, 'm', false)).problems, []);
});

test('a configuration that does not fit the model names the field', async () => {
  using folder = new TemporaryFolder();
  folder.write('m/1/model.onnx', identityModel('FP32', ['n', 2]));
  folder.write('m/config.pbtxt', 'max_batch_size: 4 input [{ name: "X" data_type: TYPE_INT64 dims: [2] }]');
  const { problems } = await check(folder, 'm');
  assert.match(problems.join('\n'), /config\.pbtxt[^]*data_type/);
});

test('warm-up data that is not there is a problem, without loading too', async () => {
  using folder = new TemporaryFolder();
  folder.write('m/1/model.onnx', identityModel('FP32', ['n', 2]));
  const input = 'X: { data_type: TYPE_FP32, dims: [2], input_data_file: missing }';
  folder.write('m/model.yaml', `model_warmup: [{ name: w, batch_size: 1, inputs: { ${input} } }]`);
  const { problems } = await check(folder, 'm', false);
  assert.match(problems.join('\n'), /model\.yaml.*model_warmup\[0\]\.inputs\.X\.input_data_file: .*missing/);
});

test('an execution provider that this machine lacks is a problem', async () => {
  using folder = new TemporaryFolder();
  folder.write('m/1/model.onnx', identityModel('FP32', ['n', 2]));
  folder.write(
    'm/config.pbtxt',
    'optimization { execution_accelerators { gpu_execution_accelerator: [{ name: "openvino" }] } }',
  );
  const { problems } = await check(folder, 'm');
  assert.match(problems.join('\n'), /gpu_execution_accelerator\[0\]\.name: "openvino" is not available here/);
});

test('the last line counts the broken ones', () => {
  const plain = (_style: unknown, text: string): string => text;
  const sound: CheckedModel = { name: 'a', versions: [], problems: [] };
  assert.equal(checkSummary([sound], plain), '1 model, no problems');
  assert.equal(checkSummary([sound, { ...sound, problems: ['x'] }], plain), '1 of 2 models with problems');
});
