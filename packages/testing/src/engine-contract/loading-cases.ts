import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { isError, requestFor } from './engine-requests.ts';
import { DEFAULT_ENGINE_OPTIONS, loadRequest, withModel } from './engine-subject.ts';
import type { ContractFixture } from './engine-contract.ts';

/** What a model says of itself, how loading fails, and how things end. */
export function registerLoadingCases(fixture: ContractFixture): void {
  const { subject } = fixture;

  test('the signature has names, types, shapes and whether an input may be left out', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', ['batch', -1, 3]);
    await withModel(fixture.engine, loadRequest(modelPath), async ({ signature, memoryBytes }) => {
      const [input, ...others] = signature.inputs;
      assert.deepEqual(others, []);
      assert.equal(input?.dataType, 'FP32');
      assert.deepEqual(input?.shape, ['batch', -1, 3]);
      assert.equal(input?.optional, false);
      assert.equal(signature.outputs.length, 1);
      assert.equal(signature.outputs[0]?.dataType, 'FP32');
      assert.ok(memoryBytes > 0);
    });
  });

  test('a missing, empty or meaningless file is MODEL_INVALID and named', async () => {
    const folder = await fixture.newFolder();
    const missing = path.join(folder, 'missing.model');
    await assert.rejects(fixture.engine.load(loadRequest(missing)), isError('MODEL_INVALID', missing));
    const empty = path.join(folder, 'empty.model');
    await writeFile(empty, '');
    await assert.rejects(fixture.engine.load(loadRequest(empty)), isError('MODEL_INVALID', empty, 'empty'));
    const noise = path.join(folder, 'noise.model');
    await writeFile(noise, 'this is no model at all');
    await assert.rejects(fixture.engine.load(loadRequest(noise)), isError('MODEL_INVALID', noise));
    const emptyFolder = path.join(folder, 'folder.model');
    await mkdir(emptyFolder);
    await assert.rejects(fixture.engine.load(loadRequest(emptyFolder)), isError('MODEL_INVALID', emptyFolder));
  });

  test('options that are not known are refused by name', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', [1]);
    const options = { ...DEFAULT_ENGINE_OPTIONS, extra: { no_such_option: '1' } };
    const loading = fixture.engine.load(loadRequest(modelPath, { options }));
    await assert.rejects(loading, isError('INVALID_ARGUMENT', 'no_such_option'));
    const none = fixture.engine.load(loadRequest(modelPath, { instances: 0 }));
    await assert.rejects(none, isError('INVALID_ARGUMENT', 'instances'));
  });

  test('a load whose signal is aborted is CANCELLED', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', [1]);
    await assert.rejects(fixture.engine.load(loadRequest(modelPath), AbortSignal.abort()), isError('CANCELLED'));
  });

  test('unload waits for runs, happens once, and no run starts afterwards', async () => {
    const { modelPath, short } = await subject.writeSlow(await fixture.newFolder());
    const model = await fixture.engine.load(loadRequest(modelPath));
    const runs = [model.run(short), model.run(short), model.run(short)];
    const unloads = [model.unload(), model.unload()];
    assert.throws(() => model.run(short), isError('UNAVAILABLE'));
    for (const { result } of runs) (await result).release();
    await Promise.all(unloads);
    await model.unload();
    assert.throws(() => model.run(short), isError('UNAVAILABLE'));
  });

  test('results outlive their model until they are released', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', [4]);
    const model = await fixture.engine.load(loadRequest(modelPath));
    const result = await model.run(requestFor(model, 'UINT8', [4], Uint8Array.of(1, 2, 3, 4))).result;
    await model.unload();
    assert.deepEqual([...(result.outputs[0]?.bytes ?? [])], [1, 2, 3, 4]);
    result.release();
  });

  test('an engine describes itself', async () => {
    const description = await fixture.engine.describe();
    assert.equal(description.name, fixture.engine.name);
    assert.ok(description.version.length > 0);
    assert.ok(description.executionProviders.some(({ name, available }) => name === 'cpu' && available));
    for (const { available, reason } of description.executionProviders) assert.equal(available, reason === '');
  });

  test('close unloads everything, happens once, and nothing loads afterwards', async () => {
    const engine = subject.createEngine();
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', [1]);
    const model = await engine.load(loadRequest(modelPath));
    const run = model.run(requestFor(model, 'FP32', [1], new Uint8Array(4)));
    await Promise.all([engine.close(), engine.close()]);
    (await run.result).release();
    await assert.rejects(engine.load(loadRequest(modelPath)), isError('UNAVAILABLE'));
    assert.throws(() => model.run(requestFor(model, 'FP32', [1], new Uint8Array(4))), isError('UNAVAILABLE'));
  });
}
