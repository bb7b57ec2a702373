import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { mlpModel } from '@rangefinder/testing';
import { withFolder } from '../onnx/onnx-models.ts';

/**
 * Loads, runs and unloads a model again and again in a process of its own, and tells its resident bytes after each cycle.
 * The process has nothing else in it, so that what is left is the engine's.
 */
export async function residentBytesAfterCycles(modelMegabytes: number, cycles: number): Promise<number[]> {
  return withFolder(async (folder) => {
    const modelPath = path.join(folder, 'model.onnx');
    await writeModel(modelPath, modelMegabytes);
    const program = `
      import { OnnxEngine } from ${JSON.stringify(import.meta.resolve('@rangefinder/engines'))};
      const engine = new OnnxEngine();
      const options = { intraOpThreads: 1, interOpThreads: 1, graphOptimizationLevel: 'all', executionProviders: [],
        memoryArena: true, optimizedModelCacheDir: undefined, extra: {} };
      const columns = 1024;
      const input = { name: 'X', dataType: 'FP32', shape: [4, columns], byteLength: 16 * columns, write: () => {} };
      for (let i = 0; i < ${cycles}; i += 1) {
        const model = await engine.load(
          { modelName: 'm', modelVersion: '1', modelPath: ${JSON.stringify(modelPath)}, instances: 2, options });
        const runs = Array.from({ length: 8 }, () => model.run({ inputs: [input], outputs: [] }).result);
        for (const result of await Promise.all(runs)) result.release();
        await model.unload();
        console.log(process.memoryUsage.rss());
      }
      await engine.close();
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    return stdout.trim().split('\n').map(Number);
  });
}

/** An MLP whose weights take so many megabytes, in layers of 4 MB. */
async function writeModel(modelPath: string, megabytes: number): Promise<void> {
  const layers = Array.from({ length: Math.ceil(megabytes / 4) + 1 }, () => 1024);
  await writeFile(modelPath, mlpModel(layers));
}
