import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@rangefinder/base';
import type { ContractFixture } from './engine-contract.ts';
import { checkIdentity, inputOf, isError, randomBytes, requestFor } from './engine-requests.ts';
import { loadRequest, withModel } from './engine-subject.ts';

/** What comes back from a run, for every element type, and what is refused before it. */
export function registerRunCases(fixture: ContractFixture): void {
  const { subject } = fixture;

  for (const dataType of subject.dataTypes) {
    test(`${dataType} goes through unchanged, as scalar, vector, matrix and with no elements`, async () => {
      const random = seededRandom(7);
      for (const declared of [[], [5], ['rows', 3], ['rows', -1]]) {
        const modelPath = await subject.writeIdentity(await fixture.newFolder(), dataType, declared);
        await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
          const sizes = declared.length === 2 ? [1, 4, 0, 3] : [1, 1];
          for (const rows of sizes) {
            const shape = declared.map((size, i) =>
              typeof size === 'number' && size >= 0 ? size : i === 0 ? rows : 2,
            );
            await checkIdentity(model, dataType, shape, randomBytes(dataType, shape, random));
          }
        });
      }
    });
  }

  test('requests that do not fit are INVALID_ARGUMENT at once, naming the input and both sides', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'FP32', ['rows', 3]);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const name = model.signature.inputs[0]?.name ?? '';
      const good = inputOf(name, 'FP32', [2, 3], new Uint8Array(24));
      const refuse = (inputs: readonly (typeof good)[], ...words: readonly string[]): void => {
        assert.throws(() => model.run({ inputs, outputs: [] }), isError('INVALID_ARGUMENT', ...words));
      };
      refuse([], name, 'missing', 'FP32', '[rows,3]');
      refuse([good, good], name, 'more than once');
      refuse([good, { ...good, name: 'stranger' }], 'stranger', name);
      refuse([{ ...good, dataType: 'FP64' }], name, 'FP32', 'FP64');
      refuse([{ ...good, shape: [6] }], name, '[rows,3]', '[6]');
      refuse([{ ...good, shape: [2, 3, 1] }], name, '[rows,3]', '[2,3,1]');
      refuse([{ ...good, shape: [2, 4] }], name, '[rows,3]', '[2,4]');
      refuse([{ ...good, shape: [-1, 3] }], name, '[-1,3]');
      refuse([{ ...good, shape: [0.5, 3] }], name, '[0.5,3]');
      refuse([{ ...good, byteLength: 23 }], name, '24', '23');
      refuse([{ ...good, shape: [2 ** 50, 3] }], name);
      assert.throws(
        () => model.run({ inputs: [good], outputs: ['no_output'] }),
        isError('INVALID_ARGUMENT', 'no_output'),
      );
      await checkIdentity(model, 'FP32', [2, 3], new Uint8Array(24));
    });
  });

  test('outputs are asked for by name', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', [2]);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const name = model.signature.outputs[0]?.name ?? '';
      const request = requestFor(model, 'UINT8', [2], Uint8Array.of(3, 4));
      const result = await model.run({ ...request, outputs: [name] }).result;
      assert.deepEqual(
        result.outputs.map((output) => output.name),
        [name],
      );
      result.release();
      assert.throws(() => model.run({ ...request, outputs: [name, name] }), isError('INVALID_ARGUMENT', name));
    });
  });

  test('write is called once, with exactly the memory that was asked for', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', ['n']);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const lengths: number[] = [];
      const input = requestFor(model, 'UINT8', [10], new Uint8Array(10)).inputs[0];
      assert.ok(input !== undefined);
      const write = (target: Uint8Array): void => void lengths.push(target.length);
      (await model.run({ inputs: [{ ...input, write }], outputs: [] }).result).release();
      assert.deepEqual(lengths, [10]);
    });
  });

  test('an error from write fails that run only', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', [1]);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const input = requestFor(model, 'UINT8', [1], new Uint8Array(1)).inputs[0];
      assert.ok(input !== undefined);
      const write = (): void => {
        throw new Error('the source is gone');
      };
      const failing = model.run({ inputs: [{ ...input, write }], outputs: [] });
      await assert.rejects(failing.result, isError('INTERNAL', 'the source is gone'));
      await checkIdentity(model, 'UINT8', [1], Uint8Array.of(9));
    });
  });

  test('a run that fails is reported and the next one works', async () => {
    const { modelPath, request } = await subject.writeFailing(await fixture.newFolder());
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      for (let i = 0; i < 3; i += 1) {
        await assert.rejects(model.run(request).result, (error: unknown) => {
          assert.ok(error instanceof Error && 'code' in error);
          assert.ok(error.code === 'INTERNAL' || error.code === 'INVALID_ARGUMENT', String(error));
          return true;
        });
      }
    });
  });

  test('results do not share memory until they are released, and are released once', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', ['n']);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const results = [];
      for (let i = 0; i < 40; i += 1) {
        results.push(await model.run(requestFor(model, 'UINT8', [8], new Uint8Array(8).fill(i))).result);
      }
      for (const [i, result] of results.entries()) {
        assert.deepEqual(
          [...(result.outputs[0]?.bytes ?? [])],
          Array.from({ length: 8 }, () => i),
        );
        result.release();
        assert.throws(() => result.release());
      }
    });
  });

  test('timings are told and not negative', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'UINT8', [1]);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const result = await model.run(requestFor(model, 'UINT8', [1], new Uint8Array(1))).result;
      const { waitUs, inputUs, computeUs, outputUs } = result.timings;
      for (const us of [waitUs, inputUs, computeUs, outputUs]) assert.ok(us >= 0 && us < 60e6, String(us));
      result.release();
    });
  });
}
