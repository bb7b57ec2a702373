import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataType, TensorSpec } from '@rangefinder/tensor';
import { parseHeaderLength } from '@rangefinder/protocol';
import { decode, refused, utf8, type DecodeOptions } from './support.ts';

interface Part {
  readonly text: string;
  readonly blob: readonly number[];
}

/** A body of JSON and blobs, with its header length. */
function binary(parts: readonly Part[], extra: readonly number[] = []): { body: Uint8Array; options: DecodeOptions } {
  const json = utf8(`{"inputs":[${parts.map((part) => `{${part.text}}`).join()}]}`);
  const body = Uint8Array.of(...json, ...parts.flatMap((part) => part.blob), ...extra);
  return { body, options: { headerLength: json.length } };
}

const part = (name: string, dataType: string, shape: string, blob: readonly number[], size = blob.length): Part => ({
  text: `"name":"${name}","datatype":"${dataType}","shape":${shape},"parameters":{"binary_data_size":${size}}`,
  blob,
});

test('blobs are views on the body, in the order of the inputs, beside inputs in JSON', async () => {
  const json: Part = { text: '"name":"j","datatype":"INT8","shape":[1],"data":[7]', blob: [] };
  const { body, options } = binary([
    part('a', 'UINT8', '[2]', [1, 2]),
    json,
    part('b', 'FP16', '[1]', [0, 0x3c]),
    part('c', 'BYTES', '[1]', [1, 0, 0, 0, 65]),
  ]);
  const { inputs } = await decode(body, options);
  assert.deepEqual(
    inputs.map(({ name, bytes }) => [name, [...bytes]]),
    [
      ['a', [1, 2]],
      ['j', [7]],
      ['b', [0, 0x3c]],
      ['c', [1, 0, 0, 0, 65]],
    ],
  );
  for (const index of [0, 2, 3]) assert.equal(inputs[index]!.bytes.buffer, body.buffer);
});

test('blobs that do not fit are refused', async () => {
  const cases: readonly [Part[], RegExp, number[]?][] = [
    [
      [part('a', 'FP32', '[2]', [0, 0, 0, 0])],
      /^inputs\[0\]\.parameters\.binary_data_size: 4 bytes, but shape \[2\] of FP32 takes 8$/,
    ],
    [
      [part('a', 'UINT8', '[9]', [1], 9)],
      /^inputs\[0\]\.parameters\.binary_data_size: 9 bytes at byte \d+ reach past the body/,
    ],
    [[part('a', 'UINT8', '[1]', [1])], /^request body: 2 bytes are left over at byte/, [5, 6]],
    [[part('a', 'BOOL', '[2]', [1, 2])], /element 1 is 2; BOOL is 0 or 1/],
    [[part('a', 'BYTES', '[1]', [9, 0, 0, 0, 65])], /element 0 at byte 0 says it is 9 bytes long, but 1 are left/],
    [[part('a', 'BYTES', '[1]', [0, 0, 0, 0, 65])], /1 bytes are left over after 1 BYTES elements/],
    [[part('a', 'BYTES', '[2]', [0, 0, 0, 0])], /ends at byte 4 inside the length of element 1/],
    [
      [{ text: '"name":"a","datatype":"INT8","shape":[1],"data":[1],"parameters":{"binary_data_size":1}', blob: [1] }],
      /has both 'data' and 'parameters\.binary_data_size'/,
    ],
    [
      [part('a', 'INT8', '[1]', [1], -1)],
      /^inputs\[0\]\.parameters\.binary_data_size: expected a non-negative integer, found -1/,
    ],
  ];
  for (const [parts, message, extra] of cases) {
    const { body, options } = binary(parts, extra);
    await refused(body, message, options);
  }
});

test('header lengths that do not fit are refused', async () => {
  const { body } = binary([part('a', 'INT8', '[1]', [1])]);
  await refused(body, /^Inference-Header-Content-Length: 5000 is not within the body of/, { headerLength: 5000 });
  await refused(body, /^Inference-Header-Content-Length: -1 is not within/, { headerLength: -1 });
  await refused(body, /^request body|^inputs/, { headerLength: 20 });
  await refused(body, /expected nothing after the JSON/, { headerLength: body.length });
  await refused(body.subarray(0, -1), /'binary_data_size' needs the Inference-Header-Content-Length header/);
  assert.equal(parseHeaderLength(undefined), undefined);
  assert.equal(parseHeaderLength('012'), 12);
  for (const text of ['', '-1', '1.5', '0x10', ' 5', '1e3', '99999999999999999', 'abc']) {
    assert.throws(() => parseHeaderLength(text), /Inference-Header-Content-Length: expected a number of bytes/);
  }
});

function raw(specs: readonly [DataType, TensorSpec['shape']][], maxBatchSize = 0): DecodeOptions {
  const inputs = specs.map(([dataType, shape], i) => ({ name: `x${i}`, dataType, shape, optional: false }));
  return { headerLength: 0, rawInput: () => ({ inputs, maxBatchSize }) };
}

test('a raw body is the single input of the model', async () => {
  const body = new Uint8Array(12);
  const shapeOf = async (options: DecodeOptions): Promise<readonly number[]> =>
    (await decode(body, options)).inputs[0]!.shape;
  assert.deepEqual(await shapeOf(raw([['FP32', [3]]])), [3]);
  assert.deepEqual(await shapeOf(raw([['FP32', [-1]]])), [3]);
  assert.deepEqual(await shapeOf(raw([['FP32', ['batch', 3]]], 8)), [1, 3]);
  assert.deepEqual(await shapeOf(raw([['UINT8', [-1, 'n', 4]]], 8)), [1, 3, 4]);
  const text = await decode('hello', raw([['BYTES', [-1, 1]]], 4));
  assert.deepEqual([...text.inputs[0]!.bytes], [5, 0, 0, 0, ...utf8('hello')]);
  assert.deepEqual(text.parameters.other, { binary_data_output: true });
});

test('raw bodies that do not fit are refused', async () => {
  const body = new Uint8Array(10);
  await refused(
    body,
    /needs a model with one input; 'm' has 2/,
    raw([
      ['FP32', [1]],
      ['FP32', [1]],
    ]),
  );
  await refused(body, /only one dimension may be open/, raw([['FP32', [-1, -1]]]));
  await refused(body, /10 bytes are not a whole number of 1 FP32 elements/, raw([['FP32', [-1]]]));
  await refused(body, /^request body: 10 bytes, but shape \[3\] of FP32 takes 12/, raw([['FP32', [3]]]));
  await refused(body, /a BYTES input must have one element/, raw([['BYTES', [2]]]));
  await refused(body.fill(3), /element 0 is 3; BOOL is 0 or 1/, raw([['BOOL', [-1]]]));
  await refused(body, /0 is not possible here/, { headerLength: 0 });
});
