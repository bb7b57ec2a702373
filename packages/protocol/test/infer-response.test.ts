import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checkJsonOutputs,
  encodeInferResponse,
  isJsonDataType,
  wantsBinary,
  type EncodedBody,
  type OutputWishes,
} from '@rangefinder/protocol';
import {
  bytesOf,
  DATA_TYPES,
  encodeBytesElements,
  type DataType,
  type InferenceResponse,
  type Tensor,
  type TensorSpec,
} from '@rangefinder/tensor';
import { joined } from './support.ts';

const floats: Tensor = { name: 'y', dataType: 'FP32', shape: [2], bytes: bytesOf(Float32Array.of(0.1, 1)) };
const bytes: Tensor = { name: 'z', dataType: 'UINT8', shape: [3], bytes: Uint8Array.of(1, 2, 3) };

function wishes(outputs: OutputWishes['outputs'] = [], binaryDataOutput?: boolean): OutputWishes {
  const other = binaryDataOutput === undefined ? {} : { binary_data_output: binaryDataOutput };
  return { outputs, parameters: { priority: 0, timeoutUs: 0, other } };
}

function response(outputs: readonly Tensor[], more: Partial<InferenceResponse> = {}): InferenceResponse {
  return { modelName: 'm', modelVersion: '1', id: '', outputs, parameters: {}, ...more };
}

async function encode(outputs: readonly Tensor[], request = wishes()): Promise<EncodedBody> {
  return encodeInferResponse(response(outputs), request);
}

async function jsonValues(tensor: Omit<Tensor, 'name'>): Promise<string> {
  const text = Buffer.concat((await encode([{ name: 'y', ...tensor }])).chunks).toString();
  return /"data":(\[.*\])\}\]\}$/s.exec(text)![1]!;
}

test('the JSON is the one that clients know', async () => {
  const full = await encodeInferResponse(
    response([floats], { id: 'a"b', parameters: { n: 2n ** 60n, f: true, s: 'é' } }),
    wishes(),
  );
  assert.equal(
    joined(full).toString(),
    new TextEncoder()
      .encode(
        '{"model_name":"m","model_version":"1","id":"a\\"b","parameters":{"n":1152921504606846976,"f":true,"s":"é"},' +
          '"outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[0.1,1]}]}',
      )
      .toString(),
  );
  assert.equal(full.contentType, 'application/json');
  assert.deepEqual(JSON.parse(Buffer.from(joined(await encode([]))).toString()), {
    model_name: 'm',
    model_version: '1',
    outputs: [],
  });
});

test('each output goes as asked: its own wish wins over that of the request', async () => {
  const wish = (binaryData: boolean | undefined): OutputWishes['outputs'] => [
    { name: 'y', binaryData, classificationCount: 0 },
  ];
  assert.equal(wantsBinary(wishes(), 'y'), false);
  assert.equal(wantsBinary(wishes([], true), 'y'), true);
  assert.equal(wantsBinary(wishes(wish(false), true), 'y'), false);
  assert.equal(wantsBinary(wishes(wish(true), false), 'y'), true);
  assert.equal(wantsBinary(wishes(wish(undefined), true), 'y'), true);
  const body = await encode([floats, bytes], wishes(wish(true)));
  const all = Buffer.from(joined(body));
  assert.equal(body.contentType, 'application/octet-stream');
  assert.equal(all.length, body.contentLength);
  const head = JSON.parse(all.subarray(0, body.headerContentLength).toString()) as { outputs: unknown[] };
  assert.deepEqual(head.outputs, [
    { name: 'y', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
    { name: 'z', datatype: 'UINT8', shape: [3], data: [1, 2, 3] },
  ]);
  assert.deepEqual(new Uint8Array(all.subarray(body.headerContentLength)), new Uint8Array(floats.bytes));
  assert.equal(body.chunks.at(-1), floats.bytes);
});

test('FP32 is written with the digits that reading it back needs, and no more than nine', async () => {
  const patterns = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((bits) => new Float32Array(Int32Array.of(bits).buffer)[0]!),
    fc
      .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -40, max: 30 }))
      .map(([digits, exponent]) => Math.fround(Number(`${digits}e${exponent}`))),
  );
  const finite = fc.array(patterns.filter(Number.isFinite), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(finite, async (values) => {
      const text = await jsonValues({
        dataType: 'FP32',
        shape: [values.length],
        bytes: bytesOf(Float32Array.from(values)),
      });
      for (const [i, printed] of text.slice(1, -1).split(',').entries()) {
        assert.ok(Object.is(Math.fround(Number(printed)), values[i]), `${values[i]} printed as ${printed}`);
        assert.equal(
          JSON.stringify(JSON.parse(printed)),
          printed === '-0' ? '0' : printed,
          'as JavaScript prints that number',
        );
        const digits = printed.replace(/e.*$/, '').replace(/\D/g, '').replace(/^0+/, '').replace(/0+$/, '');
        assert.ok(digits.length <= 9, printed);
        // Integers are written out.
        const isWhole = /^-?\d+$/.test(printed);
        const shorter = Number(Math.abs(values[i]!).toPrecision(Math.max(1, digits.length - 1)));
        if (digits.length > 1 && !isWhole)
          assert.notEqual(Math.fround(shorter), Math.abs(values[i]!), `${printed} has a digit too many`);
      }
    }),
    { numRuns: 1000 },
  );
  const cases = [
    0.1, 16777216, 1e-7, 1.5e-8, 3.4028235e38, 1e-45, 1.17549435e-38, 1e21, 123456792, 0.333333343, -0, 1e9, 1e10,
  ];
  const text = await jsonValues({ dataType: 'FP32', shape: [cases.length], bytes: bytesOf(Float32Array.from(cases)) });
  assert.equal(
    text,
    '[0.1,16777216,1e-7,1.5e-8,3.4028235e+38,1e-45,1.1754944e-38,1e+21,123456792,0.33333334,-0,1000000000,10000000000]',
  );
});

test('other types', async () => {
  const shape = [3];
  assert.equal(
    await jsonValues({ dataType: 'FP64', shape, bytes: bytesOf(Float64Array.of(0.1, 1e300, -0)) }),
    '[0.1,1e+300,-0]',
  );
  assert.equal(
    await jsonValues({ dataType: 'INT64', shape, bytes: bytesOf(BigInt64Array.of(-(2n ** 63n), -1n, 2n ** 53n + 1n)) }),
    '[-9223372036854775808,-1,9007199254740993]',
  );
  assert.equal(
    await jsonValues({ dataType: 'UINT64', shape, bytes: bytesOf(BigUint64Array.of(0n, 2n ** 64n - 1n, 5n)) }),
    '[0,18446744073709551615,5]',
  );
  assert.equal(
    await jsonValues({ dataType: 'INT8', shape, bytes: bytesOf(Int8Array.of(-128, 0, 127)) }),
    '[-128,0,127]',
  );
  assert.equal(await jsonValues({ dataType: 'BOOL', shape, bytes: Uint8Array.of(0, 1, 1) }), '[false,true,true]');
  const text = ['"\\\u0000\u001f\n', 'é😀\u007f', 'x'.repeat(100)];
  const encoded = encodeBytesElements(text.map((one) => new TextEncoder().encode(one)));
  assert.deepEqual(JSON.parse(await jsonValues({ dataType: 'BYTES', shape, bytes: encoded })), text);
});

test('what JSON cannot carry is refused with the way out', async () => {
  const reject = (tensor: Omit<Tensor, 'name'>, code: string, message: RegExp): Promise<void> =>
    assert.rejects(async () => encode([{ name: 'y', ...tensor }]), { code, message });
  const nan = bytesOf(Float32Array.of(1, NaN));
  await reject(
    { dataType: 'FP32', shape: [2], bytes: nan },
    'UNSUPPORTED',
    /^output 'y': element 1 is NaN, which JSON cannot carry; ask for binary_data$/,
  );
  await reject(
    { dataType: 'FP64', shape: [1], bytes: bytesOf(Float64Array.of(-Infinity)) },
    'UNSUPPORTED',
    /element 0 is -Infinity/,
  );
  const broken = encodeBytesElements([Uint8Array.of(65), Uint8Array.of(0xff)]);
  await reject({ dataType: 'BYTES', shape: [2], bytes: broken }, 'UNSUPPORTED', /^output 'y': element 1 is not UTF-8/);
  await reject(
    { dataType: 'FP16', shape: [1], bytes: new Uint8Array(2) },
    'INVALID_ARGUMENT',
    /^output 'y': FP16 cannot travel in JSON; ask for binary_data$/,
  );
  await reject(
    { dataType: 'COMPLEX64', shape: [1], bytes: new Uint8Array(8) },
    'INVALID_ARGUMENT',
    /COMPLEX64 cannot travel in JSON/,
  );
});

test('what JSON cannot carry is known before the inference where the type says so', () => {
  const spec = (name: string, dataType: DataType): TensorSpec => ({ name, dataType, shape: [1], optional: false });
  const declared = [spec('h', 'FP16'), spec('f', 'FP32')];
  const wish = (name: string, binaryData: boolean | undefined, classificationCount = 0): OutputWishes['outputs'] => [
    { name, binaryData, classificationCount },
  ];
  assert.throws(() => checkJsonOutputs(wishes(), declared), { code: 'INVALID_ARGUMENT', message: /^output 'h': FP16/ });
  assert.throws(() => checkJsonOutputs(wishes(wish('h', false), true), declared), /FP16/);
  checkJsonOutputs(wishes([], true), declared);
  checkJsonOutputs(wishes(wish('h', true)), declared);
  checkJsonOutputs(wishes(wish('f', undefined)), declared);
  checkJsonOutputs(wishes(wish('h', undefined, 3)), declared);
  const inJson = (Object.keys(DATA_TYPES) as DataType[]).filter(isJsonDataType);
  assert.deepEqual(inJson, [
    'BOOL',
    'UINT8',
    'UINT16',
    'UINT32',
    'UINT64',
    'INT8',
    'INT16',
    'INT32',
    'INT64',
    'FP32',
    'FP64',
    'BYTES',
  ]);
});

test('large bodies are written over many turns, small ones at once', async () => {
  let turns = 0;
  const yieldToEventLoop = (): Promise<void> => Promise.resolve(void turns++);
  const large: Tensor = {
    name: 'y',
    dataType: 'FP64',
    shape: [100_000],
    bytes: bytesOf(Float64Array.from({ length: 100_000 }, (_, i) => i / 7)),
  };
  const body = await encodeInferResponse(response([large]), wishes(), { yieldToEventLoop });
  assert.ok(turns > 15 && body.contentLength > 1_000_000, `${turns} turns`);
  const long: Tensor = {
    name: 'y',
    dataType: 'BYTES',
    shape: [1],
    bytes: encodeBytesElements([new TextEncoder().encode('é"'.repeat(400_000))]),
  };
  turns = 0;
  const text = await encodeInferResponse(response([long]), wishes(), { yieldToEventLoop });
  assert.ok(turns > 10, `${turns} turns`);
  assert.equal(
    (JSON.parse(Buffer.from(joined(text)).toString()) as { outputs: { data: string[] }[] }).outputs[0]!.data[0],
    'é"'.repeat(400_000),
  );
  assert.ok(!(encodeInferResponse(response([floats]), wishes()) instanceof Promise));
  assert.ok(!(encodeInferResponse(response([large]), wishes([], true)) instanceof Promise));
});
