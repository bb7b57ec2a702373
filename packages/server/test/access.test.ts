import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, echoBody, errorOf } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

const body = echoBody([[1, 2, 3, 4]]);
const path = '/v2/models/echo/infer';

test('our own page may call everything', async (t) => {
  const { url, port } = await testServer(t);
  for (const headers of [
    { 'Sec-Fetch-Site': 'same-origin', Origin: url },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: `http://localhost:${port}`, Host: `localhost:${port}` },
  ]) {
    assert.equal((await ask(url + path, { body, headers })).status, 200);
  }
});

test('no other page gets CORS headers unless it is named', async (t) => {
  const { url } = await testServer(t, { corsOrigins: ['https://app.example'] });
  const stranger = await ask(`${url}/v2`, { headers: { Origin: 'https://other.example' } });
  assert.equal(stranger.headers['access-control-allow-origin'], undefined);
  const friend = await ask(url + path, {
    body,
    headers: { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' },
  });
  assert.equal(friend.status, 200, friend.text);
  assert.equal(friend.headers['access-control-allow-origin'], 'https://app.example');
  const preflight = await ask(url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-headers'], 'content-type');
});

test('a page behind a rebound name is turned away unless the name is allowed', async (t) => {
  const { url } = await testServer(t, { allowedHosts: ['models.example'] });
  const asks = (host: string) => ask(`${url}/v2`, { headers: { Host: host, 'Sec-Fetch-Site': 'same-origin' } });
  assert.equal((await asks('models.example:8000')).status, 200);
  assert.equal((await asks('localhost')).status, 200);
  assert.equal((await asks('[::1]:8000')).status, 200);
  assert.equal((await asks('evil.example')).status, 403);
  assert.equal((await ask(`${url}/v2`, { headers: { Host: 'service.cluster.local' } })).status, 200);
});

test('restricted groups need their secret, others do not', async (t) => {
  const { url } = await testServer(t, { httpRestrictedApi: ['model-repository+logging:admin-key=sesame'] });
  const index = (headers: Record<string, string>) => ask(`${url}/v2/repository/index`, { method: 'POST', headers });
  assert.equal((await index({})).status, 403);
  const wrong = await index({ 'admin-key': 'open' });
  assert.match(errorOf(wrong), /admin-key/);
  assert.doesNotMatch(wrong.text, /sesame/);
  assert.equal((await index({ 'admin-key': 'sesame' })).status, 200);
  assert.equal((await ask(`${url}/v2`)).status, 200);
});

test('a request keeps the id it came with, and gets one where that is missing or harmful', async (t) => {
  const { url } = await testServer(t);
  const id = async (headers: Record<string, string>) => (await ask(`${url}/v2`, { headers })).headers['x-request-id'];
  assert.equal(await id({ 'X-Request-Id': 'abc-123' }), 'abc-123');
  const first = await id({});
  assert.match(String(first), /^[0-9a-f]{10}-[0-9a-z]+$/);
  assert.notEqual(await id({ 'X-Request-Id': 'a b' }), 'a b');
});

test('a deadline that cannot be met is refused, with the reason', async (t) => {
  const { url } = await testServer(t);
  const slow = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [60_000] }] });
  const answer = await ask(`${url}/v2/models/slow/infer`, { body: slow, headers: { 'Rangefinder-Timeout-Ms': '40' } });
  assert.equal(answer.status, 504, answer.text);
  assert.equal(answer.headers['rangefinder-error-code'], 'DEADLINE_EXCEEDED');
});

test('no log line is written for a request that succeeds', async (t) => {
  const { url, logger } = await testServer(t);
  const before = logger.lines.length;
  await ask(url + path, { body });
  assert.equal(logger.lines.length, before);
});
