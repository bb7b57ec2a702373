/** The ranker cut in two by `rangefinder split`: one run of the user's part, and the same scores for every film. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OnnxEngine } from '@rangefinder/engines';
import type { RankResponse } from '@rangefinder/ranking';
import { splitModel, writeSplitFolders } from '@rangefinder/repository';
import { serverOptions, startServer, type RunningServer } from '@rangefinder/server';
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

/** Serves these models with the ranker as it is declared for the model in one piece. */
function serve(modelRepository: string): Promise<RunningServer> {
  return startServer(
    serverOptions({
      modelRepository: [modelRepository],
      rankerRepository: join(import.meta.dirname, '..', 'rankers'),
      featureStore: 'memory',
      exitOnError: true,
      httpPort: 0,
      grpc: false,
      metrics: false,
      logLevel: 'error',
    }),
  );
}

/** Nothing here is about time, and the machine may be busy: a page that was degraded is asked for again. */
async function scoresOf({ httpUrl }: RunningServer, user: string): Promise<ReadonlyMap<string, number>> {
  const candidates = Array.from({ length: 50 }, (_, i) => String(60 * i + 1));
  const body = { user, context: { hour: 21, family: 0.25 }, candidates, page: { size: 50 } };
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`${httpUrl}/v1/rankers/movies/rank`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.clone().text());
    const { items, degradations } = (await answer.json()) as RankResponse;
    if (degradations.length === 0) return new Map(items.map(({ id, score }) => [id, score!]));
  }
  throw new Error('degraded 100 times');
}

test('the ranker as it is declared, over the cut model: the same scores within 1e-6', async () => {
  const models = join(import.meta.dirname, '..', 'models');
  const folders = { whole: join(folder, 'whole'), cut: join(folder, 'cut') };
  for (const root of Object.values(folders))
    cpSync(join(models, 'movies-user-tower'), join(root, 'movies-user-tower'), { recursive: true });
  cpSync(join(models, 'movies-ranker'), join(folders.whole, 'movies-ranker'), { recursive: true });
  const place = { root: folders.cut, modelName: 'movies-ranker', replace: false };
  await writeSplitFolders(place, splitModel(readFileSync(MODEL), USER_INPUTS));
  const servers = [await serve(folders.whole), await serve(folders.cut)] as const;
  try {
    for (const user of ['1', '50', '200']) {
      const [whole, cut] = [await scoresOf(servers[0], user), await scoresOf(servers[1], user)];
      assert.equal(cut.size, whole.size);
      for (const [id, score] of cut) assert.ok(Math.abs(score - whole.get(id)!) <= 1e-6, `film ${id} for ${user}`);
    }
  } finally {
    for (const server of servers) await server.close(1000);
  }
});
