import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { RangefinderError, silentLogger, systemClock } from '@rangefinder/base';
import type { LoadRequest } from '@rangefinder/engines';
import { ManagedModelServer } from '../src/managed-model-server.ts';
import type { ModelState } from '../src/model-server.ts';
import { DEFAULT_SERVING_OPTIONS } from '../src/serving-options.ts';
import type { ServingOptions } from '../src/serving-options.ts';
import { FakeEngine } from './fake-engine.ts';
import type { FakeModelBehaviour } from './fake-engine.ts';
import { FakeRepository, fakeConfig } from './fake-repository.ts';
import { floats, NO_DEADLINE, rowsOf, settle } from './requests.ts';

const SIGNATURE = { inputs: [], outputs: [], metadata: {} };

interface Setup {
  readonly server: ManagedModelServer;
  readonly repository: FakeRepository;
  readonly engine: FakeEngine;
  readonly behaviours: Map<string, Partial<FakeModelBehaviour>>;
  readonly states: [model: string, version: string, state: ModelState, reason: string][];
}

const running: ManagedModelServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.shutdown(0)));
});

function setUp(models: Record<string, Record<string, string>>, options: Partial<ServingOptions> = {}): Setup {
  const repository = new FakeRepository();
  for (const [name, versions] of Object.entries(models)) {
    repository.models.set(name, { config: fakeConfig({ name }), versions });
  }
  const behaviours = new Map<string, Partial<FakeModelBehaviour>>();
  const engine = new FakeEngine((request: LoadRequest) => ({
    signature: SIGNATURE,
    ...behaviours.get(request.modelName),
    ...behaviours.get(`${request.modelName}/${request.modelVersion}`),
  }));
  const server = new ManagedModelServer({
    repository,
    engines: new Map([['fake', engine]]),
    clock: systemClock,
    logger: silentLogger,
    options: { ...DEFAULT_SERVING_OPTIONS, ...options },
  });
  const states: Setup['states'] = [];
  server.observe({
    modelStateChanged: (event) => states.push([event.model, event.version, event.state, event.reason]),
  });
  running.push(server);
  return { server, repository, engine, behaviours, states };
}

describe('the model server', () => {
  it('is ready once all models are loaded, and serves the highest version by default', async () => {
    const { server, states } = setUp({ m: { 2: 'a', 10: 'b' } });
    assert.equal(server.ready, false);
    await server.start();
    assert.equal(server.ready, true);
    assert.deepEqual(server.metadata('m').versions, ['2', '10']);
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '10');
    assert.equal((await server.infer(rowsOf(1, 1, { modelVersion: '2' }), NO_DEADLINE)).modelVersion, '2');
    assert.deepEqual(
      states.map(([, version, state]) => `${version} ${state}`),
      ['2 LOADING', '2 READY', '10 LOADING', '10 READY'],
    );
  });

  it('tells an unknown model, an unknown version and one that is not ready apart', async () => {
    const { server, behaviours } = setUp({ m: { 1: 'a' }, broken: { 1: 'a' } });
    behaviours.set('broken', { loadError: new RangefinderError('MODEL_INVALID', 'unknown operator Foo') });
    await server.start();
    assert.throws(() => server.metadata('nope'), { code: 'NOT_FOUND' });
    assert.throws(() => server.metadata('m', '7'), /unknown version '7'; it serves 1/);
    assert.throws(() => server.metadata('broken'), /not ready: unknown operator Foo/);
    await assert.rejects(server.infer(rowsOf(1, 1, { modelName: 'nope' }), NO_DEADLINE), { code: 'NOT_FOUND' });
    await assert.rejects(server.infer(rowsOf(1, 1, { modelName: 'broken' }), NO_DEADLINE), { code: 'UNAVAILABLE' });
    assert.equal(server.isModelReady('m'), true);
    assert.equal(server.isModelReady('m', '7'), false);
    assert.equal(server.isModelReady('nope'), false);
    const index = await server.index(false);
    assert.deepEqual(
      index.map((one) => [one.name, one.state, one.reason]),
      [
        ['broken', 'UNAVAILABLE', 'unknown operator Foo'],
        ['m', 'READY', ''],
      ],
    );
    assert.deepEqual(
      (await server.index(true)).map((one) => one.name),
      ['m'],
    );
  });

  it('swaps without losing a request: the old version finishes, the new one takes over', async () => {
    const { server, repository, engine, behaviours } = setUp(
      { m: { 1: 'a' } },
      { modelControlMode: 'explicit', loadModels: ['*'] },
    );
    behaviours.set('m', { manual: true });
    await server.start();
    const before = server.infer(rowsOf(1), NO_DEADLINE);
    await settle();
    behaviours.set('m', {});
    repository.models.get('m')!.versions = { 1: 'b' };
    await server.load('m');
    const after = await server.infer(rowsOf(2), NO_DEADLINE);
    assert.equal(floats(after.outputs[0])[0], 2);
    assert.equal(engine.loaded[0]?.unloaded, false);
    engine.loaded[0]?.waiting[0]?.finish();
    assert.equal(floats((await before).outputs[0])[0], 1);
    await settle();
    assert.equal(engine.loaded[0]?.unloaded, true);
    assert.equal(engine.loaded[1]?.unloaded, false);
  });

  it('serves on while a new version loads', async () => {
    const { server, repository, behaviours } = setUp(
      { m: { 1: 'a' } },
      { modelControlMode: 'explicit', loadModels: ['m'] },
    );
    await server.start();
    const gate = Promise.withResolvers<void>();
    behaviours.set('m', { loadGate: gate.promise });
    repository.models.get('m')!.versions = { 2: 'a' };
    const loading = server.load('m');
    await settle();
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '1');
    assert.deepEqual(server.metadata('m').versions, ['1']);
    gate.resolve();
    await loading;
    assert.deepEqual(server.metadata('m').versions, ['2']);
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '2');
    await assert.rejects(server.infer(rowsOf(1, 1, { modelVersion: '1' }), NO_DEADLINE), { code: 'NOT_FOUND' });
  });

  it('leaves the old version serving when a load fails, and says why', async () => {
    const { server, repository, behaviours } = setUp(
      { m: { 1: 'a' } },
      { modelControlMode: 'explicit', loadModels: ['m'] },
    );
    await server.start();
    behaviours.set('m', { loadError: new RangefinderError('MODEL_INVALID', 'the file is truncated') });
    repository.models.get('m')!.versions = { 1: 'b' };
    await assert.rejects(server.load('m'), /version 1: the file is truncated/);
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '1');
    assert.match((await server.index(false))[0]!.reason, /previous files are served: the file is truncated/);
    repository.models.get('m')!.readError = new RangefinderError('MODEL_INVALID', 'config.pbtxt:3: unknown field');
    await assert.rejects(server.load('m'), /config.pbtxt:3/);
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '1');
  });

  it('gives the model back when the configuration does not fit it', async () => {
    const { server, repository, engine } = setUp({ m: { 1: 'a' } });
    repository.models.get('m')!.completeError = new RangefinderError('MODEL_INVALID', 'input X: dims');
    await server.start();
    assert.equal(engine.loaded[0]?.unloaded, true);
    assert.equal(server.isModelReady('m'), false);
  });

  it('fails a load whose warm-up fails', async () => {
    const { server, repository, behaviours } = setUp({ m: { 1: 'a' } }, { modelControlMode: 'explicit' });
    repository.models.get('m')!.config = fakeConfig({
      model_warmup: [
        {
          name: 'zeros',
          batch_size: 1,
          count: 1,
          inputs: { X: { data_type: 'TYPE_FP32', dims: [4], zero_data: true } },
        },
      ],
    });
    await server.start();
    behaviours.set('m', {
      compute: () => {
        throw new RangefinderError('INTERNAL', 'bad index');
      },
    });
    await assert.rejects(server.load('m'), /model_warmup 'zeros': the run failed: bad index/);
    behaviours.set('m', {});
    await server.load('m');
    assert.equal(server.isModelReady('m'), true);
  });

  it('repeats the one row of a warm-up file to fill the batch', async () => {
    const { server, repository, engine } = setUp({ m: { 1: 'a' } });
    const X = { data_type: 'TYPE_FP32', dims: [4], input_data_file: 'row.bin' };
    repository.models.get('m')!.config = fakeConfig({
      model_warmup: [{ name: 'file', batch_size: 3, count: 1, inputs: { X } }],
    });
    await server.start();
    const [input] = engine.loaded[0]!.runs[0]!.inputs;
    assert.ok(input);
    assert.deepEqual(input.shape, [3, 4]);
    assert.deepEqual([...new Float32Array(input.bytes.buffer)], [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it('disposes of what a version was read from once it is out of memory, and of what never served at once', async () => {
    const { server, repository, behaviours } = setUp(
      { m: { 1: 'a' } },
      { modelControlMode: 'explicit', loadModels: ['m'] },
    );
    await server.start();
    repository.models.get('m')!.versions = { 1: 'b' };
    await server.load('m');
    await settle();
    assert.deepEqual(repository.disposed, ['a']);
    behaviours.set('m', { loadError: new RangefinderError('MODEL_INVALID', 'broken') });
    repository.models.get('m')!.versions = { 1: 'c' };
    await assert.rejects(server.load('m'));
    assert.deepEqual(repository.disposed, ['a', 'c']);
    await server.unload('m');
    assert.deepEqual(repository.disposed, ['a', 'c', 'b']);
  });

  it('loads and unloads in explicit mode only', async () => {
    const fixed = setUp({ m: { 1: 'a' } });
    await fixed.server.start();
    await assert.rejects(fixed.server.load('m'), { code: 'FORBIDDEN' });
    await assert.rejects(fixed.server.unload('m'), { code: 'FORBIDDEN' });
    const { server, engine } = setUp({ m: { 1: 'a' } }, { modelControlMode: 'explicit' });
    await server.start();
    assert.equal(server.isModelReady('m'), false);
    await assert.rejects(server.load('nope'), { code: 'NOT_FOUND' });
    await server.load('m');
    await server.unload('m');
    assert.equal(engine.loaded[0]?.unloaded, true);
    await assert.rejects(server.infer(rowsOf(1), NO_DEADLINE), /not ready: unloaded/);
    await server.load('m');
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelVersion, '1');
  });

  it('follows the repository in poll mode', async () => {
    const { server, repository, engine } = setUp({ m: { 1: 'a' }, gone: { 1: 'a' } }, { modelControlMode: 'poll' });
    await server.start();
    repository.models.get('m')!.versions = { 1: 'b' };
    repository.models.set('new', { config: fakeConfig({ name: 'new' }), versions: { 1: 'a' } });
    repository.models.delete('gone');
    repository.announce({ added: ['new'], changed: ['m'], removed: ['gone'] });
    await settle();
    assert.equal(server.isModelReady('new'), true);
    assert.throws(() => server.metadata('gone'), { code: 'NOT_FOUND' });
    assert.equal(engine.loaded.length, 4);
    await server.shutdown(0);
    assert.equal(repository.watching, false);
  });

  it('does not load again what did not change', async () => {
    const { server, repository, engine } = setUp(
      { m: { 1: 'a', 2: 'a' } },
      { modelControlMode: 'explicit', loadModels: ['m'] },
    );
    await server.start();
    repository.models.get('m')!.versions = { 1: 'a', 2: 'b' };
    await server.load('m');
    assert.equal(engine.loaded.length, 3);
  });

  it('loads on demand and evicts the model that was asked for longest ago', async () => {
    const models = { a: { 1: 'x' }, b: { 1: 'x' }, c: { 1: 'x' } };
    const { server, engine } = setUp(models, { loadOnDemand: true, modelMemoryBudgetBytes: 2500 });
    await server.start();
    assert.equal(engine.loaded.length, 0);
    const ask = (modelName: string): Promise<unknown> => server.infer(rowsOf(1, 1, { modelName }), NO_DEADLINE);
    await Promise.all([ask('a'), ask('a')]);
    await ask('b');
    await ask('a');
    assert.equal(engine.loaded.length, 2);
    await ask('c');
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => server.isModelReady(name)),
      [true, false, true],
    );
    await ask('b');
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => server.isModelReady(name)),
      [false, true, true],
    );
  });

  it('refuses a model that alone is over the budget', async () => {
    const { server, behaviours, engine } = setUp(
      { m: { 1: 'x' } },
      { loadOnDemand: true, modelMemoryBudgetBytes: 500 },
    );
    behaviours.set('m', { memoryBytes: 501 });
    await server.start();
    await assert.rejects(server.infer(rowsOf(1), NO_DEADLINE), { code: 'RESOURCE_EXHAUSTED' });
    assert.equal(engine.loaded[0]?.unloaded, true);
  });

  it('counts what Triton counts', async () => {
    const { server } = setUp({ m: { 1: 'a' } });
    await server.start();
    await Promise.all([server.infer(rowsOf(1, 2), NO_DEADLINE), server.infer(rowsOf(1, 3), NO_DEADLINE)]);
    const [statistics] = server.statistics('m');
    assert.equal(statistics?.inferenceCount, 5);
    assert.equal(statistics?.executionCount, 1);
    assert.equal(statistics?.success.count, 2);
    assert.equal(statistics?.computeInfer.count, 2);
    assert.deepEqual(
      statistics?.batches.map((batch) => [batch.batchSize, batch.computeInfer.count]),
      [[5, 1]],
    );
  });

  it('shuts down: not ready, in flight finishes, everything is given back', async () => {
    const { server, engine, behaviours, repository } = setUp({ m: { 1: 'a' } });
    behaviours.set('m', { manual: true });
    await server.start();
    const inFlight = server.infer(rowsOf(1), NO_DEADLINE);
    await settle();
    const stopped = server.shutdown(60_000);
    assert.equal(server.ready, false);
    await assert.rejects(server.infer(rowsOf(2), NO_DEADLINE), /shutting down/);
    engine.loaded[0]?.waiting[0]?.finish();
    assert.equal(floats((await inFlight).outputs[0])[0], 1);
    await stopped;
    assert.equal(server.live, false);
    assert.equal(engine.loaded[0]?.unloaded, true);
    assert.equal(engine.closed, true);
    assert.equal(repository.closed, true);
  });

  it('shuts down within its limit although a run does not end', async () => {
    const { server, behaviours } = setUp({ m: { 1: 'a' } });
    behaviours.set('m', { manual: true });
    await server.start();
    const inFlight = assert.rejects(server.infer(rowsOf(1), NO_DEADLINE), { code: 'UNAVAILABLE' });
    await settle();
    await server.shutdown(1);
    await inFlight;
  });

  it('survives an observer that throws', async () => {
    const { server } = setUp({ m: { 1: 'a' } });
    server.observe({
      requestFinished: () => {
        throw new Error('observer');
      },
    });
    await server.start();
    assert.equal((await server.infer(rowsOf(1), NO_DEADLINE)).modelName, 'm');
  });
});
