import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { ask, echoBody, errorOf } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

const row = [1, 2, 3, 4];

test('server and model information has what the clients of Triton and KServe read', async (t) => {
  const { url } = await testServer(t);
  const server = JSON.parse((await ask(`${url}/v2/`)).text) as { name: string; extensions: string[] };
  assert.equal(server.name, 'rangefinder');
  assert.ok(server.extensions.includes('binary_tensor_data'));
  assert.deepEqual(JSON.parse((await ask(`${url}/v2/health/live`)).text), { live: true });
  assert.deepEqual(JSON.parse((await ask(`${url}/v2/health/ready`)).text), { ready: true });
  assert.deepEqual(JSON.parse((await ask(`${url}/v2/models/echo/ready`)).text), { name: 'echo', ready: true });
  const { models } = JSON.parse((await ask(`${url}/v2/models`)).text) as { models: string[] };
  assert.ok(models.includes('echo') && models.includes('matrix'));
  const metadata = JSON.parse((await ask(`${url}/v2/models/echo/versions/1`)).text) as object;
  assert.deepEqual(metadata, {
    name: 'echo',
    versions: ['1'],
    platform: 'builtin',
    inputs: [{ name: 'INPUT', datatype: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'OUTPUT', datatype: 'FP32', shape: [-1, 4] }],
  });
  const config = JSON.parse((await ask(`${url}/v2/models/echo/config`)).text) as Record<string, unknown>;
  assert.equal(config['max_batch_size'], 8);
  assert.deepEqual(config['model_transaction_policy'], { decoupled: false });
});

test('infer answers in JSON, with and without a version in the path', async (t) => {
  const { url } = await testServer(t);
  for (const path of ['/v2/models/echo/infer', '/v2/models/echo/versions/1/infer', '/v2/models/echo/infer/']) {
    const answer = await ask(url + path, { body: echoBody([row]) });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(JSON.parse(answer.text), {
      model_name: 'echo',
      model_version: '1',
      outputs: [{ name: 'OUTPUT', datatype: 'FP32', shape: [1, 4], data: row }],
    });
  }
});

test('binary tensors go in and come out, with the header that says where JSON ends', async (t) => {
  const { url } = await testServer(t);
  const tensor = Buffer.from(new Float32Array([...row, ...row]).buffer);
  const json = JSON.stringify({
    id: 'a1',
    inputs: [{ name: 'INPUT', shape: [2, 4], datatype: 'FP32', parameters: { binary_data_size: tensor.length } }],
    outputs: [{ name: 'OUTPUT', parameters: { binary_data: true } }],
  });
  const answer = await ask(`${url}/v2/models/echo/infer`, {
    body: Buffer.concat([Buffer.from(json), tensor]),
    headers: { 'Inference-Header-Content-Length': Buffer.byteLength(json) },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['content-type'], 'application/octet-stream');
  const length = Number(answer.headers['inference-header-content-length']);
  const head = JSON.parse(answer.bytes.subarray(0, length).toString()) as { id: string };
  assert.equal(head.id, 'a1');
  assert.deepEqual(answer.bytes.subarray(length), tensor);
});

test('a body that is only the raw input needs no JSON', async (t) => {
  const { url } = await testServer(t);
  const tensor = Buffer.from(new Float32Array(row).buffer);
  const answer = await ask(`${url}/v2/models/echo/infer`, {
    body: tensor,
    headers: { 'Inference-Header-Content-Length': '0' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.bytes.subarray(Number(answer.headers['inference-header-content-length'])), tensor);
});

test('compressed requests are inflated, and answers compressed as the client takes them', async (t) => {
  const { url } = await testServer(t);
  const rows = Array.from({ length: 8 }, () => [1.25, 2.25, 3.25, 4.25]);
  const many = JSON.stringify({
    id: 'x'.repeat(1000),
    inputs: [{ name: 'INPUT', shape: [8, 4], datatype: 'FP32', data: rows.flat() }],
  });
  for (const [coding, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    const answer = await ask(`${url}/v2/models/echo/infer`, {
      body: pack(many),
      headers: { 'Content-Encoding': coding, 'Accept-Encoding': 'gzip;q=0.9, deflate;q=0.1' },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['content-encoding'], 'gzip');
    const body = JSON.parse(gunzipSync(answer.bytes).toString()) as { outputs: { data: number[] }[] };
    assert.deepEqual(body.outputs[0]?.data, rows.flat());
  }
  const plain = await ask(`${url}/v2/models/echo/infer`, {
    body: many,
    headers: { 'Accept-Encoding': 'br, gzip;q=0' },
  });
  assert.equal(plain.headers['content-encoding'], undefined);
});

test('statistics have every field that clients index unseen', async (t) => {
  const { url } = await testServer(t);
  await ask(`${url}/v2/models/echo/infer`, { body: echoBody([row]) });
  const { model_stats: all } = JSON.parse((await ask(`${url}/v2/models/stats`)).text) as {
    model_stats: { name: string }[];
  };
  assert.ok(all.length >= 9);
  const answer = await ask(`${url}/v2/models/echo/versions/1/stats`);
  const { model_stats: stats } = JSON.parse(answer.text) as { model_stats: Record<string, unknown>[] };
  const [one] = stats;
  assert.equal(one?.['version'], '1');
  assert.equal(one?.['inference_count'], 1);
  const parts = Object.keys(one?.['inference_stats'] as object);
  for (const part of [
    'success',
    'queue',
    'compute_input',
    'compute_infer',
    'compute_output',
    'cache_hit',
    'cache_miss',
  ]) {
    assert.ok(parts.includes(part), part);
  }
});

test('models are listed, loaded and unloaded under explicit control', async (t) => {
  const { url } = await testServer(t, { modelControlMode: 'explicit', loadModels: ['echo'] });
  const index = async (body: string): Promise<{ name: string; state: string }[]> =>
    JSON.parse((await ask(`${url}/v2/repository/index`, { method: 'POST', body })).text) as {
      name: string;
      state: string;
    }[];
  assert.deepEqual(
    (await index('{"ready":true}')).map(({ name }) => name),
    ['echo'],
  );
  assert.ok((await index('')).some(({ name, state }) => name === 'text' && state !== 'READY'));
  const load = await ask(`${url}/v2/repository/models/text/load`, { method: 'POST', body: '{}' });
  assert.equal(load.status, 200, load.text);
  assert.equal((await ask(`${url}/v2/models/text/ready`)).status, 200);
  const unload = await ask(`${url}/v2/repository/models/text/unload`, {
    method: 'POST',
    body: '{"parameters":{"unload_dependents":false}}',
  });
  assert.equal(unload.status, 200, unload.text);
  const ready = await ask(`${url}/v2/models/text/ready`);
  assert.equal(ready.status, 503);
  assert.match(errorOf(ready), /not ready/);
  assert.equal((JSON.parse(ready.text) as { ready: boolean }).ready, false);
});

test('loading is refused where model control is not explicit', async (t) => {
  const { url } = await testServer(t);
  const answer = await ask(`${url}/v2/repository/models/echo/load`, { method: 'POST', body: '' });
  assert.equal(answer.status, 403);
  assert.match(errorOf(answer), /model control/);
});

test('what is not offered says so', async (t) => {
  const { url } = await testServer(t);
  for (const [method, path] of [
    ['GET', '/v2/systemsharedmemory/status'],
    ['POST', '/v2/systemsharedmemory/region/r/register'],
    ['POST', '/v2/cudasharedmemory/unregister'],
    ['POST', '/v2/models/echo/generate'],
    ['POST', '/v2/models/echo/versions/1/generate_stream'],
  ] as const) {
    const answer = await ask(url + path, { method });
    assert.equal(answer.status, 501, path);
    assert.equal(answer.headers['rangefinder-error-code'], 'UNSUPPORTED');
    assert.match(errorOf(answer), /shared memory|generate/);
  }
});

test('log settings can be read and changed while the server runs', async (t) => {
  const { url, logger } = await testServer(t);
  const change = async (body: object): Promise<Record<string, unknown>> =>
    JSON.parse((await ask(`${url}/v2/logging`, { method: 'POST', body: JSON.stringify(body) })).text) as Record<
      string,
      unknown
    >;
  assert.equal((await change({ log_verbose_level: 0 }))['log_info'], true);
  assert.equal(logger.level, 'info');
  assert.equal((await change({ log_info: false }))['log_warning'], true);
  assert.equal(logger.level, 'warn');
  assert.deepEqual(await change({ log_verbose_level: 1 }).then((settings) => settings['log_verbose_level']), 1);
  assert.equal(logger.level, 'debug');
  const read = JSON.parse((await ask(`${url}/v2/logging`)).text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(read).toSorted(), [
    'log_error',
    'log_file',
    'log_format',
    'log_info',
    'log_verbose_level',
    'log_warning',
  ]);
});

test('trace settings can be read and changed, for the server and for one model', async (t) => {
  const { url } = await testServer(t);
  const get = async (path: string): Promise<Record<string, unknown>> =>
    JSON.parse((await ask(url + path)).text) as Record<string, unknown>;
  const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
    JSON.parse((await ask(url + path, { method: 'POST', body: JSON.stringify(body) })).text) as Record<string, unknown>;
  assert.equal((await get('/v2/trace/setting'))['trace_rate'], '1');
  assert.equal(
    (await post('/v2/trace/setting', { trace_rate: '50', trace_level: ['TIMESTAMPS'] }))['trace_rate'],
    '50',
  );
  assert.equal((await post('/v2/models/echo/trace/setting', { trace_rate: 7 }))['trace_rate'], '7');
  assert.equal((await get('/v2/models/text/trace/setting'))['trace_rate'], '50');
  assert.equal((await post('/v2/models/echo/trace/setting', { trace_rate: null }))['trace_rate'], '50');
  assert.equal((await post('/v2/trace/setting', { trace_rate: null }))['trace_rate'], '1');
});
