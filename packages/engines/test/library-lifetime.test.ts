import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const ENGINES = new URL('../src/index.ts', import.meta.url).href;
const TESTING = import.meta.resolve('@rangefinder/testing');

/** Loads, lets everything that nobody references be collected, and runs: in a process of its own, since a failure kills it. */
const PROGRAM = `
  import { OnnxEngine } from ${JSON.stringify(ENGINES)};
  import { identityModel } from ${JSON.stringify(TESTING)};
  import { mkdtemp, rm, writeFile } from 'node:fs/promises';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';
  const folder = await mkdtemp(join(tmpdir(), 'rangefinder-'));
  await writeFile(join(folder, 'model.onnx'), identityModel('FP32', ['batch']));
  const engine = new OnnxEngine({});
  const options = { intraOpThreads: 1, interOpThreads: 1, graphOptimizationLevel: 'all', executionProviders: [],
    memoryArena: true, optimizedModelCacheDir: undefined, extra: {} };
  const model = await engine.load({ modelName: 'm', modelVersion: '1', modelPath: join(folder, 'model.onnx'), instances: 2, options });
  for (let i = 1; i <= 20; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const input = { name: 'X', dataType: 'FP32', shape: [i], byteLength: 4 * i, write: (target) => target.fill(0) };
    const result = await model.run({ inputs: [input], outputs: [] }).result;
    result.release();
  }
  await engine.close();
  await rm(folder, { recursive: true });
  console.log('ran');
`;

describe('the library of ONNX Runtime', () => {
  it('stays mapped when its handle could be collected as garbage (regression: a run jumped into unmapped code)', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module',
      '--eval',
      PROGRAM,
    ]);
    assert.equal(stdout.trim(), 'ran');
  });
});
