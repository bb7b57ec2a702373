import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { ask, RawConnection } from './support/http-client.ts';
import { rankerFolder, rankerYaml } from './ranking/ranker-folders.ts';
import { modelFolder } from './support/model-folder.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

interface Run {
  readonly child: ChildProcess;
  readonly out: string[];
  readonly err: string[];
  /** Resolves with the first line of standard output that matches. */
  line(pattern: RegExp): Promise<string>;
  exit(): Promise<number>;
}

function run(t: TestContext, args: readonly string[], environment: Record<string, string> = {}): Run {
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const out: string[] = [];
  const err: string[] = [];
  const waiters: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  createInterface(child.stdout).on('line', (line) => {
    out.push(line);
    for (const { pattern, resolve } of waiters) if (pattern.test(line)) resolve(line);
  });
  createInterface(child.stderr).on('line', (line) => err.push(line));
  const exited = once(child, 'close').then(([code]) => code as number);
  return {
    child,
    out,
    err,
    line: (pattern) => {
      const found = out.find((line) => pattern.test(line));
      if (found !== undefined) return Promise.resolve(found);
      const seen = new Promise<string>((resolve) => waiters.push({ pattern, resolve }));
      const gone = exited.then((code) => {
        throw new Error(`ended with ${code}: ${err.join('\n')}`);
      });
      gone.catch(() => {});
      return Promise.race([seen, gone]);
    },
    exit: () => exited,
  };
}

async function serving(t: TestContext, extra: readonly string[] = []): Promise<{ server: Run; port: number }> {
  const repository = await modelFolder(t);
  const server = run(t, [
    '--model-repository',
    repository,
    '--http-port',
    '0',
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--banner',
    ...extra,
  ]);
  const http = await server.line(/^ {2}HTTP /);
  await server.line(/^Rangefinder is ready in \d+ ms$/);
  return { server, port: Number(/:(\d+)$/.exec(http)?.[1]) };
}

test('the banner says where everything is, and its commands are for this server', async (t) => {
  const { server, port } = await serving(t);
  const text = server.out.join('\n');
  assert.match(text, new RegExp(`Dashboard +http://127\\.0\\.0\\.1:${port}/`));
  assert.match(text, /gRPC +127\.0\.0\.1:\d+$/m);
  assert.match(text, /Metrics +http:\/\/127\.0\.0\.1:\d+\/metrics/);
  assert.equal(server.out.filter((line) => line.startsWith('    curl ')).length, 3);
  server.child.kill('SIGTERM');
  assert.equal(await server.exit(), 0);
});

test('SIGTERM: not ready at once, what is in flight is finished, exit code 0', async (t) => {
  const { server, port } = await serving(t);
  const json = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [3000] }] });
  const inFlight = ask(`http://127.0.0.1:${port}/v2/models/slow/infer`, { body: json });
  const watching = new RawConnection(port);
  t.after(() => watching.close());
  const get = (path: string) => watching.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).answer();
  const pending = async (): Promise<number> => {
    const { model_stats: stats } = JSON.parse((await get('/v2/models/slow/stats')).text) as {
      model_stats: { name: string }[];
    };
    return stats.length;
  };
  assert.equal(await pending(), 1);
  while (!/"pendingRequests":1/.test((await get('/api/v1/overview')).text));
  server.child.kill('SIGTERM');
  let ready = await get('/v2/health/ready');
  while (ready.status === 200) ready = await get('/v2/health/ready');
  assert.equal(ready.status, 503);
  const answer = await inFlight;
  assert.equal(answer.status, 200, answer.text);
  assert.equal(await server.exit(), 0);
});

test('a second signal ends at once with 130', async (t) => {
  const { server, port } = await serving(t);
  const json = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [60_000] }] });
  const inFlight = ask(`http://127.0.0.1:${port}/v2/models/slow/infer`, { body: json }).catch(
    (error: unknown) => error,
  );
  while (!/"pendingRequests":1/.test((await ask(`http://127.0.0.1:${port}/api/v1/overview`)).text));
  server.child.kill('SIGINT');
  while (!server.err.some((line) => /SIGINT: finishing/.test(line)))
    await new Promise((resolve) => setImmediate(resolve));
  server.child.kill('SIGINT');
  assert.equal(await server.exit(), 130);
  assert.ok((await inFlight) instanceof Error);
});

test('what takes longer than the limit at the end is cancelled, and the exit is still clean', async (t) => {
  const { server, port } = await serving(t, ['--shutdown-grace-seconds', '0.2']);
  const json = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [60_000] }] });
  const inFlight = ask(`http://127.0.0.1:${port}/v2/models/slow/infer`, { body: json });
  while (!/"pendingRequests":1/.test((await ask(`http://127.0.0.1:${port}/api/v1/overview`)).text));
  server.child.kill('SIGTERM');
  assert.equal((await inFlight).status, 503);
  assert.equal(await server.exit(), 0);
});

test('a port in use is one clear sentence and exit code 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const server = run(t, [
    '--model-repository',
    await modelFolder(t),
    '--http-port',
    String(port),
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
  ]);
  assert.equal(await server.exit(), 1);
  assert.match(server.err.join('\n'), new RegExp(`^rangefinder: port ${port} on 127\\.0\\.0\\.1 is in use`, 'm'));
});

test('all that is wrong with the options is said at once, with exit code 2', async (t) => {
  const server = run(t, ['--http-port', '70000', '--model-control-mod', 'explicit'], { RANGEFINDER_METRICS_PORT: 'x' });
  assert.equal(await server.exit(), 2);
  const text = server.err.join('\n');
  assert.match(text, /flag --http-port: httpPort: expected .*65535, got 70000/);
  assert.match(text, /environment RANGEFINDER_METRICS_PORT: metricsPort: expected/);
  assert.match(text, /--model-control-mod: unknown flag.*model-control-mode/);
});

test('no repository is a clear sentence, too', async (t) => {
  const server = run(t, []);
  assert.equal(await server.exit(), 2);
  assert.match(server.err.join('\n'), /--model-repository/);
});

test('--ranker-repository serves its rankers, alone or beside models, and ends well', async (t) => {
  const root = await rankerFolder(t);
  const flags = ['--http-port', '0', '--metrics-port', '0', '--no-grpc', '--banner', '--feature-store', 'memory'];
  const server = run(t, flags, { RANGEFINDER_RANKER_REPOSITORY: root });
  const url = /(http:\S+)/.exec(await server.line(/^ {2}HTTP /))![1];
  assert.match(await server.line(/^ {2}Rankers /), /films/);
  const body = JSON.stringify({ user: 'x', context: { genres: 'g1' }, deadline_ms: 30_000 });
  const answer = await ask(`${url}/v1/rankers/films/rank`, { body });
  assert.equal((JSON.parse(answer.text) as { items: unknown[] }).items.length, 10, answer.text);
  server.child.kill('SIGTERM');
  assert.equal(await server.exit(), 0);
});

test('what is wrong with rankers: 2 for what they say, 1 for what cannot be read', async (t) => {
  const wrong = await rankerFolder(t, { 'films/ranker.yaml': rankerYaml('kind: popular', 'kind: popula') });
  const server = run(t, ['--ranker-repository', wrong, '--feature-store', 'memory', '--http-port', '0', '--no-grpc']);
  assert.equal(await server.exit(), 2);
  assert.match(
    server.err.join('\n'),
    /^rangefinder: .*films\/ranker\.yaml: sources\[4\]\.kind: no source of kind popula/m,
  );
  const absent = run(t, ['--ranker-repository', join(wrong, 'nowhere'), '--http-port', '0', '--no-grpc']);
  assert.equal(await absent.exit(), 1);
  assert.match(absent.err.join('\n'), /^rangefinder: .*nowhere: cannot be read: ENOENT/m);
});

test('SIGTERM while a ranker loads ends the start, with what was opened closed', async (t) => {
  const code = `
import { writeFileSync } from 'node:fs';
export const setup = async ({ directory, signal }) => {
  writeFileSync(1, 'setting up\\n');
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return { close: () => writeFileSync(1, 'closed\\n') };
};`;
  const root = await rankerFolder(t, { 'films/ranker.js': code });
  const server = run(t, ['--ranker-repository', root, '--feature-store', 'memory', '--http-port', '0', '--no-grpc']);
  await server.line(/^setting up$/);
  server.child.kill('SIGTERM');
  assert.equal(await server.exit(), 0);
  assert.ok(server.out.includes('closed'));
});

test('--exit-on-error ends the server when a model cannot be loaded', async (t) => {
  const repository = await modelFolder(t, {
    broken: { definition: { kind: 'nothing' }, config: 'max_batch_size: 8\n' },
  });
  const server = run(t, [
    '--model-repository',
    repository,
    '--http-port',
    '0',
    '--grpc-port',
    '0',
    '--metrics-port',
    '0',
    '--exit-on-error',
  ]);
  assert.equal(await server.exit(), 1);
  assert.match(server.err.join('\n'), /broken.*kind: expected/s);
});

test('--help, --version and --print-config answer and end', async (t) => {
  const help = run(t, ['--help']);
  assert.equal(await help.exit(), 0);
  assert.match(help.out.join('\n'), /--http-port N .*\[8000\]/);
  const version = run(t, ['--version']);
  assert.equal(await version.exit(), 0);
  assert.match(version.out.join('\n'), /^rangefinder \d+\.\d+\.\d+$/);
  const file = join(await modelFolder(t, {}), 'server.yaml');
  await writeFile(file, 'httpPort: 9000\nlogLevel: warn\nhttpRestrictedApi: ["logging:key=sesame"]\n');
  const print = run(t, ['--print-config', '--config', file, '--log-level', 'error'], { RANGEFINDER_HTTP_PORT: '9001' });
  assert.equal(await print.exit(), 0);
  const text = print.out.join('\n');
  assert.match(text, /httpPort: 9001 +# .*RANGEFINDER_HTTP_PORT/);
  assert.match(text, /logLevel: "error" +# .*--log-level/);
  assert.doesNotMatch(text, /sesame/);
});
