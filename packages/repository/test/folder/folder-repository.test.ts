import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS, RangefinderError } from '@rangefinder/base';
import type { ModelSignature } from '@rangefinder/repository';
import { temporaryRepository } from '../temporary-repository.ts';

const signature: ModelSignature = {
  inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 3], optional: false }],
  outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 2], optional: false }],
};

function refusal(code: string, ...patterns: RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RangefinderError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };
}

test('models are the folders and the .onnx files of the root, sorted; hidden and other files are none', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'zeta/1/model.onnx': 'z', 'alpha/1/model.onnx': 'a', 'single.onnx': 's', 'README.md': '', '.git/config': '', '.hidden.onnx': '',
  }); // prettier-ignore
  assert.deepEqual(await repository.list(), ['alpha', 'single', 'zeta']);
});

test('a root that is not there is NOT_FOUND, and so is a model', async (t) => {
  const { repository, root } = await temporaryRepository(t);
  await assert.rejects(repository.read('nobody'), refusal('NOT_FOUND', /nobody/));
  await rm(root, { recursive: true });
  await assert.rejects(repository.list(), refusal('NOT_FOUND', /does not exist/));
});

test('names that could leave the repository are no models', async (t) => {
  const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': '' });
  for (const name of ['..', '.', '../m', 'm/1', '/etc', 'm\0', '', '.git', 'a\\b', 'x'.repeat(2000)]) {
    await assert.rejects(repository.read(name), refusal('NOT_FOUND'), JSON.stringify(name));
  }
});

test('more models than the limit are refused', async (t) => {
  const files = { 'a/1/model.onnx': '', 'b/1/model.onnx': '', 'c/1/model.onnx': '' };
  const { repository } = await temporaryRepository(t, files, { limits: { ...DEFAULT_LIMITS, repositoryModels: 2 } });
  await assert.rejects(repository.list(), refusal('RESOURCE_EXHAUSTED', /at most 2 models/));
});

test('the version policy selects among numeric folders without leading zeros', async (t) => {
  const versions = Object.fromEntries(
    ['1', '2', '10', '03', 'x', '0'].map((version) => [`m/${version}/model.onnx`, version]),
  );
  const { repository, write } = await temporaryRepository(t, versions);
  const selected = async (config: string): Promise<string[]> => {
    await write({ 'm/config.pbtxt': config });
    return (await repository.read('m')).versions.map(({ version }) => version);
  };
  assert.deepEqual(await selected(''), ['10']);
  assert.deepEqual(await selected('version_policy { latest { num_versions: 2 } }'), ['2', '10']);
  assert.deepEqual(await selected('version_policy: { all: { } }'), ['1', '2', '10']);
  assert.deepEqual(await selected('version_policy { specific { versions: [10, 1] } }'), ['1', '10']);
  await assert.rejects(
    selected('version_policy {\n specific {\n versions: [1, 7] } }'),
    refusal(
      'MODEL_INVALID',
      /config\.pbtxt:3: version_policy\.specific\.versions\[1\]: expected a version that is there \(1, 2, 10\)/,
    ),
  );
});

test('friendlier layouts: a file in the root, a file in the model folder, a folder model.onnx', async (t) => {
  const { repository, root } = await temporaryRepository(t, {
    'file.onnx': 'f', 'file.onnx.data': 'd', 'flat/model.onnx': 'x', 'external/1/model.onnx/model.onnx': 'm', 'external/1/model.onnx/w.bin': 'w',
  }); // prettier-ignore
  const paths = async (name: string): Promise<string[]> =>
    (await repository.read(name)).versions.map((v) => `${v.version} ${v.modelPath}`);
  assert.deepEqual(await paths('file'), [`1 ${join(root, 'file.onnx')}`]);
  assert.deepEqual(await paths('flat'), [`1 ${join(root, 'flat/model.onnx')}`]);
  assert.deepEqual(await paths('external'), [`1 ${join(root, 'external/1/model.onnx/model.onnx')}`]);
});

test('a folder and a file of one name are one model too many', async (t) => {
  const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': '', 'm.onnx': '' });
  await assert.rejects(repository.read('m'), refusal('MODEL_INVALID', /folder m or the file m\.onnx, got both/));
});

test('the backend comes from the configuration or from the file', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'onnx/1/model.onnx': '', 'builtin/1/model.json': '{}', 'named/1/best.onnx': '', 'named/model.yaml': 'default_model_filename: best.onnx',
  }); // prettier-ignore
  const backendOf = async (name: string): Promise<string> => {
    const config = (await repository.read(name)).complete(signature);
    return `${config.backend} ${config.platform} ${config.default_model_filename}`;
  };
  assert.equal(await backendOf('onnx'), 'onnx onnxruntime_onnx model.onnx');
  assert.equal(await backendOf('builtin'), 'builtin builtin model.json');
  assert.equal(await backendOf('named'), 'onnx onnxruntime_onnx best.onnx');
});

test('what needs no model is complete before one is loaded', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/config.pbtxt':
      'platform: "onnxruntime_onnx" instance_group { kind: KIND_CPU } optimization { execution_accelerators { gpu_execution_accelerator { name: "cuda" } } }',
  });
  const { partialConfig } = await repository.read('m');
  assert.equal(partialConfig['backend'], 'onnx');
  assert.deepEqual(partialConfig['instance_group'], [{ name: 'm_0', kind: 'KIND_CPU', count: 1, gpus: [] }]);
  assert.deepEqual(partialConfig['optimization'], {
    graph: { level: 0 },
    execution_accelerators: { gpu_execution_accelerator: [{ name: 'cuda', parameters: {} }] },
  });
  assert.equal('max_batch_size' in partialConfig, false);
});

test('both configuration files are one too many', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/config.pbtxt': '',
    'm/model.yaml': '',
  });
  await assert.rejects(
    repository.read('m'),
    refusal('MODEL_INVALID', /model\.yaml: expected one configuration, got config\.pbtxt as well/),
  );
});

test('a configuration larger than the limit is refused before it is read', async (t) => {
  const files = { 'm/1/model.onnx': '', 'm/config.pbtxt': `#${'x'.repeat(100)}` };
  const { repository } = await temporaryRepository(t, files, { limits: { ...DEFAULT_LIMITS, modelConfigBytes: 64 } });
  await assert.rejects(
    repository.read('m'),
    refusal('MODEL_INVALID', /config\.pbtxt: has 101 bytes, more than the limit of 64/),
  );
});

test('labels and warm-up data are read from the folder of the model', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/config.pbtxt': `
      output { name: "y" label_filename: "labels.txt" }
      model_warmup { inputs { key: "x" value { data_type: TYPE_FP32 dims: 3 input_data_file: "x.bin" } } }`,
    'm/labels.txt': 'cat\r\n\ndog\n',
    'm/warmup/x.bin': new Uint8Array(12),
  });
  const model = await repository.read('m');
  assert.deepEqual(model.labels('y'), ['cat', '', 'dog']);
  assert.deepEqual(model.labels('other'), []);
  assert.equal((await model.warmupFile('x.bin')).byteLength, 12);
  assert.deepEqual(model.complete(signature).model_warmup[0]!.inputs['x'], {
    data_type: 'TYPE_FP32',
    dims: [3],
    input_data_file: 'x.bin',
  });
  await assert.rejects(model.warmupFile('../config.pbtxt'), refusal('MODEL_INVALID', /inside the folder/));
  await assert.rejects(model.warmupFile('y.bin'), refusal('MODEL_INVALID', /warmup\/y\.bin does not exist/));
});

test('a warm-up file of the wrong size is found before the first run', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/model.yaml': 'warmup:\n  - inputs:\n      x: {input_data_file: x.bin}\n',
    'm/warmup/x.bin': 'short',
  });
  const model = await repository.read('m');
  assert.throws(
    () => model.complete(signature),
    refusal('MODEL_INVALID', /expected a file of 12 bytes for TYPE_FP32 \[3\], got 5 in x\.bin/),
  );
});

test('the fingerprint changes with the weights, the configuration, labels and links, and not by itself', async (t) => {
  const { repository, write, root } = await temporaryRepository(t, {
    'm/1/model.onnx': 'one',
    'm/labels.txt': 'a',
    'other/model.onnx': 'two',
  });
  const seen = new Set<string>();
  const look = async (): Promise<number> => seen.add((await repository.read('m')).versions[0]!.fingerprint).size;
  await look();
  assert.equal(await look(), 1);
  await write({ 'm/1/model.onnx': 'longer' });
  assert.equal(await look(), 2);
  await write({ 'm/config.pbtxt': 'output { name: "y" label_filename: "labels.txt" }' });
  assert.equal(await look(), 3);
  await write({ 'm/labels.txt': 'abc' });
  assert.equal(await look(), 4);
  await write({ 'm/README.md': 'not part of the model' });
  assert.equal(await look(), 4);
  await rm(join(root, 'm/1'), { recursive: true });
  await symlink(join(root, 'other'), join(root, 'm/1'));
  assert.equal(await look(), 5);
});

test('the checksum is that of what sha256sum prints, whatever order the file system has', async (t) => {
  const { repository, write } = await temporaryRepository(t, {
    'm/1/model.onnx': 'weights',
    'm/1/b/x': '2',
    'm/1/a': '1',
    'm/config.pbtxt': '',
  });
  const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
  const expected = sha(`${sha('1')}  a\n${sha('2')}  b/x\n${sha('weights')}  model.onnx\n`);
  const version = (await repository.read('m')).versions[0]!;
  assert.equal(await version.checksum(), expected);
  await write({ 'm/config.pbtxt': 'max_batch_size: 1' });
  assert.equal(await (await repository.read('m')).versions[0]!.checksum(), expected);
});

test('large models are hashed in a thread, with the same result and the same refusals', async (t) => {
  const weights = Buffer.alloc(9 * 1024 * 1024, 7);
  const { repository, root } = await temporaryRepository(t, { 'm/1/model.onnx': weights, 'm/1/.partial': 'x' });
  const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const version = (await repository.read('m')).versions[0]!;
  const expected = digest(`${digest(weights)}  model.onnx\n`);
  assert.deepEqual(await Promise.all([version.checksum(), version.checksum()]), [expected, expected]);
  await rm(join(root, 'm/1/model.onnx'));
  await assert.rejects(version.checksum(), refusal('MODEL_INVALID', /model\.onnx: cannot be read: ENOENT/));
});

test('a checksum that is being made when the repository closes fails and says so', async (t) => {
  const weights = Buffer.alloc(64 * 1024 * 1024, 7);
  const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': weights });
  const made = (await repository.read('m')).versions[0]!.checksum();
  await Promise.all([
    assert.rejects(made, refusal('MODEL_INVALID', /the hashing thread was ended/)),
    repository.close(),
  ]);
});

test('several missing files are all named', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/config.pbtxt': `output { name: "y" label_filename: "a.txt" } output { name: "z" label_filename: "b.txt" }
      model_warmup { inputs { key: "x" value { input_data_file: "x.bin" } } }`,
  });
  await assert.rejects(
    repository.read('m'),
    refusal('MODEL_INVALID', /a\.txt does not/, /b\.txt does not/, /x\.bin does not/),
  );
});

test('symbolic links are followed; broken ones and circles are no reason to fail the others', async (t) => {
  const { repository, root } = await temporaryRepository(t, { 'store/v2/model.onnx': 'x', 'good/1/model.onnx': '' });
  await mkdir(join(root, 'm'));
  await symlink(join(root, 'store/v2'), join(root, 'm/1'));
  await symlink(join(root, 'nowhere'), join(root, 'broken'));
  await mkdir(join(root, 'circle/1'), { recursive: true });
  await symlink(join(root, 'circle'), join(root, 'circle/1/again'));
  await writeFile(join(root, 'circle/1/model.onnx'), '');
  assert.deepEqual(await repository.list(), ['circle', 'good', 'm', 'store']);
  assert.equal((await repository.read('m')).versions[0]!.version, '1');
  await assert.rejects(repository.read('circle'), refusal('MODEL_INVALID', /version 1/));
  assert.equal((await repository.read('good')).versions.length, 1);
});

test('a named pipe in a model folder keeps nothing waiting', async (t) => {
  const { repository, root } = await temporaryRepository(t, { 'm/1/model.onnx': '' });
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkfifo', [join(root, 'm/1/pipe'), join(root, 'm/config.pbtxt')]);
  await assert.rejects(repository.read('m'), refusal('MODEL_INVALID', /config\.pbtxt: is not a regular file/));
});

test('all problems of a model are reported together', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/other.onnx': '',
    'm/config.pbtxt':
      'name: "n"\nbackend: "pytorch"\noutput { name: "y" label_filename: "labels.txt" }\nversion_policy { all { } }\n',
  });
  await assert.rejects(
    repository.read('m'),
    refusal(
      'MODEL_INVALID',
      /^model m:\n/,
      /config\.pbtxt:1: name: expected "m", the name of the model's folder, got "n"/,
      /config\.pbtxt:2: backend: "pytorch" is not supported by this version \(supported: onnx/,
      /version 1: expected model\.onnx or model\.json, got other\.onnx \(name it in default_model_filename\)/,
    ),
  );
});

test('an override replaces the configuration and brings files of its own, which go away again', async (t) => {
  const { repository } = await temporaryRepository(t, {
    'm/1/model.onnx': 'old',
    'm/config.pbtxt': 'max_batch_size: 4',
  });
  const config = JSON.stringify({ max_batch_size: '2', dynamicBatching: {} });
  const replaced = await repository.read('m', { config });
  assert.equal(replaced.complete(signature).max_batch_size, 2);
  assert.equal(replaced.versions[0]!.version, '1');
  const brought = await repository.read('m', { config, files: { '7/model.onnx': Buffer.from('new') } });
  assert.deepEqual(
    brought.versions.map(({ version }) => version),
    ['7'],
  );
  const fresh = await repository.read('unheard-of', { files: { '1/model.onnx': Buffer.from('new') } });
  assert.equal(fresh.complete(signature).name, 'unheard-of');
  await brought.dispose?.();
  await assert.rejects(readdir(brought.versions[0]!.directory));
  await repository.close();
  await assert.rejects(readdir(fresh.versions[0]!.directory));
});

test('files of an override stay inside their folder', async (t) => {
  const { repository } = await temporaryRepository(t, { 'm/1/model.onnx': '' });
  for (const path of [
    '../1/model.onnx',
    '1/../../x',
    '/etc/passwd',
    'model.onnx',
    '0/model.onnx',
    '1//x',
    '1/a\\b',
    '1/\n',
    'x/model.onnx',
  ]) {
    await assert.rejects(
      repository.read('m', { files: { [path]: Buffer.from('') } }),
      refusal('INVALID_ARGUMENT', /parameters\.file:/),
      path,
    );
  }
});

test('what is ignored is listed as a warning', async (t) => {
  const { repository, root } = await temporaryRepository(t, {
    'm/1/model.onnx': '',
    'm/model.onnx': '',
    'm/config.yaml': '',
  });
  assert.deepEqual((await repository.read('m')).warnings, [
    'config.yaml: ignored: a configuration is called model.yaml',
    'model.onnx: ignored beside the version folders',
  ]);
  await rename(join(root, 'm/config.yaml'), join(root, 'm/notes'));
  await writeFile(join(root, 'm/config.pbtxt'), 'optimization {\n cuda { graphs: true } }');
  assert.match((await repository.read('m')).warnings![0]!, /^config\.pbtxt:2: optimization\.cuda: ignored/);
});

test('a closed repository refuses work', async (t) => {
  const { repository } = await temporaryRepository(t);
  await repository.close();
  await assert.rejects(repository.list(), refusal('UNAVAILABLE'));
});
