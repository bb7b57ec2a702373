import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curlCommand, shellQuote } from '../src/app/logic/curl-command.ts';
import { exampleInputs } from '../src/app/logic/example-request.ts';
import { JSON_LENGTH_HEADER, decodeResponse, encodeRequest } from '../src/app/logic/oip-message.ts';
import { readRequest, writeResponse } from './mock/mock-tensors.ts';
import { Buffer } from 'node:buffer';

const small = { name: 'x', dataType: 'FP32' as const, shape: [1, 2], values: Float32Array.of(0.1, 2) };

test('a small request is JSON with readable numbers', () => {
  const request = encodeRequest([small], { binaryOutputs: false });
  assert.equal(request.binary, false);
  assert.equal(request.json, '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[0.100000001,2]}]}');
});

test('64-bit integers, booleans and texts are JSON as they are', () => {
  const request = encodeRequest(
    [
      { name: 'a', dataType: 'INT64', shape: [1], values: BigInt64Array.of(2n ** 62n) },
      { name: 'b', dataType: 'BOOL', shape: [2], values: Uint8Array.of(1, 0) },
      { name: 'c', dataType: 'BYTES', shape: [1], values: ['"q"'] },
    ],
    { binaryOutputs: true, id: '7' },
  );
  assert.match(request.json, /"data":\[4611686018427387904\]/);
  assert.deepEqual(JSON.parse(request.json).inputs[1].data, [true, false]);
  assert.deepEqual(JSON.parse(request.json).inputs[2].data, ['"q"']);
  assert.deepEqual(JSON.parse(request.json).parameters, { binary_data_output: true });
});

test('large, half-precision and non-finite inputs go binary', () => {
  const large = { name: 'x', dataType: 'FP32' as const, shape: [10_000], values: new Float32Array(10_000) };
  const half = { name: 'x', dataType: 'FP16' as const, shape: [1], values: Float32Array.of(1) };
  const nan = { name: 'x', dataType: 'FP32' as const, shape: [1], values: Float32Array.of(NaN) };
  for (const input of [large, half, nan]) assert.equal(encodeRequest([input], { binaryOutputs: true }).binary, true);
});

test('a binary body is JSON and then the tensors in order, the header telling where', () => {
  const second = { name: 'n', dataType: 'INT64' as const, shape: [1], values: BigInt64Array.of(5n) };
  const request = encodeRequest([{ ...small, values: Float32Array.of(NaN, 2) }, second], { binaryOutputs: true });
  const head = Number(request.headers[JSON_LENGTH_HEADER]);
  assert.equal(head, new TextEncoder().encode(request.json).byteLength);
  assert.equal(request.body.byteLength, head + 8 + 8);
  const read = readRequest(Buffer.from(request.body), head);
  assert.deepEqual([...(read.inputs[0]!.values as Float32Array)], [NaN, 2]);
  assert.deepEqual([...(read.inputs[1]!.values as BigInt64Array)], [5n]);
});

test('responses are read, JSON and binary alike', () => {
  const outputs = [
    { name: 'a', datatype: 'FP32', shape: [1, 2], values: Float32Array.of(1.5, -2) },
    { name: 'b', datatype: 'FP32', shape: [1], values: Float32Array.of(3) },
  ];
  for (const binary of [false, true]) {
    const { headers, body } = writeResponse('m', '1', outputs, binary);
    const length = headers[JSON_LENGTH_HEADER];
    const response = decodeResponse(body, length === undefined ? undefined : Number(length));
    assert.equal(response.modelName, 'm');
    assert.deepEqual(response.outputs[0], {
      name: 'a',
      dataType: 'FP32',
      shape: [1, 2],
      values: Float32Array.of(1.5, -2),
    });
    assert.deepEqual(response.outputs[1]!.values, Float32Array.of(3));
  }
});

test('a response that contradicts itself names the output', () => {
  const body = (outputs: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify({ outputs }));
  assert.throws(
    () => decodeResponse(body([{ name: 'o', datatype: 'FP32', shape: [2], data: [1] }]), undefined),
    /output 'o': expected 2 values, got 1/,
  );
  assert.throws(
    () => decodeResponse(body([{ name: 'o', datatype: 'FP8_E4M3FN', shape: [1] }]), undefined),
    /output 'o': the page cannot show FP8_E4M3FN/,
  );
  assert.throws(
    () =>
      decodeResponse(
        body([{ name: 'o', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }]),
        undefined,
      ),
    /output 'o': the body ends/,
  );
  assert.throws(() => decodeResponse(new Uint8Array(4), 9), /is 9, the body has 4 bytes/);
});

test('the curl command survives a shell', () => {
  assert.equal(shellQuote('plain-word.bin'), 'plain-word.bin');
  assert.equal(shellQuote("it's"), `'it'\\''s'`);
  const json = curlCommand('http://h/v2/models/a%20b/infer', encodeRequest([small], { binaryOutputs: false }), '');
  assert.match(json, /^curl -s http:\/\/h\/v2\/models\/a%20b\/infer \\\n/);
  assert.match(json, /-d '\{"inputs"/);
  const binary = curlCommand(
    'http://h/',
    encodeRequest([{ ...small, values: Float32Array.of(NaN, 0) }], { binaryOutputs: true }),
    'body.bin',
  );
  assert.match(binary, /--data-binary @body\.bin$/);
});

test('the example request follows the declaration', () => {
  const inputs = exampleInputs([
    { name: 'x', datatype: 'FP32', shape: [-1, 3] },
    { name: 'sr', datatype: 'INT64', shape: [] },
    { name: 'odd', datatype: 'COMPLEX64', shape: [1] },
  ]);
  assert.deepEqual(
    inputs.map(({ name, shape, values }) => [name, shape, [...values]]),
    [
      ['x', [1, 3], [0, 0, 0]],
      ['sr', [], [16_000n]],
    ],
  );
});
