import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { DEFAULT_LIMITS } from '@rangefinder/base';
import { decodeInferRequest, encodeInferResponse, parseHeaderLength } from '@rangefinder/protocol';
import { bytesOf, encodeStringElements, tensorValues, type InferenceRequest, type Tensor } from '@rangefinder/tensor';
import { json, withServer, type FakeAnswer, type SeenRequest } from './fake-server.ts';

const floats: Tensor = { name: 'x', dataType: 'FP32', shape: [2], bytes: bytesOf(Float32Array.of(1.5, -2)) };
const words: Tensor = { name: 's', dataType: 'BYTES', shape: [2], bytes: encodeStringElements(['a', 'é']) };

/** Answers with the request's own inputs. */
async function echo(seen: SeenRequest): Promise<{ request: InferenceRequest; answer: FakeAnswer }> {
  const encoding = seen.headers['content-encoding'];
  const body =
    encoding === 'gzip' ? zlib.gunzipSync(seen.body) : encoding === 'deflate' ? zlib.inflateSync(seen.body) : seen.body;
  const headerLength = parseHeaderLength(seen.headers['inference-header-content-length'] as string | undefined);
  const request = await decodeInferRequest({
    modelName: 'm',
    modelVersion: '',
    body,
    headerLength,
    limits: DEFAULT_LIMITS,
  });
  const response = { modelName: 'm', modelVersion: '3', id: request.id, outputs: request.inputs, parameters: {} };
  const encoded = await encodeInferResponse(response, request);
  const plain = Buffer.concat(encoded.chunks);
  const headers: Record<string, string> = { 'content-type': encoded.contentType };
  if (encoded.headerContentLength !== undefined)
    headers['inference-header-content-length'] = String(encoded.headerContentLength);
  if (encoding) headers['content-encoding'] = encoding;
  const sent = encoding === 'gzip' ? zlib.gzipSync(plain) : encoding === 'deflate' ? zlib.deflateSync(plain) : plain;
  return { request, answer: { headers, body: sent } };
}

const echoAnswer = async (seen: SeenRequest): Promise<FakeAnswer> => (await echo(seen)).answer;

test('tensors go out and come back, in binary, in JSON, and compressed', async () => {
  await withServer(echoAnswer, async (client, seen) => {
    for (const binary of [true, false]) {
      for (const compression of [undefined, 'gzip', 'deflate'] as const) {
        const result = await client.infer('m', [floats, words], {
          binary,
          id: 'q',
          ...(compression && { compression }),
        });
        assert.equal(result.modelVersion, '3');
        assert.equal(result.id, 'q');
        assert.deepEqual(result.array('x'), Float32Array.of(1.5, -2));
        assert.deepEqual(result.strings('s'), ['a', 'é']);
        assert.deepEqual(result.values('x'), [1.5, -2]);
        const { headers, path } = seen.at(-1)!;
        assert.equal(path, '/v2/models/m/infer');
        assert.equal(headers['content-type'], binary ? 'application/octet-stream' : 'application/json');
        assert.equal('inference-header-content-length' in headers, binary);
        assert.equal(headers['content-encoding'], compression);
      }
    }
  });
});

test('options reach the request', async () => {
  const requests: InferenceRequest[] = [];
  const record = async (seen: SeenRequest): Promise<FakeAnswer> => {
    const { request, answer } = await echo(seen);
    requests.push(request);
    return answer;
  };
  await withServer(
    record,
    async (client, seen) => {
      const outputs = ['y', { name: 'z', binaryData: undefined, classificationCount: 2 }];
      const parameters = { priority: 2, timeout: 500, color: 'red' };
      await client.infer('a b/c', [floats], {
        modelVersion: '7',
        outputs,
        parameters,
        binary: false,
        headers: { 'x-trace': '1' },
      });
      assert.equal(seen[0]!.path, '/v2/models/a%20b%2Fc/versions/7/infer');
      assert.equal(seen[0]!.headers['x-trace'], '1');
      assert.equal(seen[0]!.headers['authorization'], 'Bearer t');
      assert.deepEqual(requests[0]!.parameters, { priority: 2, timeoutUs: 500, other: { color: 'red' } });
      assert.deepEqual(requests[0]!.outputs, [
        { name: 'y', binaryData: false, classificationCount: 0 },
        { name: 'z', binaryData: false, classificationCount: 2 },
      ]);
    },
    { headers: { authorization: 'Bearer t' } },
  );
});

test('a type without JSON form goes as binary even when JSON is asked for', async () => {
  const half: Tensor = { name: 'h', dataType: 'FP16', shape: [1], bytes: bytesOf(Uint16Array.of(0x3c00)) };
  const record = async (seen: SeenRequest): Promise<FakeAnswer> => {
    const { request } = await echo(seen).catch(() => ({ request: undefined }));
    assert.equal(request, undefined);
    return json({ model_name: 'm', model_version: '1', outputs: [] });
  };
  await withServer(record, async (client, seen) => {
    await client.infer('m', [half, floats], { binary: false });
    assert.ok('inference-header-content-length' in seen[0]!.headers);
    const text = seen[0]!.body.toString('latin1');
    assert.match(text, /"binary_data_size":2/);
    assert.match(text, /"data":\[1\.5,-2\]/);
  });
});

test("a malformed answer is the server's fault", async () => {
  const answers: FakeAnswer[] = [
    json({ outputs: [{ name: 'y', datatype: 'FP32', shape: [2], data: [1] }] }),
    { body: 'not json' },
    { body: '{}', headers: { 'inference-header-content-length': '99' } },
    { body: 'x', headers: { 'content-encoding': 'gzip' } },
  ];
  await withServer(
    () => answers.shift()!,
    async (client) => {
      while (answers.length > 0) await assert.rejects(client.infer('m', [floats]), { code: 'INTERNAL' });
    },
  );
});

test('asking for an output that did not come says which did', async () => {
  await withServer(echoAnswer, async (client) => {
    const result = await client.infer('m', [floats, words]);
    assert.throws(() => result.output('y'), /no output 'y'; the response has 'x', 's'/);
    assert.throws(() => result.output(), /no output ''/);
    assert.throws(() => result.strings('x'), /output 'x' is FP32, not BYTES/);
    assert.deepEqual(tensorValues(result.output('s')), ['a', 'é']);
  });
});
