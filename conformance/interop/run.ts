/**
 * Interoperability: Triton's Python client against a server with the digit classifier and some builtin models.
 * RANGEFINDER_PYTHON names the Python that has `tritonclient[http]`; skipped, by name, where none has.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverOptions, startServer } from '@rangefinder/server';
import { pythonWith, runPythonTests } from './python-suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TESTS = join(import.meta.dirname, 'test_tritonclient.py');

const BUILTIN_MODELS = {
  echo_strings: { kind: 'identity', dataType: 'BYTES', shape: ['batch', -1] },
  echo_halves: { kind: 'identity', dataType: 'FP16', shape: ['batch', 4] },
  spare: { kind: 'identity', dataType: 'FP32', shape: ['batch', -1] },
};

async function main(): Promise<void> {
  const python = pythonWith(['tritonclient.http']);
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
        grpc: false,
        metrics: false,
        logLevel: 'error',
      }),
    );
    try {
      await runPythonTests(python, TESTS, { RANGEFINDER_URL: server.httpUrl.replace('http://', '') });
    } finally {
      await server.close(5000);
    }
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

function fillRepository(repository: string): void {
  cpSync(join(ROOT, 'examples', 'models', 'digits'), join(repository, 'digits'), { recursive: true });
  for (const [name, definition] of Object.entries(BUILTIN_MODELS)) {
    mkdirSync(join(repository, name, '1'), { recursive: true });
    writeFileSync(join(repository, name, '1', 'model.json'), JSON.stringify(definition));
    writeFileSync(join(repository, name, 'model.yaml'), 'backend: builtin\nmax_batch_size: 8\n');
  }
}

await main();
