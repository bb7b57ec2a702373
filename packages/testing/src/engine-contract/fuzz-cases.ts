import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangefinderError, seededRandom } from '@rangefinder/base';
import { DATA_TYPES, type DataType, type Shape } from '@rangefinder/tensor';
import fc from 'fast-check';
import type { ContractFixture } from './engine-contract.ts';
import { checkIdentity, inputOf, randomBytes } from './engine-requests.ts';
import { loadRequest, withModel } from './engine-subject.ts';

const ALL_TYPES = Object.keys(DATA_TYPES) as DataType[];
const shapes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 });
const runs = fc.array(fc.record({ shape: shapes, seed: fc.nat() }), { minLength: 1, maxLength: 12 });

/** Shapes and types nobody thought of: what fits comes back unchanged, what does not is INVALID_ARGUMENT and harmless. */
export function registerFuzzCases(fixture: ContractFixture): void {
  const { subject } = fixture;

  test('fuzzed shapes, several at once, come back unchanged', async () => {
    const types = fc.constantFrom(...subject.dataTypes);
    const property = fc.asyncProperty(types, runs, async (dataType, batch) => {
      const modelPath = await subject.writeIdentity(await fixture.newFolder(), dataType, ['a', 'b', -1]);
      await withModel(fixture.engine, loadRequest(modelPath, { instances: 2 }), async (model) => {
        await Promise.all(
          batch.map(({ shape, seed }) =>
            checkIdentity(model, dataType, shape, randomBytes(dataType, shape, seededRandom(seed))),
          ),
        );
      });
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
  });

  test('fuzzed requests that do not fit are refused, and the model still works', async () => {
    const modelPath = await subject.writeIdentity(await fixture.newFolder(), 'INT16', ['a', 2]);
    await withModel(fixture.engine, loadRequest(modelPath), async (model) => {
      const declared = model.signature.inputs[0]?.name ?? '';
      const sizes = fc.oneof(fc.integer({ min: -2, max: 4 }), fc.double(), fc.maxSafeInteger());
      const strange = fc.record({
        name: fc.oneof(fc.constant(declared), fc.string()),
        dataType: fc.constantFrom(...ALL_TYPES),
        shape: fc.array(sizes, { maxLength: 4 }),
        byteLength: fc.oneof(fc.integer({ min: -1, max: 64 }), fc.double()),
      });
      const property = fc.asyncProperty(fc.array(strange, { maxLength: 3 }), async (given) => {
        const inputs = given.map(({ name, dataType, shape, byteLength }) => ({
          ...inputOf(name, dataType, shape as Shape, new Uint8Array(0)),
          byteLength,
          write: () => {},
        }));
        try {
          (await model.run({ inputs, outputs: [] }).result).release();
        } catch (error) {
          assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT', String(error));
        }
        await checkIdentity(model, 'INT16', [1, 2], Uint8Array.of(1, 2, 3, 4));
      });
      await fc.assert(property, { numRuns: 200, endOnFailure: true });
    });
  });
}
