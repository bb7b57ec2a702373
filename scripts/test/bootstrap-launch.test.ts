/** The bootstrap stands in for the program it runs: same exit code, and each stop signal reaches it once. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
// @ts-expect-error -- plain JavaScript for older Nodes, without declarations
import { findRuntime } from '../bootstrap/runtime.mjs';
import { FakeCheckout, outcomeOf } from './support/fake-checkout.ts';

/** A stand-in for the server: counts SIGINT and SIGTERM, and leaves half a second after the first. */
const SERVER = `
  import { listenForStops } from './stop-signals.ts';
  listenForStops();
  const seen = [];
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      seen.push(signal);
      if (seen.length === 1) setTimeout(() => { console.log('saw', ...seen); process.exit(0); }, 500);
    });
  }
  setInterval(() => {}, 1000);
  console.log('ready', process.pid);`;

async function startServer(
  t: TestContext,
): Promise<{ child: ChildProcess; serverPid: number; outcome: ReturnType<typeof outcomeOf> }> {
  const fake = new FakeCheckout();
  fake.write('scripts/start.ts', SERVER);
  const child = fake.start(['start']);
  const outcome = outcomeOf(child);
  t.after(async () => {
    child.kill('SIGKILL');
    await outcome;
    fake.remove();
  });
  const [line] = (await once(child.stdout!, 'data')) as [string];
  return { child, serverPid: Number(/ready (\d+)/.exec(line)?.[1]), outcome };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} to the bootstrap alone reaches the program once`, async (t) => {
    const { child, outcome } = await startServer(t);
    child.kill(signal);
    const { code, stdout } = await outcome;
    assert.deepEqual([code, stdout.split('\n')[1]], [0, `saw ${signal}`]);
  });

  test(`${signal} to the whole group, and again from npm, reaches the program once`, async (t) => {
    const { child, serverPid, outcome } = await startServer(t);
    process.kill(serverPid, signal);
    child.kill(signal);
    child.kill(signal);
    const { code, stdout } = await outcome;
    assert.deepEqual([code, stdout.split('\n')[1]], [0, `saw ${signal}`]);
  });
}

test('a program whose bootstrap was killed stops by itself', async (t) => {
  const { child, outcome } = await startServer(t);
  child.kill('SIGKILL');
  // Its output ends only when the program itself is gone.
  assert.match((await outcome).stdout, /saw SIGTERM/);
});

test('the exit code and the fatal signal of the program are those of the bootstrap', async (t) => {
  const fake = new FakeCheckout();
  t.after(() => fake.remove());
  fake.write('seven.mjs', 'process.exitCode = 7;');
  fake.write('killed.mjs', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');
  assert.equal((await fake.run('run', 'seven.mjs')).code, 7);
  assert.equal((await fake.run('run', 'killed.mjs')).signal, 'SIGKILL');
});

test('a wrong verb is answered with the usage', async (t) => {
  const fake = new FakeCheckout();
  t.after(() => fake.remove());
  const { code, stderr } = await fake.run('sing');
  assert.equal(code, 2);
  assert.match(stderr, /usage: /);
  assert.deepEqual(fake.npmCalls, []);
});

test('the runtime is npm’s Node 24, else the current one if it is new enough, else a clear word', async (t) => {
  const fake = new FakeCheckout();
  t.after(() => fake.remove());
  const find = findRuntime as (root: string, host: object) => string;
  const host = { platform: 'linux', arch: 'riscv64', version: '20.1.0', execPath: '/bin/current', isMusl: false };
  assert.throws(() => find(fake.root, host), /runs on Node 24 or later\. This is Node 20\.1\.0 on linux-riscv64/);
  assert.equal(find(fake.root, { ...host, version: '26.0.0' }), '/bin/current');
  await fake.run('run', 'missing.mjs');
  const here = { ...host, platform: process.platform, arch: process.arch };
  assert.match(find(fake.root, here), /node_modules.node-\w+-\w+.bin.node/);
  assert.throws(() => find(fake.root, { ...here, isMusl: true }), /\(musl\)/);
});
