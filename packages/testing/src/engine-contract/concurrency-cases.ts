import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import type { ContractFixture } from './engine-contract.ts';
import { checkIdentity, isError, isSettled, randomBytes, turns } from './engine-requests.ts';
import { loadRequest, withModel } from './engine-subject.ts';

/** Runs at the same time, waiting for an instance, and cancellation of both. */
export function registerConcurrencyCases(fixture: ContractFixture): void {
  const { subject } = fixture;

  test('many runs at once get each their own answer', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'INT32', ['n', -1]);
    const random = seededRandom(11);
    await withModel(fixture.engine, loadRequest(modelPath, { instances: 3 }), async (model) => {
      for (let round = 0; round < 5; round += 1) {
        const runs = Array.from({ length: 100 }, () => {
          const shape = [random.below(4), 1 + random.below(5)];
          return checkIdentity(model, 'INT32', shape, randomBytes('INT32', shape, random));
        });
        await Promise.all(runs);
      }
    });
  });

  test('the event loop turns while a run is under way', async () => {
    const { modelPath, endless } = await subject.writeSlow(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const run = model.run(endless);
      await turns(200);
      assert.equal(await isSettled(run.result), false);
      run.cancel();
      await assert.rejects(run.result, isError('CANCELLED'));
    });
  });

  test('no more than `instances` are under way; the others wait in order', async () => {
    const { modelPath, endless, short } = await subject.writeSlow(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const first = model.run(endless);
      const written: number[] = [];
      const others = Array.from({ length: 40 }, (_, i) => {
        const inputs = short.inputs.map((input, j) => ({
          ...input,
          write(target: Uint8Array) {
            if (j === 0) written.push(i);
            input.write(target);
          },
        }));
        return model.run({ ...short, inputs });
      });
      await turns(100);
      for (const { result } of others) assert.equal(await isSettled(result), false, 'a run overtook the one under way');
      first.cancel();
      await assert.rejects(first.result, isError('CANCELLED'));
      for (const { result } of others) (await result).release();
      assert.deepEqual(
        written,
        others.map((_, i) => i),
      );
    });
  });

  test('with two instances a short run passes a long one', async () => {
    const { modelPath, endless, short } = await subject.writeSlow(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath, { instances: 2 }), async (model) => {
      const long = model.run(endless);
      for (let i = 0; i < 5; i += 1) (await model.run(short).result).release();
      assert.equal(await isSettled(long.result), false);
      long.cancel();
      await assert.rejects(long.result, isError('CANCELLED'));
    });
  });

  test('a long run of one model does not hold back another model', async () => {
    const slow = await subject.writeSlow(await fixture.newFolder());
    const quick = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', [1]);
    await withModel(fixture.engine, loadRequest(slow.modelPath), (slowModel) =>
      withModel(fixture.engine, loadRequest(quick), async (quickModel) => {
        const long = slowModel.run(slow.endless);
        for (let i = 0; i < 20; i += 1) await checkIdentity(quickModel, 'UINT8', [1], Uint8Array.of(i));
        assert.equal(await isSettled(long.result), false);
        long.cancel();
        await assert.rejects(long.result, isError('CANCELLED'));
      }),
    );
  });

  test('what waits is cancelled at once, and later runs are not harmed', async () => {
    const { modelPath, endless, short } = await subject.writeSlow(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const first = model.run(endless);
      const waiting = Array.from({ length: 80 }, () => model.run(short));
      for (const run of waiting) run.cancel();
      for (const run of waiting) await assert.rejects(run.result, isError('CANCELLED'));
      assert.equal(await isSettled(first.result), false);
      first.cancel();
      first.cancel();
      await assert.rejects(first.result, isError('CANCELLED'));
      for (let i = 0; i < 5; i += 1) (await model.run(short).result).release();
    });
  });

  test('cancelling what is over does nothing', async () => {
    const { modelPath, short } = await subject.writeSlow(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const run = model.run(short);
      const result = await run.result;
      run.cancel();
      result.release();
      (await model.run(short).result).release();
    });
  });
}
