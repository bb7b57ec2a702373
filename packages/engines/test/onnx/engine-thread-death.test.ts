import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { type Logger, silentLogger } from '@rangefinder/base';
import { OnnxEngine } from '@rangefinder/engines';
import { identityModel, inputOf, isError, loadRequest, loopModel, turns } from '@rangefinder/testing';
import { fp32, int64, runOnce, withFolder } from './onnx-models.ts';

const SIZE = 64;

describe('death of an engine thread', () => {
  const workers = new Set<Worker>();
  const remember = (worker: Worker): void => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_, message) => void logged.push(message) };
  const engine = new OnnxEngine({ logger });
  before(() => process.on('worker', remember));
  after(async () => {
    process.off('worker', remember);
    await engine.close();
    assert.equal(workers.size, 0, 'threads outlive their engine');
  });

  const killAll = (): Promise<unknown> => Promise.all([...workers].map((worker) => worker.terminate()));
  const loop = (iterations: number) => ({
    inputs: [
      inputOf('ITERATIONS', 'INT64', [], int64(iterations)),
      inputOf('X', 'FP32', [SIZE, SIZE], new Uint8Array(4 * SIZE * SIZE)),
    ],
    outputs: [],
  });

  test('fails the runs it had begun, and no others; another thread takes its place', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, loopModel(SIZE));
      const model = await engine.load(loadRequest(modelPath, { instances: 2 }));
      const begun = [model.run(loop(20_000)), model.run(loop(20_000))];
      const waiting = Array.from({ length: 50 }, () => model.run(loop(1)));
      // Both instances are taken once a thread told that the earlier runs began; a turn of the loop is no proof of that.
      await turns(50);
      const killed = killAll();
      const outcomes = await Promise.allSettled(begun.map(({ result }) => result));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') outcome.value.release();
        else isError('INTERNAL', 'died')(outcome.reason);
      }
      await killed;
      for (const { result } of waiting) {
        await result.then(
          (done) => done.release(),
          (error: unknown) => isError('INTERNAL', 'died')(error),
        );
      }
      for (let i = 0; i < 10; i += 1) (await model.run(loop(1)).result).release();
      const concurrent = Array.from({ length: 20 }, () => model.run(loop(1)).result);
      for (const result of await Promise.all(concurrent)) result.release();
      await model.unload();
    });
  });

  test('that idles is not noticed, except that a new one starts', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, identityModel('FP32', [1]));
      const model = await engine.load(loadRequest(modelPath));
      for (let i = 0; i < 5; i += 1) {
        const [output] = await runOnce(model, [['X', 'FP32', [1], fp32(i)]]);
        assert.deepEqual(output?.bytes, fp32(i));
        await killAll();
      }
      await model.unload();
    });
  });

  test('again and again, under load, leaves a working engine', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, identityModel('FP32', ['n']));
      const model = await engine.load(loadRequest(modelPath, { instances: 2 }));
      for (let round = 0; round < 10; round += 1) {
        const runs = Array.from({ length: 60 }, async (_, i) => {
          try {
            const [output] = await runOnce(model, [
              ['X', 'FP32', [1 + (i % 3)], fp32(...[i, i, i].slice(0, 1 + (i % 3)))],
            ]);
            assert.equal(output?.bytes.length, 4 * (1 + (i % 3)));
          } catch (error) {
            isError('INTERNAL', 'died')(error);
          }
        });
        if (round % 2 === 0) await turns(1);
        await killAll();
        await Promise.all(runs);
      }
      const [output] = await runOnce(model, [['X', 'FP32', [2], fp32(1, 2)]]);
      assert.deepEqual(output?.bytes, fp32(1, 2));
      await model.unload();
    });
  });
});
