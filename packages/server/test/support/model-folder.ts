import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface BuiltinModelFiles {
  readonly definition: object;
  /** YAML of the configuration beside the backend. */
  readonly config: string;
}

/** Small models that need no library. Rows of `echo` come back as they are; `slow` takes as many ms as its first element says. */
export const TEST_MODELS: Readonly<Record<string, BuiltinModelFiles>> = {
  echo: {
    definition: { kind: 'identity', dataType: 'FP32', shape: ['batch', 4] },
    config: 'max_batch_size: 8\ndynamic_batching: {}\n',
  },
  slow: {
    definition: { kind: 'identity', dataType: 'FP32', shape: ['batch', 1], delayMs: 'input' },
    config: 'max_batch_size: 1\n',
  },
  text: { definition: { kind: 'identity', dataType: 'BYTES', shape: ['batch', -1] }, config: 'max_batch_size: 8\n' },
  matrix: { definition: { kind: 'identity', dataType: 'INT32', shape: [2, 3] }, config: 'max_batch_size: 0\n' },
  half: { definition: { kind: 'identity', dataType: 'FP16', shape: ['batch', 2] }, config: 'max_batch_size: 8\n' },
  flags: { definition: { kind: 'identity', dataType: 'BOOL', shape: ['batch', 2] }, config: 'max_batch_size: 8\n' },
  long: { definition: { kind: 'identity', dataType: 'INT64', shape: ['batch', 1] }, config: 'max_batch_size: 8\n' },
  byte: { definition: { kind: 'identity', dataType: 'UINT8', shape: ['batch', 1] }, config: 'max_batch_size: 8\n' },
  failing: { definition: { kind: 'fail', dataType: 'FP32', shape: ['batch', 1] }, config: 'max_batch_size: 8\n' },
};

/** A repository in a folder of its own, removed after the test. */
export async function modelFolder(t: TestContext, models = TEST_MODELS): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rangefinder-server-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [name, { definition, config }] of Object.entries(models)) {
    await mkdir(join(root, name, '1'), { recursive: true });
    await writeFile(join(root, name, '1', 'model.json'), JSON.stringify(definition));
    await writeFile(join(root, name, 'model.yaml'), `backend: builtin\n${config}`);
  }
  return root;
}
