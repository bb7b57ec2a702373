import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import Type from 'typebox';
import {
  compileConfig,
  compileConfigWithOrigins,
  environmentLayer,
  flagLayer,
  originOf,
  RangefinderError,
  type ConfigLayer,
} from '@rangefinder/base';
import { sampleSchema } from './sample-schema.ts';

const file = (value: unknown): ConfigLayer => ({ source: 'rangefinder.yaml', value });

function problemsOf(layers: readonly ConfigLayer[]): string[] {
  try {
    compileConfig({ schema: sampleSchema, layers });
  } catch (error) {
    assert.ok(error instanceof RangefinderError);
    assert.equal(error.code, 'INVALID_ARGUMENT');
    return error.message.split('\n').filter((line) => !line.includes('problems in the configuration'));
  }
  return assert.fail('expected a refusal');
}

test('defaults lie below the file, the environment above it, flags on top', () => {
  const config = compileConfig({
    schema: sampleSchema,
    layers: [
      file({ http: { port: 1, host: 'file' }, repositories: ['a'], budgets: { a: 1 } }),
      environmentLayer(sampleSchema, 'RF', { RF_HTTP_PORT: '2', RF_HTTP_COMPRESSION: 'off', HOME: '/root' }),
      flagLayer(sampleSchema, { 'http-port': '3', 'model-control-mode': 'poll', repositories: ['b', 'c'] }),
    ],
  });
  assert.deepEqual(config, {
    http: { host: 'file', port: 3, receiveTimeoutMs: 60_000, compression: false },
    control: 'poll',
    repositories: ['b', 'c'],
    budgets: { a: 1 },
    threads: 'auto',
  });
});

test('an optional object is made only when something of it is given, and then with its defaults', () => {
  const given = compileConfig({
    schema: sampleSchema,
    layers: [file({ repositories: ['a'], tls: { certificate: 'c', key: 'k' } })],
  });
  assert.deepEqual(given.tls, { certificate: 'c', key: 'k', minVersion: 'TLSv1.3' });
  assert.equal('tls' in compileConfig({ schema: sampleSchema, layers: [file({ repositories: ['a'] })] }), false);
});

test('the result is frozen to the bottom and shares nothing with the layers', () => {
  const value = { repositories: ['a'], http: { port: 1 } };
  const config = compileConfig({ schema: sampleSchema, layers: [file(value)] });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.http) && Object.isFrozen(config.repositories));
  value.repositories.push('b');
  assert.deepEqual(config.repositories, ['a']);
});

test('all problems of all layers are reported at once, each with its source and path', () => {
  const lines = problemsOf([
    file({ http: { prot: 80, port: 70_000, compression: 'yes' }, budgets: { A: 1, b: 0 }, tls: null, extra: 1 }),
    environmentLayer(sampleSchema, 'RF', { RF_HTTP_RECEIVE_TIMEOUT_MS: 'soon', RF_HTP_PORT: '1' }),
    flagLayer(sampleSchema, { threads: '0', 'http-prot': '1', token: 'short' }),
  ]);
  assert.deepEqual(lines, [
    'rangefinder.yaml: http.prot: unknown key (did you mean port?)',
    'rangefinder.yaml: http.port: expected an integer from 0 to 65535, got 70000',
    'rangefinder.yaml: http.compression: expected true or false, got "yes"',
    'rangefinder.yaml: budgets.A: unknown key (keys must match ^[a-z]+$)',
    'rangefinder.yaml: budgets.b: expected an integer ≥ 1, got 0',
    'rangefinder.yaml: tls: expected an object, got null',
    'rangefinder.yaml: extra: unknown key',
    'environment RF_HTP_PORT: unknown variable (did you mean RF_HTTP_PORT?)',
    'environment RF_HTTP_RECEIVE_TIMEOUT_MS: http.receiveTimeoutMs: expected a number > 0 (ms), got "soon"',
    'flag --http-prot: unknown flag (did you mean http-port?)',
    'flag --threads: threads: expected "auto" or an integer ≥ 1, got "0"',
    'flag --token: token: expected a string of at least 8 characters, got a value that is not shown',
    'repositories: required: expected an array of 1 to 4 elements without duplicates',
  ]);
});

test('a secret never reaches a message, whatever is wrong with it', () => {
  const schema = Type.Object(
    { keys: Type.Array(Type.Integer(), { secret: true, uniqueItems: true }) },
    { additionalProperties: false },
  );
  for (const keys of [['hunter2'], [424_242, 424_242], [{ hunter2: 1 }], { hunter2: 1 }]) {
    assert.throws(
      () => compileConfig({ schema, layers: [file({ keys })] }),
      (error: Error) => !/hunter2|424242/.test(error.message),
    );
  }
});

test('more problems than eight are all listed', () => {
  const keys = Array.from({ length: 40 }, (_, i) => `nonsense${i}`);
  const lines = problemsOf([file({ repositories: ['a'], ...Object.fromEntries(keys.map((key) => [key, 1])) })]);
  assert.equal(lines.length, 40);
});

test('a check names the source of the field it refuses', () => {
  const layers = [file({ repositories: ['a'] }), flagLayer(sampleSchema, { 'http-port': '81' })];
  const check = (config: { http: { port: number } }) => [
    { path: ['http', 'port'], message: `expected an even port, got ${config.http.port}` },
    { path: ['http', 'host'], message: 'expected a name' },
  ];
  assert.throws(() => compileConfig({ schema: sampleSchema, layers, check }), {
    message:
      '2 problems in the configuration:\nflag --http-port: http.port: expected an even port, got 81\ndefault: http.host: expected a name',
  });
});

test('the origin of a value is known, also inside a list', () => {
  const { origins } = compileConfigWithOrigins({ schema: sampleSchema, layers: [file({ repositories: ['a'] })] });
  assert.equal(originOf(origins, ['repositories', 0]), 'rangefinder.yaml');
  assert.equal(originOf(origins, ['http', 'port']), undefined);
});

test('what Kubernetes sets for a Service of the same name is not mistaken for configuration', () => {
  const layer = environmentLayer(sampleSchema, 'RF', {
    RF_SERVICE_HOST: '10.0.0.1',
    RF_SERVICE_PORT: '8000',
    RF_PORT_8000_TCP_ADDR: '10.0.0.1',
    RF_PORT: 'tcp://10.0.0.1:8000',
  });
  assert.deepEqual(layer.problems, []);
});

test('keys that are special in JavaScript are ordinary unknown keys', () => {
  const value = JSON.parse(
    '{"repositories":["a"],"__proto__":{"polluted":1},"constructor":1,"budgets":{"__proto__":1}}',
  );
  const lines = problemsOf([file(value)]);
  assert.equal(lines.length, 3);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('a schema keyword that nobody checks is refused', () => {
  const schema = Type.Object({ a: Type.String({ format: 'uri' }) });
  assert.throws(() => compileConfig({ schema, layers: [] }), /schema keyword format is not understood/);
});

test('whatever a file says, the result is a config or one INVALID_ARGUMENT', () => {
  const anything = fc.record(
    {
      http: fc.anything(),
      control: fc.anything(),
      repositories: fc.anything(),
      budgets: fc.anything(),
      threads: fc.anything(),
      tls: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(anything, fc.anything()), anything, (first, second) => {
      try {
        compileConfig({ schema: sampleSchema, layers: [file(first), file(second)] });
      } catch (error) {
        assert.ok(error instanceof RangefinderError, String(error));
        assert.equal(error.code, 'INVALID_ARGUMENT');
      }
    }),
    { numRuns: 500 },
  );
});
