/**
 * `npm test`: all fast suites on node:test. Arguments that are files take the place of the suites; flags go to
 * `node --test`. Slower suites are run by `.ci/run`.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const SUITES = [
  'packages/*/test/**/*.test.ts',
  'scripts/test/*.test.ts',
  'examples/test/*.test.ts',
  'conformance/test/*.test.ts',
  'bench/test/*.test.ts',
];

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('-'));
const patterns = args.filter((arg) => !arg.startsWith('-'));
const files = globSync(patterns.length > 0 ? patterns : SUITES, { cwd: ROOT }).sort();

if (files.length === 0) {
  console.error(`no test files match ${patterns.join(' ')}`);
  process.exitCode = 2;
} else {
  const reporter = join(ROOT, 'scripts', 'test-reporter.ts');
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      `--test-concurrency=${Math.max(1, Math.min(8, availableParallelism()))}`,
      '--test-timeout=300000',
      ...(flags.some((flag) => flag.startsWith('--test-reporter')) ? [] : [`--test-reporter=${reporter}`]),
      ...flags,
      ...files,
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
