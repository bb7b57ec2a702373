import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const VENV = join(import.meta.dirname, '..', '..', '.cache', 'interop-venv', 'bin', 'python');

/** RANGEFINDER_PYTHON, the environment that CI makes, or the system's: the first that can import these modules. */
export function pythonWith(modules: readonly string[]): string | undefined {
  const candidates = [process.env['RANGEFINDER_PYTHON'], existsSync(VENV) ? VENV : undefined, 'python3'];
  const script = `import ${modules.join(', ')}`;
  return candidates.find(
    (python) => python !== undefined && spawnSync(python, ['-c', script], { stdio: 'ignore' }).status === 0,
  );
}

/** unittest reports on standard error: `Ran 16 tests`, and what failed as `FAILED (failures=1, errors=2)`. */
export async function runPythonTests(
  python: string,
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(python, [file, '--verbose'], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...environment },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let report = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    report += chunk;
    process.stderr.write(chunk);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
  const total = Number(/Ran (\d+) tests?/.exec(report)?.[1] ?? 0);
  const counted = [...report.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  const failed = code === 0 ? 0 : Math.max(1, counted);
  console.log(`${Math.max(0, total - failed)} passed, ${failed} failed`);
  if (failed > 0 || total === 0) process.exitCode = 1;
}
