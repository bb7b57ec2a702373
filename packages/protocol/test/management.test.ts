import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeIndexRequest,
  decodeLoadRequest,
  decodeUnloadRequest,
  errorBody,
  loadRequestJson,
  modelMetadataBody,
  repositoryIndexBody,
  statisticsBody,
} from '@rangefinder/protocol';
import { assertClientError, limits, utf8 } from './support.ts';

test('metadata names open dimensions -1', () => {
  const spec = { dataType: 'FP32' as const, optional: false };
  const body = modelMetadataBody({
    name: 'm',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ ...spec, name: 'x', shape: ['batch', -1, 3] }],
    outputs: [
      { ...spec, name: 'y', shape: undefined },
      { ...spec, name: 'z', shape: [] },
    ],
  });
  assert.deepEqual(body.inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, -1, 3] }]);
  assert.deepEqual(
    body.outputs.map(({ shape }) => shape),
    [[-1], []],
  );
  assert.deepEqual(errorBody('why'), { error: 'why' });
});

test('statistics have every field that perf_analyzer indexes', () => {
  const duration = { count: 2, totalUs: 1.5 };
  const { model_stats: models } = statisticsBody([
    {
      name: 'm',
      version: '1',
      lastInferenceWallMs: 5.4,
      inferenceCount: 3,
      executionCount: 2,
      success: duration,
      fail: duration,
      queue: duration,
      computeInput: duration,
      computeInfer: duration,
      computeOutput: duration,
      batches: [{ batchSize: 4, computeInput: duration, computeInfer: duration, computeOutput: duration }],
      memoryBytes: 10,
    },
  ]);
  const [model] = models;
  assert.ok(model);
  assert.equal(model.version, '1');
  assert.equal(model.last_inference, 5);
  const names = [
    'success',
    'fail',
    'queue',
    'compute_input',
    'compute_infer',
    'compute_output',
    'cache_hit',
    'cache_miss',
  ];
  assert.deepEqual(Object.keys(model.inference_stats), names);
  assert.deepEqual(model.inference_stats.queue, { count: 2, ns: 1500 });
  assert.deepEqual(model.batch_stats[0]!.compute_infer, { count: 2, ns: 1500 });
});

test('the index leaves out what is empty', () => {
  const entries = [
    { name: 'a', version: '1', state: 'READY', reason: '' },
    { name: 'b', version: '', state: 'UNAVAILABLE', reason: 'broken' },
  ];
  assert.deepEqual(repositoryIndexBody(entries), [
    { name: 'a', version: '1', state: 'READY' },
    { name: 'b', state: 'UNAVAILABLE', reason: 'broken' },
  ]);
  assert.deepEqual(decodeIndexRequest(new Uint8Array(), limits), { ready: false });
  assert.deepEqual(decodeIndexRequest(utf8('{"ready":true}'), limits), { ready: true });
  assert.throws(
    () => decodeIndexRequest(utf8('{"ready":1}'), limits),
    /^RangefinderError: ready: expected true or false/,
  );
  assert.throws(() => decodeIndexRequest(utf8('[]'), limits), /request body: expected a JSON object/);
});

test('load requests come back as they were', async () => {
  const name = fc.constantFrom('1/model.onnx', '2/model.onnx', '1/data/weights.bin');
  const files = fc.dictionary(name, fc.uint8Array({ maxLength: 50 }), { minKeys: 1, noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.option(files, { nil: undefined }), async (config, given) => {
      const request = { config, ...(given && { files: given }) };
      assert.deepEqual(await decodeLoadRequest(utf8(loadRequestJson(request)), limits), request);
    }),
  );
  const large = { config: '{}', files: { '1/model.onnx': new Uint8Array(2_000_000).fill(0xab) } };
  assert.deepEqual(await decodeLoadRequest(utf8(loadRequestJson(large)), limits), large);
  assert.deepEqual(await decodeLoadRequest(new Uint8Array(), limits), {});
  assert.deepEqual(await decodeLoadRequest(utf8('{}'), limits), {});
  assert.deepEqual(await decodeUnloadRequest(utf8('{"parameters":{"unload_dependents":true}}'), limits), {
    unloadDependents: true,
  });
  assert.deepEqual(await decodeUnloadRequest(new Uint8Array(), limits), { unloadDependents: false });
});

test('bad load and unload requests are refused by name', async () => {
  const cases: readonly [string, RegExp][] = [
    ['[]', /^request body: expected a JSON object/],
    ['{"parameters":1}', /^parameters: expected a JSON object/],
    ['{"parameters":{"config":{}}}', /^parameters\.config: expected a string/],
    ['{"parameters":{"cofnig":"{}"}}', /^parameters\.cofnig: unknown; expected 'config' or 'file:<version>\/<name>'/],
    ['{"parameters":{"file:1/m":"AQI="}}', /^parameters\.config: is needed when files are given/],
    ['{"parameters":{"config":"{}","file:1/m":"A"}}', /^parameters\.file:1\/m: is not base64/],
    ['{"parameters":{"config":"{}","file:1/m":"A=AA"}}', /is not base64/],
    ['{"parameters":{"config":"{}","file:1/m":"AA-_"}}', /is not base64/],
    ...['m', '../1/m', '1/../m', '/1/m', '1//m', '1/.', 'x/m', '1/a\\\\b', '1/\\u0000', '1/c:d'].map(
      (path): [string, RegExp] => [
        `{"parameters":{"config":"{}","file:${path}":"AQI="}}`,
        /expected 'file:<version>\/<name>' with a relative path/,
      ],
    ),
  ];
  for (const [body, message] of cases) {
    await assert.rejects(
      async () => decodeLoadRequest(utf8(body), limits),
      { code: 'INVALID_ARGUMENT', message },
      body,
    );
  }
  await assert.rejects(
    async () => decodeUnloadRequest(utf8('{"parameters":{"unload_dependents":"x"}}'), limits),
    /unload_dependents: expected true or false/,
  );
});

test('any bytes: a request or a client error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.json().map(utf8)), async (bytes) => {
      for (const decode of [decodeLoadRequest, decodeUnloadRequest, decodeIndexRequest]) {
        try {
          await decode(bytes, limits);
        } catch (error) {
          assertClientError(error);
        }
      }
    }),
  );
});
