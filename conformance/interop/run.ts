/**
 * Interoperability: Triton's Python client against a server with the digit classifier and some builtin models.
 * RANGEFINDER_PYTHON names the Python that has `tritonclient[http]`; skipped, by name, where none has.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOptions, startServer } from '@rangefinder/server';

const ROOT = join(import.meta.dirname, '..', '..');
const TESTS = join(import.meta.dirname, 'test_tritonclient.py');

const BUILTIN_MODELS = {
  echo_strings: { kind: 'identity', dataType: 'BYTES', shape: ['batch', -1] },
  echo_halves: { kind: 'identity', dataType: 'FP16', shape: ['batch', 4] },
  spare: { kind: 'identity', dataType: 'FP32', shape: ['batch', -1] },
};

async function main(): Promise<void> {
  const python = findPython();
  if (python === undefined) {
    console.log('interop skipped: no Python with tritonclient[http] (RANGEFINDER_PYTHON names one)');
    console.log('0 passed, 0 failed, 1 skipped');
    return;
  }
  const repository = mkdtempSync(join(tmpdir(), 'rangefinder-interop-'));
  try {
    fillRepository(repository);
    const server = await startServer(
      serverOptions({
        modelRepository: [repository],
        modelControlMode: 'explicit',
        loadModels: ['digits', 'echo_strings', 'echo_halves'],
        exitOnError: true,
        httpPort: 0,
        metrics: false,
        logLevel: 'error',
      }),
    );
    try {
      await runTests(python, server.httpUrl.replace('http://', ''));
    } finally {
      await server.close(5000);
    }
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

function findPython(): string | undefined {
  const venv = join(ROOT, '.cache', 'interop-venv', 'bin', 'python');
  const candidates = [process.env['RANGEFINDER_PYTHON'], existsSync(venv) ? venv : undefined, 'python3'];
  return candidates.find(
    (python) =>
      python !== undefined && spawnSync(python, ['-c', 'import tritonclient.http'], { stdio: 'ignore' }).status === 0,
  );
}

function fillRepository(repository: string): void {
  cpSync(join(ROOT, 'examples', 'models', 'digits'), join(repository, 'digits'), { recursive: true });
  for (const [name, definition] of Object.entries(BUILTIN_MODELS)) {
    mkdirSync(join(repository, name, '1'), { recursive: true });
    writeFileSync(join(repository, name, '1', 'model.json'), JSON.stringify(definition));
    writeFileSync(join(repository, name, 'model.yaml'), 'backend: builtin\nmax_batch_size: 8\n');
  }
}

/** unittest reports on standard error: `Ran 16 tests`, and what failed as `FAILED (failures=1, errors=2)`. */
async function runTests(python: string, address: string): Promise<void> {
  const child = spawn(python, [TESTS, '--verbose'], {
    env: { ...process.env, RANGEFINDER_URL: address, PYTHONDONTWRITEBYTECODE: '1' },
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

await main();
