import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TemporaryFolder, writeModels } from './model-repository.ts';

/** What only a real process shows: signals, pipes, colours, the server, the check of the Node version. */

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SHIM = fileURLToPath(new URL('../bin/rangefinder.mjs', import.meta.url));
const execute = promisify(execFile);

let folder: TemporaryFolder;
let url = '';
let stopServer: () => Promise<number | null>;

before(async () => {
  folder = new TemporaryFolder();
  writeModels(folder);
  const flags = [
    '--model-repository',
    folder.path,
    '--http-port',
    '0',
    '--no-grpc',
    '--metrics',
    'false',
    '--log-format',
    'json',
    '--banner',
  ];
  const server = spawn(process.execPath, [MAIN, 'serve', ...flags.filter((flag) => flag !== 'false')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stopServer = async () => {
    if (server.exitCode !== null) return server.exitCode;
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    return (await ended)[0] as number | null;
  };
  let printed = '';
  for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk;
    const found = /https?:\/\/[\w.[\]:]+/.exec(printed);
    if (found !== null && printed.includes('is ready')) {
      url = found[0];
      break;
    }
  }
});

after(() => folder[Symbol.dispose]());

test('a model of a served repository is asked through a pipe', async () => {
  const { stdout } = await execute(process.execPath, [SHIM, 'infer', 'echo', '[1,2,3]', '--json', '--url', url]);
  assert.deepEqual((JSON.parse(stdout) as { outputs: { data: number[] }[] }).outputs[0]?.data, [1, 2, 3]);
});

test('Ctrl-C ends a request with 130 and without a word', async () => {
  const child = spawn(process.execPath, [MAIN, 'infer', 'slow', '[1]', '--url', url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const error: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => error.push(chunk));
  await pendingRequest('slow', () => child.exitCode === null);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  assert.deepEqual(await ended, [130, null]);
  assert.deepEqual(error, []);
});

test('a reader that has seen enough is no error', async () => {
  const script = '"$0" "$1" completion reference | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"';
  await execute('bash', ['-c', script, process.execPath, MAIN]);
});

test('colours can be forced and refused', async () => {
  const argv = [MAIN, 'models', '--url', url];
  const { stdout: forced } = await execute(process.execPath, argv, {
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '1' },
  });
  assert.ok(forced.includes('\u001b['));
  const { stdout: refused } = await execute(process.execPath, argv, {
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '1' },
  });
  assert.ok(!refused.includes('\u001b['));
});

test('check passes over a sound repository and names what is wrong in another', async () => {
  const { stdout } = await execute(process.execPath, [MAIN, 'check', folder.path]);
  assert.match(stdout, /✓ echo {2}version 1\n {4}loaded in .*\n {4}X FP32 \[batch,3\] → Y FP32 \[batch,3\]\n/);
  assert.match(stdout, /\n7 models, no problems\n$/);
  using broken = new TemporaryFolder();
  broken.write('cut/1/model.onnx', 'not a model');
  broken.write('wrong/1/model.json', '{"kind": "identity", "dataType": "FP32", "shape": [1]}');
  broken.write('wrong/config.pbtxt', 'backend: "builtin" max_batch_size: "many"');
  const failure = await execute(process.execPath, [MAIN, 'check', broken.path, '--json']).catch(
    (error: unknown) => error as { code: number; stdout: string },
  );
  assert.equal('code' in failure ? failure.code : 0, 1);
  const report = JSON.parse(failure.stdout) as {
    ok: boolean;
    models: { name: string; ok: boolean; problems: string[] }[];
  };
  assert.deepEqual(
    [report.ok, ...report.models.map((model) => [model.name, model.ok])],
    [false, ['cut', false], ['wrong', false]],
  );
  assert.match(report.models[1]?.problems.join() ?? '', /config\.pbtxt.*max_batch_size/);
});

test('doctor describes this machine', async () => {
  const report = await execute(process.execPath, [MAIN, 'doctor', '--json']).catch(
    (error: unknown) => error as { stdout: string },
  );
  const { findings } = JSON.parse(report.stdout) as { findings: { section: string; name: string }[] };
  const names = new Set(findings.map((finding) => finding.name));
  for (const name of ['node', 'cores', 'memory', 'onnx', 'sharp', 'cpu', 'http port', 'metrics port', 'cache folder'])
    assert.ok(names.has(name), name);
});

test('an old Node is told so', async () => {
  const pretend = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.11.0'}})";
  const failure = await execute(process.execPath, ['--import', pretend, SHIM, 'models']).catch(
    (error: unknown) => error as { code: number; stderr: string },
  );
  assert.equal('code' in failure ? failure.code : 0, 2);
  assert.match(failure.stderr, /^rangefinder needs Node 24 or later; this is Node 20\.11\.0/);
});

test('serve reports a wrong option with 2, and drains on Ctrl-C with 0', async () => {
  const failure = await execute(process.execPath, [MAIN, 'serve', '--no-such-option']).catch(
    (error: unknown) => error as { code: number },
  );
  assert.equal('code' in failure ? failure.code : 0, 2);
  assert.equal(await stopServer(), 0);
});

/** Waits until the server says that the model has a request under way, or nobody is asking any more. */
async function pendingRequest(model: string, isAsking: () => boolean): Promise<void> {
  while (isAsking()) {
    const response = await fetch(`${url}/api/v1/overview`);
    const overview = (await response.json()) as { models: { name: string; pendingRequests: number }[] };
    if (overview.models.some((entry) => entry.name === model && entry.pendingRequests > 0)) return;
  }
}
