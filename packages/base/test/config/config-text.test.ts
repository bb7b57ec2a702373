import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type, { type TSchema } from 'typebox';
import fc from 'fast-check';
import { closestName, configOptions, environmentLayer, schemaNode, valueOfText } from '@rangefinder/base';
import { sampleSchema } from './sample-schema.ts';

const cases: readonly [TSchema, string, unknown][] = [
  [Type.Integer(), '42', 42],
  [Type.Integer(), ' -7 ', -7],
  [Type.Number(), '1.5e3', 1500],
  [Type.Integer(), '', ''],
  [Type.Integer(), '0x10', '0x10'],
  [Type.Integer(), '12ms', '12ms'],
  [Type.Boolean(), 'Yes', true],
  [Type.Boolean(), 'off', false],
  [Type.Boolean(), 'maybe', 'maybe'],
  [Type.String(), '42', '42'],
  [Type.Enum([1, 2]), '2', 2],
  [Type.Literal(true), 'true', true],
  [Type.Array(Type.Integer()), '1, 2,3', [1, 2, 3]],
  [Type.Array(Type.Integer()), '[4,5]', [4, 5]],
  [Type.Array(Type.Integer()), '', []],
  [Type.Array(Type.Integer()), '[4,', '[4,'],
  [Type.Record(Type.String(), Type.Integer()), 'a=1, b=2', { a: 1, b: 2 }],
  [Type.Record(Type.String(), Type.Integer()), '{"a":1}', { a: 1 }],
  [Type.Record(Type.String(), Type.Integer()), 'a', 'a'],
  [Type.Union([Type.Literal('auto'), Type.Integer()]), '8', 8],
  [Type.Union([Type.Literal('auto'), Type.Integer()]), 'auto', 'auto'],
];

for (const [schema, text, expected] of cases) {
  test(`${JSON.stringify(text)} as ${JSON.stringify(schema)}`, () => {
    assert.deepEqual(valueOfText(schemaNode(schema), text), expected);
  });
}

test('any text is read without an exception', () => {
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.string(), ([schema], text) => {
      valueOfText(schemaNode(schema), text);
    }),
  );
});

test('each value has a flag and a variable, derived from its path', () => {
  const options = configOptions(sampleSchema).map(({ flag, variable }) => `${flag} ${variable}`);
  assert.ok(options.includes('http-receive-timeout-ms HTTP_RECEIVE_TIMEOUT_MS'), options.join());
  assert.ok(options.includes('model-control-mode CONTROL'));
  assert.ok(options.includes('tls-min-version TLS_MIN_VERSION'));
});

test('two values may not share a flag', () => {
  const schema = Type.Object({ a: Type.Object({ b: Type.String() }), aB: Type.String() });
  assert.throws(() => configOptions(schema), /share the flag --a-b/);
});

test('a variable of the environment may be empty', () => {
  assert.deepEqual(environmentLayer(sampleSchema, 'RF', { RF_REPOSITORIES: '' }).value, { repositories: [] });
});

test('a typing error finds the name that was meant', () => {
  const names = ['max_batch_size', 'dynamic_batching', 'input', 'output', 'backend'];
  assert.equal(closestName('max_batchsize', names), 'max_batch_size');
  assert.equal(closestName('maxBatchSize', names), 'max_batch_size');
  assert.equal(closestName('ouptut', names), 'output');
  assert.equal(closestName('inputs', names), 'input');
  assert.equal(closestName('zzzz', names), undefined);
  assert.equal(closestName('x'.repeat(1000), names), undefined);
});
