/** The ranker cut in two by `rangefinder split`: one run of the user's part, and the same scores for every film. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OnnxEngine } from '@rangefinder/engines';
import { splitModel } from '@rangefinder/repository';
import type { Tensor } from '@rangefinder/tensor';
import { readDemoData } from '../movies/demo-data.ts';
import { contextTensors, filmTensors, userTensors } from '../movies/model-inputs.ts';
import { userFeaturesOf } from '../movies/user-features.ts';
import { float32Of } from '../support/tensors.ts';

const MODEL = join(import.meta.dirname, '..', 'models', 'movies-ranker', '1', 'model.onnx');
const OPTIONS = {
  intraOpThreads: 1,
  interOpThreads: 1,
  graphOptimizationLevel: 'all',
  executionProviders: [],
  memoryArena: true,
  optimizedModelCacheDir: undefined,
  extra: {},
} as const;
const USER_INPUTS = ['user_history', 'user_genres', 'user_profile', 'hour', 'family'];

const folder = mkdtempSync(join(tmpdir(), 'rangefinder-movies-'));
const engine = new OnnxEngine();
after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

async function run(modelPath: string, tensors: readonly Tensor[]): Promise<Tensor[]> {
  const loaded = await engine.load({ modelName: 'part', modelVersion: '1', modelPath, instances: 1, options: OPTIONS });
  const inputs = tensors.map(({ bytes, ...tensor }) => ({
    ...tensor,
    byteLength: bytes.length,
    write: (target: Uint8Array) => target.set(bytes),
  }));
  const result = await loaded.run({ inputs, outputs: [] }).result;
  const outputs = result.outputs.map((output) => ({ ...output, bytes: Uint8Array.from(output.bytes) }));
  result.release();
  return outputs;
}

test('scores of all films are the same within 1e-6, and half of the work is done once', async () => {
  const { films, features, users, vocabularies } = readDemoData();
  const user = userFeaturesOf(users[7]!.history, features, vocabularies.genre.length);
  const ids = films.map(({ id }) => id);
  const everyRow = [...userTensors(ids.map(() => user)), ...contextTensors(21, 0.25, ids.length)];
  const [whole] = await run(MODEL, [...everyRow, ...filmTensors(ids, features)]);

  const split = splitModel(readFileSync(MODEL), USER_INPUTS);
  writeFileSync(join(folder, 'user.onnx'), split.user);
  writeFileSync(join(folder, 'item.onnx'), split.item);
  const once = [...userTensors([user]), ...contextTensors(21, 0.25, 1)];
  const cuts = await run(join(folder, 'user.onnx'), once);
  const stillRead = once.filter(({ name }) => split.report.itemInputs.includes(name));
  const [parts] = await run(join(folder, 'item.onnx'), [...cuts, ...stillRead, ...filmTensors(ids, features)]);

  const expected = float32Of(whole!);
  const found = float32Of(parts!);
  assert.equal(found.length, films.length);
  found.forEach((score, i) => assert.ok(Math.abs(score - expected[i]!) <= 1e-6, `film ${i + 1}`));
  assert.ok(split.report.userMultiplications > split.report.itemMultiplications);
});
