/**
 * Interoperability: gRPC's own Python client, with health checks and reflection, against the recommender of films.
 * RANGEFINDER_PYTHON names a Python that has grpcio and its tools; skipped, by name, where none has.
 */
import { join } from 'node:path';
import { serverOptions, startServer } from '@rangefinder/server';
import { assembleDemoRepository } from '../../scripts/demo-repository.ts';
import { pythonWith, runPythonTests } from './python-suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TESTS = join(import.meta.dirname, 'test_grpc.py');

async function main(): Promise<void> {
  const python = pythonWith(['grpc', 'grpc_tools', 'grpc_health.v1', 'grpc_reflection.v1alpha', 'grpc_status']);
  if (python === undefined) {
    console.log('gRPC interop skipped: no Python with grpcio and its tools (RANGEFINDER_PYTHON names one)');
    console.log('0 passed, 0 failed, 1 skipped');
    return;
  }
  const options = serverOptions({
    modelRepository: [await assembleDemoRepository(ROOT)],
    modelControlMode: 'explicit',
    loadModels: ['movies-user-tower', 'movies-ranker'],
    rankerRepository: join(ROOT, 'examples', 'rankers'),
    featureStore: 'memory',
    exitOnError: true,
    httpPort: 0,
    grpcPort: 0,
    metrics: false,
    logLevel: 'error',
  });
  const server = await startServer(options);
  try {
    await runPythonTests(python, TESTS, { RANGEFINDER_GRPC: server.grpcTarget, RANGEFINDER_URL: server.httpUrl });
  } finally {
    await server.close(5_000);
  }
}

await main();
