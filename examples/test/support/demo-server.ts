import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RangefinderClient } from '@rangefinder/client';
import { serverOptions, startServer } from '@rangefinder/server';
import { assembleDemoRepository } from '../../../scripts/demo-repository.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A server on ports of the system's choice that serves one of the demo models, and a client of it; both end with the test. */
export function serveDemoModel(t: TestContext, modelName: string): Promise<RangefinderClient> {
  return serveDemoModels(t, [modelName]);
}

export async function serveDemoModels(t: TestContext, modelNames: readonly string[]): Promise<RangefinderClient> {
  const server = await startServer(
    serverOptions({
      modelRepository: [await assembleDemoRepository(ROOT)],
      modelControlMode: 'explicit',
      loadModels: [...modelNames],
      exitOnError: true,
      httpPort: 0,
      grpc: false,
      metrics: false,
      logLevel: 'error',
    }),
  );
  const client = new RangefinderClient({ url: server.httpUrl });
  t.after(async () => {
    client.close();
    await server.close(1000);
  });
  return client;
}
