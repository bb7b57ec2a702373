import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, echoBody } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('metrics have the names that existing dashboards read, and count', async (t) => {
  const { url, server } = await testServer(t, { metrics: true });
  for (let i = 0; i < 3; i++)
    await ask(`${url}/v2/models/echo/infer`, {
      body: echoBody([
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ]),
    });
  const failing = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [1] }] });
  await ask(`${url}/v2/models/failing/infer`, { body: failing });
  const answer = await ask(server.metricsUrl);
  assert.match(String(answer.headers['content-type']), /^text\/plain/);
  const { text } = answer;
  const echo = '{model="echo",version="1"}';
  assert.equal(valueOf(text, `nv_inference_request_success${echo}`), 3);
  assert.equal(valueOf(text, `nv_inference_count${echo}`), 6);
  assert.equal(valueOf(text, `nv_inference_pending_request_count${echo}`), 0);
  assert.equal(valueOf(text, 'nv_inference_request_failure{model="failing",version="1",reason="OTHER"}'), 1);
  for (const name of ['request', 'queue', 'compute_input', 'compute_infer', 'compute_output']) {
    assert.notEqual(valueOf(text, `nv_inference_${name}_duration_us${echo}`), undefined, name);
  }
  assert.ok((valueOf(text, `nv_model_load_duration_secs${echo}`) ?? 0) > 0);
  assert.ok((valueOf(text, 'nv_cpu_memory_total_bytes') ?? 0) > 0);
  assert.notEqual(valueOf(text, 'nv_cpu_utilization'), undefined);
  assert.equal(valueOf(text, `rangefinder_batch_rows_sum${echo}`), 6);
  assert.equal(valueOf(text, `rangefinder_queue_delay_seconds_count${echo}`), 3);
  assert.equal(valueOf(text, 'rangefinder_http_requests_total{route="modelInfer",status="200"}'), 3);
  assert.equal(valueOf(text, 'rangefinder_http_requests_total{route="modelInfer",status="500"}'), 1);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.match(text, /^process_resident_memory_bytes /m);
});

test('every metric has one help and one type line before its samples, and no series comes twice', async (t) => {
  const { url, server } = await testServer(t, { metrics: true });
  await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]) });
  const lines = (await ask(server.metricsUrl)).text.split('\n').filter((line) => line !== '');
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
  assert.equal(new Set(types).size, types.length);
  const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')));
  assert.equal(new Set(series).size, series.length);
  for (const name of series) assert.match(name, /^[a-zA-Z_:][\w:]*(\{.*\})?$/);
});

test('a model that is gone takes its series with it, and made-up names leave none', async (t) => {
  const { url, server } = await testServer(t, { metrics: true, modelControlMode: 'explicit', loadModels: ['*'] });
  await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]) });
  for (let i = 0; i < 50; i++) await ask(`${url}/v2/models/made-up-${i}/infer`, { body: '{}' });
  assert.match((await ask(server.metricsUrl)).text, /rangefinder_batch_rows_count\{model="echo"/);
  await ask(`${url}/v2/repository/models/echo/unload`, { method: 'POST', body: '' });
  const { text } = await ask(server.metricsUrl);
  assert.doesNotMatch(text, /rangefinder_batch_rows_count\{model="echo"/);
  assert.doesNotMatch(text, /nv_inference_count\{model="echo"/);
  assert.doesNotMatch(text, /made-up/);
});

test('the metrics port serves metrics and nothing else', async (t) => {
  const { server } = await testServer(t, { metrics: true });
  const base = server.metricsUrl.replace('/metrics', '');
  assert.equal((await ask(`${base}/v2/health/live`)).status, 404);
  assert.equal((await ask(`${base}/metrics`, { method: 'POST', body: 'x' })).status, 405);
});
