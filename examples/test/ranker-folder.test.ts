/** The commands of examples/ranker-folder/README.md as they stand there, but for the port. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { RankResponse } from '@rangefinder/ranking';

const ROOT = join(import.meta.dirname, '..', '..');
const RANGEFINDER = 'npm run rangefinder -- ';
const lines = readFileSync(join(ROOT, 'examples', 'ranker-folder', 'README.md'), 'utf8').split('\n');
const commands = lines.filter((line) => line.startsWith('    ')).map((line) => line.trim());

/** The command line from the sources, on the Node that runs the test. */
function argumentsOf(command: string): string[] {
  return [join(ROOT, 'packages', 'cli', 'src', 'main.ts'), ...command.slice(RANGEFINDER.length).split(' ')];
}

test('check, serve, push and rank', async (t) => {
  const [check, serve, ...curls] = commands;
  const checked = await promisify(execFile)(process.execPath, argumentsOf(check!), { cwd: ROOT });
  assert.match(checked.stdout, /✓ books\n\n1 ranker, no problems/);

  const flags = ['--http-port', '0', '--no-grpc', '--no-metrics', '--banner'];
  const server = spawn(process.execPath, [...argumentsOf(serve!), ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => server.kill('SIGKILL'));
  server.stderr.resume();
  let address = '';
  for await (const line of createInterface(server.stdout)) {
    address = /HTTP +http:\/\/(\S+)/.exec(line)?.[1] ?? address;
    if (line.includes('is ready')) break;
  }

  const answers: string[] = [];
  for (const curl of curls) {
    assert.match(curl, /^curl localhost:8000\//);
    const { stdout } = await promisify(execFile)('sh', ['-c', `${curl.replace('localhost:8000', address)} -sS`]);
    answers.push(stdout);
  }
  const [reader, book, ...pages] = answers;
  assert.deepEqual(JSON.parse(reader!), { applied: 1, late: 0 });
  assert.deepEqual(JSON.parse(book!), { applied: 2, late: 0 });
  const [ada, recent, stranger] = pages.map((page) => JSON.parse(page) as RankResponse);
  assert.deepEqual(ada!.degradations, []);
  const ids = ada!.items.map(({ id }) => id);
  assert.equal(ids[0], 'hound');
  assert.ok(ids.includes('twenty-thousand-leagues') && !ids.includes('time-machine'), ids.join(' '));
  assert.equal(recent!.items.length, 3);
  assert.ok(recent!.items.every(({ explanation }) => explanation !== undefined));
  assert.equal(stranger!.items.length, 5);
  assert.deepEqual(
    stranger!.degradations.map(({ kind }) => kind),
    ['source_failed'],
  );
  server.kill('SIGTERM');
});
