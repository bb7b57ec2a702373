/** `npm run check`: types, lint, format, unused code, tidiness. All are run; the exit code says whether all passed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

interface Step {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
}

const STEPS: readonly Step[] = [
  { name: 'types', file: 'node_modules/typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the dashboard', file: 'node_modules/typescript/bin/tsc', args: ['-p', 'packages/dashboard'] },
  { name: 'lint', file: 'node_modules/oxlint/bin/oxlint', args: ['.'] },
  { name: 'format', file: 'node_modules/oxfmt/bin/oxfmt', args: ['--check', '.'] },
  { name: 'unused code', file: 'node_modules/knip/bin/knip.js', args: ['--no-progress', '--no-config-hints'] },
  { name: 'tidiness', file: 'scripts/tidy.ts', args: [] },
];

const failed: string[] = [];
for (const step of STEPS) {
  const startedMs = performance.now();
  console.log(`▸ ${step.name}`);
  const ok = await run(step);
  console.log(`${ok ? '✔' : '✖'} ${step.name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  if (!ok) failed.push(step.name);
}
console.log(
  `\n${STEPS.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
);
if (failed.length > 0) process.exitCode = 1;

function run({ file, args }: Step): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, file), ...args], { cwd: ROOT, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code === 0));
  });
}
