import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError, systemClock } from '@rangefinder/base';
import type { ModelConfig } from '@rangefinder/repository';
import { createScheduler } from '@rangefinder/scheduling';
import type { InferenceResponse } from '@rangefinder/tensor';
import { compileContract } from '../src/input-contract.ts';
import type { BatchFinished, RequestFinished } from '../src/model-server.ts';
import { schedulerOptions } from '../src/scheduler-options.ts';
import { ServedVersion } from '../src/served-version.ts';
import { FakeModel } from './fake-engine.ts';
import type { FakeModelBehaviour } from './fake-engine.ts';
import { fakeConfig } from './fake-repository.ts';
import { floats, fp32, NO_DEADLINE, request, rowsOf, settle } from './requests.ts';

interface Served {
  readonly version: ServedVersion;
  readonly model: FakeModel;
  readonly finished: RequestFinished[];
  readonly batches: BatchFinished[];
}

function serve(config: ModelConfig = fakeConfig(), behaviour: Partial<FakeModelBehaviour> = {}, instances = 1): Served {
  const model = new FakeModel({ signature: { inputs: [], outputs: [], metadata: {} }, ...behaviour });
  const scheduling = schedulerOptions(config, { instances, maxPendingRequests: 100, maxPendingBytes: 1_000_000 });
  const finished: RequestFinished[] = [];
  const batches: BatchFinished[] = [];
  const version = new ServedVersion({
    modelName: 'm',
    version: '1',
    config,
    contract: compileContract(config),
    model,
    scheduler: createScheduler(scheduling),
    schedulerOptions: scheduling,
    labels: new Map([['Y', ['zero', 'one', 'two', 'three']]]),
    clock: systemClock,
    recentBatches: 4,
    onRequestFinished: (event) => finished.push(event),
    onBatchFinished: (event) => batches.push(event),
  });
  return { version, model, finished, batches };
}

function batching(changes: Partial<NonNullable<ModelConfig['dynamic_batching']>>): ModelConfig {
  const config = fakeConfig();
  return { ...config, dynamic_batching: { ...config.dynamic_batching!, ...changes } };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof RangefinderError ? error.code : String(error)),
  );
}

describe('a served version', () => {
  it('answers a lone request with its own rows and releases the engine memory', async () => {
    const { version, model, finished } = serve();
    const response = await version.infer(rowsOf(7, 2, { id: 'a' }), NO_DEADLINE);
    assert.equal(response.id, 'a');
    assert.equal(response.modelVersion, '1');
    assert.deepEqual(response.outputs[0]?.shape, [2, 4]);
    assert.deepEqual(floats(response.outputs[0]), [...Float32Array.of(7, 7, 7, 7, 7.01, 7.01, 7.01, 7.01)]);
    assert.equal(model.released, 1);
    assert.deepEqual(
      finished.map((event) => [event.outcome, event.rows]),
      [['success', 2]],
    );
  });

  it('puts requests that arrive in the same turn into one batch and hands each its own rows', async () => {
    const { version, model, batches } = serve();
    const responses = await Promise.all([1, 2, 3].map((value) => version.infer(rowsOf(value, value), NO_DEADLINE)));
    assert.equal(model.runs.length, 1);
    assert.deepEqual(model.runs[0]?.inputs[0]?.shape, [6, 4]);
    assert.deepEqual(
      responses.map((response) => floats(response.outputs[0])[0]),
      [1, 2, 3],
    );
    assert.deepEqual(
      responses.map((response) => response.outputs[0]?.shape[0]),
      [1, 2, 3],
    );
    assert.equal(batches[0]?.requests, 3);
  });

  it('splits a request that is larger than the batch limit and puts it together again', async () => {
    const { version, model } = serve(fakeConfig(), {}, 2);
    const response = await version.infer(rowsOf(5, 21), NO_DEADLINE);
    assert.deepEqual(
      model.runs.map((run) => run.inputs[0]?.shape[0] ?? 0).toSorted((a, b) => a - b),
      [5, 8, 8],
    );
    assert.deepEqual(response.outputs[0]?.shape, [21, 4]);
    const expected = Array.from({ length: 84 }, (_, i) => Math.fround(5 + Math.floor(i / 4) / 100));
    assert.deepEqual(floats(response.outputs[0]), expected);
  });

  it('fails only the request whose data the model does not take', async () => {
    const { version, model, finished } = serve(fakeConfig(), {
      compute: (run) => {
        const values = floats({ name: 'X', dataType: 'FP32', shape: [], bytes: run.inputs[0]!.bytes });
        if (values.includes(13)) throw new RangefinderError('INTERNAL', 'index out of range');
        return [{ name: 'Y', dataType: 'FP32', shape: run.inputs[0]!.shape, bytes: run.inputs[0]!.bytes }];
      },
    });
    const outcomes = await Promise.all(
      [1, 2, 13, 4, 5].map((value) =>
        version.infer(rowsOf(value), NO_DEADLINE).then((r) => floats(r.outputs[0])[0], codeOfError),
      ),
    );
    assert.deepEqual(outcomes, [1, 2, 'INTERNAL', 4, 5]);
    assert.ok(model.runs.length > 1);
    assert.equal(finished.filter((event) => event.outcome === 'failed').length, 1);
  });

  it('does not run a batch again when memory was short', async () => {
    const { version, model } = serve(fakeConfig(), {
      compute: () => {
        throw new RangefinderError('RESOURCE_EXHAUSTED', 'out of memory');
      },
    });
    const codes = await Promise.all([1, 2, 3].map((value) => codeOf(version.infer(rowsOf(value), NO_DEADLINE))));
    assert.deepEqual(codes, ['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED']);
    assert.equal(model.runs.length, 1);
  });

  it('fails a request one of whose parts fails, and drops the others', async () => {
    let runs = 0;
    const { version } = serve(fakeConfig(), {
      compute: () => {
        runs += 1;
        throw new RangefinderError('INTERNAL', 'broken');
      },
    });
    assert.equal(await codeOf(version.infer(rowsOf(1, 30), NO_DEADLINE)), 'INTERNAL');
    await settle();
    assert.equal(runs, 1);
    assert.equal(version.pendingRequests, 0);
  });

  it('cancels the run when nobody waits for it any more', async () => {
    const { version, model, finished } = serve(fakeConfig(), { manual: true });
    let cancel = (): void => {};
    const answer = codeOf(version.infer(rowsOf(1), { ...NO_DEADLINE, onCancellable: (one) => (cancel = one) }));
    await settle();
    assert.equal(model.waiting.length, 1);
    cancel();
    assert.equal(await answer, 'CANCELLED');
    await settle();
    assert.equal(model.waiting[0]?.cancelled, true);
    assert.equal(finished[0]?.outcome, 'cancelled');
  });

  it('goes on with a batch that somebody else still waits for', async () => {
    const { version, model } = serve(fakeConfig(), { manual: true });
    let cancel = (): void => {};
    const gone = codeOf(version.infer(rowsOf(1), { ...NO_DEADLINE, onCancellable: (one) => (cancel = one) }));
    const stays = version.infer(rowsOf(2), NO_DEADLINE);
    await settle();
    cancel();
    await settle();
    assert.equal(model.waiting[0]?.cancelled, false);
    model.waiting[0]?.finish();
    assert.equal(await gone, 'CANCELLED');
    assert.equal(floats((await stays).outputs[0])[0], 2);
  });

  it('refuses past the queue limit, saying which', async () => {
    const config = batching({
      default_queue_policy: {
        timeout_action: 'REJECT',
        default_timeout_microseconds: 0,
        allow_timeout_override: true,
        max_queue_size: 1,
      },
    });
    const { version, model, finished } = serve(config, { manual: true });
    const first = version.infer(rowsOf(1), NO_DEADLINE);
    await settle();
    const second = version.infer(rowsOf(2), NO_DEADLINE);
    await assert.rejects(version.infer(rowsOf(3), NO_DEADLINE), { code: 'QUEUE_FULL' });
    assert.equal(finished[0]?.outcome, 'rejected');
    model.waiting[0]?.finish();
    await first;
    await settle();
    model.waiting[1]?.finish();
    await second;
  });

  it('refuses a request whose deadline passes in the queue', async () => {
    const { version, model } = serve(fakeConfig(), { manual: true });
    const first = version.infer(rowsOf(1), NO_DEADLINE);
    await settle();
    const late = codeOf(version.infer(rowsOf(2), { deadlineUs: systemClock.nowUs() + 2000 }));
    assert.equal(await late, 'DEADLINE_EXCEEDED');
    model.waiting[0]?.finish();
    await first;
  });

  it('keeps the order of arrival when asked to', async () => {
    const { version, model } = serve(batching({ preserve_ordering: true }), { manual: true }, 2);
    const order: number[] = [];
    const first = version.infer(rowsOf(1), NO_DEADLINE).then(() => order.push(1));
    await settle();
    const second = version.infer(rowsOf(2), NO_DEADLINE).then(() => order.push(2));
    await settle();
    model.waiting[1]?.finish();
    await settle();
    assert.deepEqual(order, []);
    model.waiting[0]?.finish();
    await Promise.all([first, second]);
    assert.deepEqual(order, [1, 2]);
  });

  it('lets a later answer go when the earlier request was cancelled', async () => {
    const { version, model } = serve(batching({ preserve_ordering: true }), { manual: true }, 2);
    let cancel = (): void => {};
    const first = codeOf(version.infer(rowsOf(1), { ...NO_DEADLINE, onCancellable: (one) => (cancel = one) }));
    await settle();
    const second = version.infer(rowsOf(2), NO_DEADLINE);
    await settle();
    model.waiting[1]?.finish();
    await settle();
    cancel();
    assert.equal(await first, 'CANCELLED');
    assert.equal(floats((await second).outputs[0])[0], 2);
  });

  it('computes only the outputs that somebody in the batch asked for', async () => {
    const config = fakeConfig({
      input: [
        { name: 'X1', data_type: 'TYPE_FP32', dims: [1], optional: false, allow_ragged_batch: false },
        { name: 'X2', data_type: 'TYPE_FP32', dims: [1], optional: false, allow_ragged_batch: false },
      ],
      output: [
        { name: 'Y1', data_type: 'TYPE_FP32', dims: [1], label_filename: '' },
        { name: 'Y2', data_type: 'TYPE_FP32', dims: [1], label_filename: '' },
      ],
    });
    const { version, model } = serve(config);
    const inputs = [fp32('X1', [1, 1], [1]), fp32('X2', [1, 1], [2])];
    const wanted = { name: 'Y2', binaryData: undefined, classificationCount: 0 };
    const one = await version.infer(request(inputs, { outputs: [wanted] }), NO_DEADLINE);
    assert.deepEqual(model.runs[0]?.outputs, ['Y2']);
    assert.deepEqual(
      one.outputs.map((output) => output.name),
      ['Y2'],
    );
    const both = await Promise.all([
      version.infer(request(inputs, { outputs: [wanted] }), NO_DEADLINE),
      version.infer(request(inputs), NO_DEADLINE),
    ]);
    assert.deepEqual(
      both.map((response) => response.outputs.length),
      [1, 2],
    );
  });

  it('classifies: the largest first, with labels', async () => {
    const { version } = serve();
    const wanted = { name: 'Y', binaryData: undefined, classificationCount: 2 };
    const response = await version.infer(
      request([fp32('X', [1, 4], [0.25, 3, Number.NaN, 1])], { outputs: [wanted] }),
      NO_DEADLINE,
    );
    assert.deepEqual(texts(response), ['3.000000:1:one', '1.000000:3:three']);
    assert.deepEqual(response.outputs[0]?.shape, [1, 2]);
  });

  it('says so when an output does not keep the batch', async () => {
    const { version } = serve(fakeConfig(), {
      compute: () => [{ name: 'Y', dataType: 'FP32', shape: [1], bytes: new Uint8Array(4) }],
    });
    await assert.rejects(version.infer(rowsOf(1, 2), NO_DEADLINE), /output 'Y'.*max_batch_size: 0/);
  });

  it('pads ragged inputs to the bucket and cuts the padding off again', async () => {
    const config = fakeConfig({
      input: [
        {
          name: 'X',
          data_type: 'TYPE_FP32',
          dims: [-1],
          optional: false,
          allow_ragged_batch: true,
          padding: { buckets: [4, 8], value: -1 },
        },
      ],
      output: [{ name: 'Y', data_type: 'TYPE_FP32', dims: [-1], label_filename: '', unpad: { dim: 0, input: 'X' } }],
    });
    const { version, model } = serve(config);
    const responses = await Promise.all(
      [
        [1, 2],
        [3, 4, 5],
        [6, 7, 8, 9, 10],
      ].map((values) => version.infer(request([fp32('X', [1, values.length], values)]), NO_DEADLINE)),
    );
    assert.deepEqual(new Set(model.runs.map((run) => String(run.inputs[0]?.shape))), new Set(['1,8', '2,4']));
    const padded = model.runs.find((run) => run.inputs[0]?.shape[1] === 4)!;
    assert.deepEqual([...new Float32Array(padded.inputs[0]!.bytes.buffer)], [1, 2, -1, -1, 3, 4, 5, -1]);
    assert.deepEqual(
      responses.map((response) => floats(response.outputs[0])),
      [
        [1, 2],
        [3, 4, 5],
        [6, 7, 8, 9, 10],
      ],
    );
    assert.deepEqual(
      responses.map((response) => response.outputs[0]?.shape),
      [
        [1, 2],
        [1, 3],
        [1, 5],
      ],
    );
  });

  it('drains: takes nothing more, finishes what it has', async () => {
    const { version, model } = serve(fakeConfig(), { manual: true });
    const running = version.infer(rowsOf(1), NO_DEADLINE);
    await settle();
    const queued = version.infer(rowsOf(2), NO_DEADLINE);
    let drained = false;
    const draining = version.drain().then(() => (drained = true));
    await assert.rejects(version.infer(rowsOf(3), NO_DEADLINE), { code: 'UNAVAILABLE' });
    await settle();
    assert.equal(drained, false);
    model.waiting[0]?.finish();
    await running;
    await settle();
    model.waiting[1]?.finish();
    await queued;
    await draining;
  });

  it('abandons: every request gets the error, and draining ends', async () => {
    const { version } = serve(fakeConfig(), { manual: true });
    const running = codeOf(version.infer(rowsOf(1), NO_DEADLINE));
    await settle();
    const queued = codeOf(version.infer(rowsOf(2), NO_DEADLINE));
    const draining = version.drain();
    version.abandon(new RangefinderError('UNAVAILABLE', 'shut down'));
    assert.deepEqual(await Promise.all([running, queued]), ['UNAVAILABLE', 'UNAVAILABLE']);
    await draining;
  });

  it('remembers the last batches only, newest first', async () => {
    const { version } = serve();
    for (let i = 1; i <= 6; i++) await version.infer(rowsOf(i, i), NO_DEADLINE);
    await settle();
    assert.deepEqual(
      version.recentBatches().map((batch) => batch.rows),
      [6, 5, 4, 3],
    );
  });
});

function codeOfError(error: unknown): string {
  return error instanceof RangefinderError ? error.code : String(error);
}

function texts(response: InferenceResponse): string[] {
  const { bytes } = response.outputs[0]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const all: string[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = view.getUint32(offset, true);
    all.push(new TextDecoder().decode(bytes.subarray(offset + 4, offset + 4 + length)));
    offset += 4 + length;
  }
  return all;
}
