import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, systemClock } from '@rangefinder/base';
import { createScheduler } from '@rangefinder/scheduling';
import { encodeStringElements, decodeStringElements } from '@rangefinder/tensor';
import type { Tensor } from '@rangefinder/tensor';
import fc from 'fast-check';
import { compileContract } from '../src/input-contract.ts';
import { schedulerOptions } from '../src/scheduler-options.ts';
import { ServedVersion } from '../src/served-version.ts';
import { FakeModel } from './fake-engine.ts';
import { fakeConfig } from './fake-repository.ts';
import { floats, fp32, NO_DEADLINE, request, settle } from './requests.ts';

interface Ask {
  readonly rows: number;
  readonly columns: number;
  readonly cancel: boolean;
}

const ask = fc.record({
  rows: fc.integer({ min: 1, max: 20 }),
  columns: fc.integer({ min: 0, max: 3 }),
  cancel: fc.boolean(),
});

/** X FP32 and S BYTES, both [-1, columns], echoed as Y and T. */
const CONFIG = fakeConfig({
  input: [
    { name: 'X', data_type: 'TYPE_FP32', dims: [-1], optional: false, allow_ragged_batch: false },
    { name: 'S', data_type: 'TYPE_STRING', dims: [-1], optional: false, allow_ragged_batch: false },
  ],
  output: [
    { name: 'Y', data_type: 'TYPE_FP32', dims: [-1], label_filename: '' },
    { name: 'T', data_type: 'TYPE_STRING', dims: [-1], label_filename: '' },
  ],
});

describe('a served version, whatever is asked of it', () => {
  it('gives every request its own rows back, however batches are cut and in whatever order runs end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(ask, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.nat(),
        async (asks, instances, ordered, seed) => {
          await checkAll(asks, instances, ordered, seed);
        },
      ),
      { numRuns: 60 },
    );
  });
});

async function checkAll(asks: readonly Ask[], instances: number, ordered: boolean, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const model = new FakeModel({ signature: { inputs: [], outputs: [], metadata: {} }, manual: true, compute: echo });
  const config = { ...CONFIG, dynamic_batching: { ...CONFIG.dynamic_batching!, preserve_ordering: ordered } };
  const scheduling = schedulerOptions(config, { instances, maxPendingRequests: 100, maxPendingBytes: 1e9 });
  const version = new ServedVersion({
    modelName: 'm',
    version: '1',
    config,
    contract: compileContract(config),
    model,
    scheduler: createScheduler(scheduling),
    schedulerOptions: scheduling,
    labels: new Map(),
    clock: systemClock,
    recentBatches: 1,
    onRequestFinished: () => {},
    onBatchFinished: () => {},
  });
  const open = new Set(asks);
  const answers = asks.map(async (one, index) => {
    const { rows, columns, cancel } = one;
    const numbers = Array.from({ length: rows * columns }, (_, i) => index * 1000 + i);
    const strings = numbers.map((number) => 's'.repeat(number % 5) + number);
    const inputs: Tensor[] = [
      fp32('X', [rows, columns], numbers),
      { name: 'S', dataType: 'BYTES', shape: [rows, columns], bytes: encodeStringElements(strings) },
    ];
    let stop = (): void => {};
    const answer = version.infer(request(inputs), { ...NO_DEADLINE, onCancellable: (one) => (stop = one) });
    if (cancel) setImmediate(stop);
    try {
      const { outputs } = await answer;
      assert.deepEqual(
        outputs.map((output) => output.shape),
        [
          [rows, columns],
          [rows, columns],
        ],
      );
      assert.deepEqual(floats(outputs[0]), numbers);
      assert.deepEqual(decodeStringElements(outputs[1]!.bytes, numbers.length), strings);
    } catch (error) {
      assert.ok(cancel && (error as { code?: string }).code === 'CANCELLED', String(error));
    } finally {
      open.delete(one);
    }
  });
  for (let turn = 0; open.size > 0 && turn < 1000; turn++) {
    await settle(2);
    const waiting = model.waiting.splice(random.below(Math.max(1, model.waiting.length)), 1)[0];
    waiting?.finish();
  }
  await Promise.all(answers);
  await version.drain();
  assert.equal(version.pendingRequests, 0);
  assert.equal(version.queuedRows, 0);
}

function echo(
  run: Parameters<NonNullable<ConstructorParameters<typeof FakeModel>[0]['compute']>>[0],
): ReturnType<NonNullable<ConstructorParameters<typeof FakeModel>[0]['compute']>> {
  return run.inputs.map((input) => ({
    name: input.name === 'X' ? 'Y' : 'T',
    dataType: input.name === 'X' ? ('FP32' as const) : ('BYTES' as const),
    shape: input.shape,
    bytes: input.bytes,
  }));
}
