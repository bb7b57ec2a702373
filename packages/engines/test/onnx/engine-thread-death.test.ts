import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { type Logger, silentLogger } from '@rangefinder/base';
import { OnnxEngine } from '@rangefinder/engines';
import { identityModel, isError, loadRequest } from '@rangefinder/testing';
import { fp32, runOnce, withFolder } from './onnx-models.ts';

/** The thread throws in this run of its life: see `faulty-executor.ts`. */
const FAULTY_RUN = 40;

describe('death of an engine thread', () => {
  const nodeOptions = process.env['NODE_OPTIONS'] ?? '';
  const workers = new Set<Worker>();
  const remember = (worker: Worker): void => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_, message) => void logged.push(message) };
  const engine = new OnnxEngine({ logger });
  before(() => {
    process.on('worker', remember);
    // Worker threads that start from now on load it before anything else.
    process.env['NODE_OPTIONS'] = `${nodeOptions} --import=${import.meta.resolve('./faulty-executor.ts')}`;
  });
  after(async () => {
    process.off('worker', remember);
    process.env['NODE_OPTIONS'] = nodeOptions;
    await engine.close();
    assert.equal(workers.size, 0, 'threads outlive their engine');
  });

  test('fails the runs that it has begun, and no others; another thread takes its place', async () => {
    await withFolder(async (folder) => {
      const modelPath = path.join(folder, 'model.onnx');
      await writeFile(modelPath, identityModel('FP32', ['n']));
      const model = await engine.load(loadRequest(modelPath, { instances: 2 }));
      let died = 0;
      for (let round = 0; round < 4; round += 1) {
        const runs = Array.from({ length: 100 }, async (_, i) => {
          const given = fp32(...[i, i, i].slice(0, 1 + (i % 3)));
          try {
            const [output] = await runOnce(model, [['X', 'FP32', [1 + (i % 3)], given]]);
            assert.deepEqual(output?.bytes, given);
          } catch (error) {
            isError('INTERNAL', 'died')(error);
            died += 1;
          }
        });
        await Promise.all(runs);
      }
      assert.ok(died >= 400 / FAULTY_RUN - 2, `${died} runs failed`);
      assert.ok(died <= 100, `${died} runs failed`);
      assert.ok(logged.length > 0 && logged.every((message) => message === 'an engine thread died'));
      await model.unload();
    });
  });
});
