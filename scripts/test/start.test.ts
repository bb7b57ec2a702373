/** `npm start` as a newcomer runs it: the demo models are served, a stop signal ends it well, flags are passed on. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

interface Start {
  readonly child: ChildProcess;
  /** All that standard output has said, once it has said `text`. */
  readonly said: (text: string) => Promise<string>;
  readonly exit: Promise<number | null>;
}

function start(t: TestContext, ...flags: string[]): Start {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'bootstrap.mjs'), 'start', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        if (stdout.includes(text)) resolve(stdout);
      });
      void exit.then((code) =>
        reject(new Error(`ended with code ${code} before saying "${text}":\n${stdout}${stderr}`)),
      );
    });
  return { child, said, exit };
}

test('the demo models are served, curl lines are shown, and SIGTERM ends it with code 0', async (t) => {
  const { child, said, exit } = start(
    t,
    '--http-port',
    '0',
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--log-level',
    'error',
  );
  const banner = await said('is ready');
  for (const model of ['digits', 'ocr_recognition', 'silero_vad']) assert.ok(banner.includes(model), model);
  assert.equal(banner.match(/^ {4}.*curl /gm)?.length, 3);

  const url = /HTTP +(http:\/\/\S+)/.exec(banner)?.[1];
  const answer = await fetch(`${url}/v2/models/digits/infer`, {
    method: 'POST',
    headers: { 'Inference-Header-Content-Length': '0' },
    body: new Uint8Array(28 * 28 * 4),
  });
  assert.equal(answer.status, 200);
  assert.equal((await fetch(`${url}/`)).status, 200, 'the dashboard');

  const question = { user: '1', context: { hour: 20, family: 0 }, deadline_ms: 30_000 };
  const page = await fetch(`${url}/v1/rankers/movies/rank`, { method: 'POST', body: JSON.stringify(question) });
  assert.equal(((await page.json()) as { items: unknown[] }).items.length, 20, 'the recommender');

  child.kill('SIGTERM');
  assert.equal(await exit, 0);
});

test('flags go through, and a repository that is named takes the place of the demo', async (t) => {
  const { said, exit } = start(t, '--model-repository', 'nowhere', '--print-config');
  assert.match(await said('modelRepository'), /nowhere/);
  assert.equal(await exit, 0);
});

test('the demo repository holds the configurations and weights of all demo models', () => {
  for (const model of ['digits', 'ocr_recognition', 'silero_vad']) {
    for (const file of ['model.yaml', '1/model.onnx']) {
      assert.ok(existsSync(join(ROOT, '.cache', 'demo-models', model, file)), `${model}/${file}`);
    }
  }
});
