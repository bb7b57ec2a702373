/** The bootstrap installs when it must, once, and says what to do when it cannot. npm is played by a script. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FakeCheckout, installs } from './support/fake-checkout.ts';

const PRINT = 'print.mjs';

function checkout(t: TestContext, npmBody?: string): FakeCheckout {
  const fake = new FakeCheckout(npmBody);
  t.after(() => fake.remove());
  fake.write(PRINT, 'console.log("args", ...process.argv.slice(2));');
  return fake;
}

test('a fresh checkout is installed once, and the program then runs with its arguments', async (t) => {
  const fake = checkout(t);
  const first = await fake.run('run', PRINT, '--port', '0');
  assert.deepEqual([first.code, first.stdout], [0, 'args --port 0\n']);
  const second = await fake.run('run', PRINT);
  assert.deepEqual([second.code, second.stderr], [0, '']);
  assert.equal(fake.npmCalls.length, 1);
  assert.match(fake.npmCalls[0] ?? '', /^ci .*--include=dev --include=optional/);
});

test('another lock file is installed anew', async (t) => {
  const fake = checkout(t);
  await fake.run('run', PRINT);
  fake.writeLock('2.0.0');
  assert.equal((await fake.run('run', PRINT)).code, 0);
  assert.equal(fake.npmCalls.length, 2);
});

test('a folder that came from another platform is installed anew', async (t) => {
  const fake = checkout(t);
  await fake.run('run', PRINT);
  const stamp = join(fake.root, 'node_modules', '.rangefinder-installed.json');
  writeFileSync(stamp, readFileSync(stamp, 'utf8').replace(process.platform, 'elsewhere'));
  await fake.run('run', PRINT);
  assert.equal(fake.npmCalls.length, 2);
});

test('what somebody installed by hand with npm is taken as it is', async (t) => {
  const fake = checkout(t);
  await fake.run('run', PRINT);
  rmSync(join(fake.root, 'node_modules', '.rangefinder-installed.json'));
  fake.write('node_modules/.package-lock.json', readFileSync(join(fake.root, 'package-lock.json'), 'utf8'));
  assert.equal((await fake.run('run', PRINT)).code, 0);
  assert.equal(fake.npmCalls.length, 1);
});

test('npm’s record is not believed where a package is gone from the disk', async (t) => {
  const fake = checkout(t);
  await fake.run('run', PRINT);
  rmSync(join(fake.root, 'node_modules', '.rangefinder-installed.json'));
  fake.write('node_modules/.package-lock.json', readFileSync(join(fake.root, 'package-lock.json'), 'utf8'));
  rmSync(join(fake.root, 'node_modules', 'thing'), { recursive: true });
  await fake.run('run', PRINT);
  assert.equal(fake.npmCalls.length, 2);
});

test('two starts at one time install once, and both run', async (t) => {
  const fake = checkout(t, installs(600));
  const outcomes = await Promise.all([fake.run('run', PRINT, 'a'), fake.run('run', PRINT, 'b')]);
  assert.deepEqual(outcomes.map(({ stdout }) => stdout).sort(), ['args a\n', 'args b\n']);
  assert.equal(fake.npmCalls.length, 1);
  assert.match(outcomes.map(({ stderr }) => stderr).join(''), /Waiting for process \d+, which is installing/);
});

test('an install that was cut short is done again', async (t) => {
  const fake = checkout(t, `mkdirSync('node_modules/thing', { recursive: true }); process.exit(1);`);
  assert.equal((await fake.run('run', PRINT)).code, 1);
  fake.setNpm(installs());
  assert.equal((await fake.run('run', PRINT)).code, 0);
  assert.equal(fake.npmCalls.length, 2);
});

test('the lock of a process that died is taken over', async (t) => {
  const fake = checkout(t);
  mkdirSync(join(fake.root, '.cache'));
  fake.write('.cache/install.lock', JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }));
  assert.equal((await fake.run('run', PRINT)).code, 0);
});

for (const [what, npmSays, expected] of [
  ['no network', 'npm error code ENOTFOUND', /registry could not be reached/],
  ['a full disk', 'npm error code ENOSPC', /disk is full/],
  ['no permission', 'npm error code EACCES', /may not write/],
  ['a corrupt package', 'npm error code EINTEGRITY', /not what the lock file says/],
  ['a lock file out of step', 'npm error code EUSAGE', /do not agree/],
] as const) {
  test(`a failed install says what to do: ${what}`, async (t) => {
    const fake = checkout(t, `console.error(${JSON.stringify(npmSays)}); process.exitCode = 1;`);
    const { code, stdout, stderr } = await fake.run('run', PRINT);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, expected);
    assert.ok(stderr.includes(npmSays), 'npm’s own words are shown');
    assert.doesNotMatch(stderr, / at .*\.mjs/);
  });
}

test('a slow install shows that it is under way', async (t) => {
  const fake = checkout(t, installs(1300));
  const { stderr } = await fake.run('run', PRINT);
  assert.match(stderr, /^Installing dependencies … 1 s\nInstalling dependencies: done in \d+ s\n$/);
});
