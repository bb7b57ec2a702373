import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { loopModel } from '@rangefinder/testing';
import { withFolder } from './onnx-models.ts';

const SIZE = 64;

/** Runs a program in a process of its own, with a loaded `model` and a `request` of so many iterations at hand. */
async function runProgram(body: string): Promise<string> {
  return withFolder(async (folder) => {
    const modelPath = path.join(folder, 'model.onnx');
    await writeFile(modelPath, loopModel(SIZE));
    const program = `
      import { OnnxEngine } from ${JSON.stringify(import.meta.resolve('@rangefinder/engines'))};
      const engine = new OnnxEngine();
      const options = { intraOpThreads: 1, interOpThreads: 1, graphOptimizationLevel: 'all', executionProviders: [],
        memoryArena: true, optimizedModelCacheDir: undefined, extra: {} };
      const model = await engine.load(
        { modelName: 'm', modelVersion: '1', modelPath: ${JSON.stringify(modelPath)}, instances: 1, options });
      const request = (iterations) => ({
        inputs: [
          { name: 'ITERATIONS', dataType: 'INT64', shape: [], byteLength: 8,
            write: (target) => new DataView(target.buffer, target.byteOffset).setBigInt64(0, iterations, true) },
          { name: 'X', dataType: 'FP32', shape: [${SIZE}, ${SIZE}], byteLength: ${4 * SIZE * SIZE}, write: () => {} },
        ],
        outputs: [],
      });
      ${body}
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    return stdout.trim();
  });
}

describe('the end of a process that uses the ONNX engine', () => {
  test('comes by itself when no run is under way, even if nothing was closed', async () => {
    const body = `
      (await model.run(request(3n)).result).release();
      console.log('done');`;
    assert.equal(await runProgram(body), 'done');
  });

  test('waits for a run whose result somebody waits for', async () => {
    const body = `
      void model.run(request(2000n)).result.then(() => console.log('result'));`;
    assert.equal(await runProgram(body), 'result');
  });

  test('is not held up by an endless run', async () => {
    const body = `
      model.run(request(1_000_000_000n)).result.catch(() => {});
      for (let i = 0; i < 100; i += 1) await new Promise((resolve) => setImmediate(resolve));
      console.log('exits');
      process.exit(0);`;
    assert.equal(await runProgram(body), 'exits');
  });
});
