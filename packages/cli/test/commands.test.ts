import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { serverOptions, startServer, type RunningServer } from '@rangefinder/server';
import { tensorValues } from '@rangefinder/tensor';
import { readNpz } from '../src/files/npz.ts';
import { readNpy } from '../src/files/npy.ts';
import { runCli } from '../src/run-cli.ts';
import { pcm16 } from './files/wav-writer.ts';
import { TemporaryFolder, writeModels } from './model-repository.ts';

/** The commands against a real server over HTTP, in this process. */

let folder: TemporaryFolder;
let files: TemporaryFolder;
let server: RunningServer;

before(async () => {
  folder = new TemporaryFolder();
  files = new TemporaryFolder();
  writeModels(folder);
  const options = {
    modelRepository: [folder.path],
    modelControlMode: 'explicit',
    loadModels: ['*'],
    httpPort: 0,
    grpc: false,
    metrics: false,
    logLevel: 'error',
  };
  server = await startServer(serverOptions(options));
});

after(async () => {
  await server.close(0);
  folder[Symbol.dispose]();
  files[Symbol.dispose]();
});

interface Result {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(argv: readonly string[], input = ''): Promise<Result> {
  const written = { out: '', error: '' };
  const code = await runCli(
    argv,
    {
      out: { write: (text) => void (written.out += text), isTerminal: false },
      error: { write: (text) => void (written.error += text), isTerminal: false },
      environment: { RANGEFINDER_URL: server.httpUrl },
      readInput: async () => Buffer.from(input),
      signal: new AbortController().signal,
    },
    '1.2.3',
  );
  return { code, ...written };
}

async function runJson(
  argv: readonly string[],
  input?: string,
): Promise<{ readonly code: number; readonly json: Record<string, unknown> }> {
  const { code, out, error } = await run([...argv, '--json'], input);
  assert.equal(error, '');
  return { code, json: JSON.parse(out) as Record<string, unknown> };
}

const outputs = (
  json: Record<string, unknown>,
): readonly {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}[] => json['outputs'] as ReturnType<typeof outputs>;

test('numbers go in and come out, as text and as JSON', async () => {
  const text = await run(['infer', 'echo', '[1, 2.5, -3]']);
  assert.equal(text.code, 0, text.error);
  assert.match(text.out, /^echo 1, [\d.]+ m?s\nY {2}FP32 \[1,3\]\n {2}1 {2}2\.5 {2}-3\n$/);
  const { json } = await runJson(['infer', 'echo', '--input', 'X=[[1,2,3],[4,5,6]]']);
  assert.deepEqual(json, {
    model_name: 'echo',
    model_version: '1',
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }],
  });
});

test('JSON and binary give the same answer', async () => {
  const binary = await runJson(['infer', 'echo', '[0.1, 1e-30, 3]', '--binary']);
  assert.deepEqual(await runJson(['infer', 'echo', '[0.1, 1e-30, 3]', '--no-binary']), binary);
});

test('half floats and text travel', async () => {
  assert.deepEqual(outputs((await runJson(['infer', 'half', '[0.5, "NaN"]'])).json)[0]?.data, [0.5, 'NaN']);
  assert.deepEqual(outputs((await runJson(['infer', 'text', '-i', 'X=hello', '-i', 'X=["zwei", ""]'])).json)[0]?.data, [
    'hello',
    'zwei',
    '',
  ]);
});

test('a picture is decoded and laid out', async () => {
  const png = await sharp(Buffer.of(255, 0, 0, 0, 0, 255), { raw: { width: 2, height: 1, channels: 3 } })
    .png()
    .toBuffer();
  const file = files.write('red-blue.png', png);
  assert.deepEqual(outputs((await runJson(['infer', 'picture', file])).json)[0], {
    name: 'Y',
    datatype: 'FP32',
    shape: [1, 3, 1, 2],
    data: [1, 0, 0, 0, 0, 1],
  });
  assert.deepEqual(
    outputs((await runJson(['infer', 'picture', file, '--scale', '1', '--invert'])).json)[0]?.data,
    [0, 255, 255, 255, 255, 0],
  );
});

test('outputs are saved as NumPy files, which can be sent again', async () => {
  const npz = `${files.path}/out.npz`;
  assert.equal((await run(['infer', 'echo', '[[1,2,3],[4,5,6]]', '--save', npz])).code, 0);
  assert.deepEqual(tensorValues(readNpz(readFileSync(npz), 'x').get('Y')!), [1, 2, 3, 4, 5, 6]);
  const npy = `${files.path}/out.npy`;
  assert.equal((await run(['infer', 'echo', '--input', `X=@${npz}`, '--save', npy])).code, 0);
  assert.deepEqual(readNpy(readFileSync(npy), 'x').shape, [2, 3]);
  assert.deepEqual(outputs((await runJson(['infer', 'echo', npy])).json)[0]?.data, [1, 2, 3, 4, 5, 6]);
});

test('a whole request is sent from a file or from standard input', async () => {
  const request = JSON.stringify({
    inputs: [{ name: 'X', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] }],
    outputs: [{ name: 'Y' }],
  });
  const file = files.write('request.json', request);
  assert.deepEqual(outputs((await runJson(['infer', 'echo', '--request', file])).json)[0]?.data, [1, 2, 3]);
  assert.deepEqual(outputs((await runJson(['infer', 'echo', '--request', '-'], request)).json)[0]?.data, [1, 2, 3]);
  const broken = await runJson(
    ['infer', 'echo', '--request', '-'],
    '{"inputs": [{"name": "X", "shape": [2], "datatype": "FP32", "data": [1]}]}',
  );
  assert.deepEqual(broken, {
    code: 2,
    json: {
      error: {
        code: 'INVALID_ARGUMENT',
        message: 'inputs[0].shape: [2] has 2 elements, data has 1',
        field: 'inputs[0].shape',
      },
    },
  });
});

test('a state is carried from one step to the next', async () => {
  const { code, out, error } = await run(['infer', 'sum', '--input', 'A=[[1],[2],[3]]', '--carry', 'SUM=B']);
  assert.equal(code, 0, error);
  assert.equal(out, 'step\n   0\n   1\n   2\n');
  const { json } = await runJson([
    'infer',
    'sum',
    '--input',
    'A=[[1],[2],[3]]',
    '--input',
    'B=[[10]]',
    '--carry',
    'SUM=B',
  ]);
  assert.deepEqual(json['carried'], [{ name: 'B', datatype: 'FP32', shape: [1, 1], data: [16] }]);
});

test('a recording is asked about window by window', async () => {
  const file = files.write('four.wav', pcm16([0, 0.5, -0.5, 1]));
  const { out } = await run(['infer', 'sum', '--input', `A=@${file}`, '--input', 'B=1', '--frame-size', '1']);
  assert.match(out, /^step {9}time {2}SUM\n {3}0 {6}0\.000 s {2}1\n {3}1 {6}0\.000 s {2}1\.5\n/);
  const saved = `${files.path}/sums.npy`;
  await run(['infer', 'sum', '--input', `A=@${file}`, '--input', 'B=1', '--save', saved]);
  assert.deepEqual(readNpy(readFileSync(saved), 'x').shape, [4, 1]);
});

test('the server ranks and labels classes', async () => {
  const { json } = await runJson(['infer', 'classes', '[0.1, 0.7, 0.2]', '--classes', '2']);
  const data = outputs(json)[0]?.data ?? [];
  assert.match(String(data[0]), /^0\.7\d*:1:dog$/);
  assert.match(String(data[1]), /^0\.2\d*:2:bird$/);
  assert.match(
    (await run(['infer', 'classes', '[0.1, 0.7, 0.2]'])).out,
    /\n {2}1 {2}0\.7\n {2}2 {2}0\.2\n {2}0 {2}0\.1\n$/,
  );
});

test('models lists them, and load and unload change what it says', async () => {
  const unloaded = await run(['unload', 'echo']);
  assert.match(unloaded.out, /^unloaded echo in/);
  assert.deepEqual((await run(['models', '--names'])).out.split('\n'), [
    'classes',
    'echo',
    'half',
    'picture',
    'slow',
    'sum',
    'text',
    '',
  ]);
  assert.ok(!(await run(['models', '--ready', '--names'])).out.includes('echo'));
  assert.match(
    (await run(['models'])).out,
    /^MODEL +VERSION +STATE +MEMORY +INFERENCES +LAST INFERENCE\n[^]*\necho +1 +UNAVAILABLE/,
  );
  const { json } = await runJson(['load', 'echo']);
  assert.deepEqual([json['model'], json['outcome']], ['echo', 'loaded']);
  const models = (await runJson(['models'])).json['models'] as { name: string; state: string }[];
  assert.deepEqual(models.find((model) => model.name === 'echo')?.state, 'READY');
});

test('load takes a configuration, and says what is wrong with it', async () => {
  const config = files.write('config.json', '{"max_batch_size": 7}');
  assert.equal((await run(['load', 'half', '--config', config])).code, 0);
  assert.equal(server.modelServer.config('half').max_batch_size, 7);
  const broken = await run(['load', 'half', '--config', files.write('broken.json', '{"max_batch_size": "many"}')]);
  assert.equal(broken.code, 1);
  assert.match(broken.error, /max_batch_size/);
  assert.equal((await run(['load', 'half', '--config', files.write('no.json', '{')])).code, 2);
});

const FAILURES: readonly [what: string, argv: readonly string[], code: number, message: RegExp][] = [
  ['an unknown model', ['infer', 'nothing', '1'], 1, /nothing/],
  ['an unknown version', ['infer', 'echo', '[1,2,3]', '--model-version', '9'], 1, /9/],
  ['an unknown model to load', ['load', 'nothing'], 1, /nothing/],
  ['an unknown output', ['infer', 'echo', '[1,2,3]', '--output', 'Z'], 1, /Z/],
  [
    'an unknown input',
    ['infer', 'echo', '--input', 'Z=1'],
    2,
    /^error: Z: the model has no such input; it has X FP32 \[-1,3\]/,
  ],
  [
    'data of another shape',
    ['infer', 'echo', '[1,2]'],
    2,
    /^error: X: the data has shape \[2\], the model declares \[-1,3\]/,
  ],
  ['a file that is not there', ['infer', 'echo', 'nowhere.npy'], 2, /nowhere\.npy: there is no such file/],
  ['an input without a value', ['infer', 'echo', '--input', 'X'], 2, /--input: expected NAME=VALUE, found "X"/],
  ['a request and inputs', ['infer', 'echo', '1', '--request', 'x'], 2, /--request: holds the whole request/],
  [
    'another ending for --save',
    ['infer', 'echo', '1', '--save', 'x.csv'],
    2,
    /--save: x\.csv must end in \.npz or \.npy/,
  ],
  [
    'a number out of range',
    ['infer', 'echo', '1', '--top', 'many'],
    2,
    /--top: expected a whole number from 0 to 1000/,
  ],
  ['an unknown choice', ['infer', 'echo', '1', '--layout', 'HW'], 2, /--layout/],
  ['an unknown option', ['models', '--jsn'], 2, /unknown option '--jsn'/],
  ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
  ['a missing argument', ['load'], 2, /missing required argument 'MODEL'/],
  ['too many arguments', ['models', 'a'], 2, /too many arguments/],
  ['a URL that is none', ['models', '--url', 'ftp://x'], 2, /--url: expected http/],
  [
    'no server',
    ['models', '--url', 'http://127.0.0.1:1'],
    3,
    /no server answers at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/,
  ],
  ['an unknown shell', ['completion', 'tcsh'], 2, /SHELL|tcsh/],
  ['a repository that is not there', ['check', '/nowhere'], 2, /DIR: \/nowhere is not a folder/],
];

for (const [what, argv, code, message] of FAILURES) {
  test(`${what} exits with ${code} and says why`, async () => {
    const text = await run(argv);
    assert.equal(text.code, code, text.error);
    assert.match(text.error, message);
    assert.ok(!/\n\s+at /.test(text.error), 'no stack trace');
    assert.equal(text.out, '');
    const { code: jsonCode, json } = await runJson(argv);
    assert.equal(jsonCode, code);
    assert.match(`error: ${(json['error'] as { message: string }).message}`, message);
    assert.equal(typeof (json['error'] as { code: string }).code, 'string');
  });
}

test('--verbose shows where an error came from', async () => {
  const { error } = await run(['models', '--url', 'http://127.0.0.1:1', '--verbose']);
  assert.match(error, /\n\s+at [^]*caused by/);
});

test('a command line without a command asks for one', async () => {
  const { code, error } = await run([]);
  assert.equal(code, 2);
  assert.equal(error, 'error: which command?\nSee: rangefinder --help\n');
});

test('help and version are answers, not errors', async () => {
  assert.deepEqual(await run(['--version']), { code: 0, out: '1.2.3\n', error: '' });
  for (const argv of [['--help'], ['infer', '--help'], ['doctor', '-h']]) {
    const { code, out, error } = await run(argv);
    assert.deepEqual([code, error], [0, '']);
    assert.match(out, /Exit codes:\n {4}0 {2}Done/);
  }
});
