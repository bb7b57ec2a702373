import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { BAD_CALLS } from './support/bad-calls.ts';
import { BAD_REQUEST_LIMITS } from './support/bad-request.ts';
import { BAD_TENSORS } from './support/bad-tensors.ts';
import { ask, echoBody, errorOf } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

const BAD_REQUESTS = [...BAD_TENSORS, ...BAD_CALLS];

test('the table is large, and no two cases are the same', () => {
  const kinds = new Set(BAD_REQUESTS.map(({ name }) => name));
  assert.equal(kinds.size, BAD_REQUESTS.length);
  const requests = BAD_REQUESTS.map(({ path, method, headers, body }) =>
    JSON.stringify([path, method, headers, String(body)]),
  );
  assert.equal(new Set(requests).size, requests.length);
  assert.ok(BAD_REQUESTS.length >= 60);
});

test('bad input is refused with the right status and a message that names the field, and harms nobody else', async (t) => {
  const { url, server } = await testServer(t, {
    modelControlMode: 'explicit',
    loadModels: ['*'],
    limits: BAD_REQUEST_LIMITS,
  });
  const bystander = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => bystander.destroy());
  for (const bad of BAD_REQUESTS) {
    await t.test(bad.name, async () => {
      const answer = await ask(`${url}${bad.path ?? '/v2/models/echo/infer'}`, {
        body: bad.body,
        ...(bad.method === undefined ? {} : { method: bad.method }),
        ...(bad.headers === undefined ? {} : { headers: bad.headers }),
      });
      assert.equal(answer.status, bad.status, answer.text);
      assert.match(errorOf(answer), bad.message);
      assert.equal(answer.headers['rangefinder-error-code'], bad.code);
      assert.equal(answer.headers['content-type'], 'application/json');
      const other = await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]), agent: bystander });
      assert.equal(other.status, 200, other.text);
    });
  }
  await t.test('nothing is left behind', async () => {
    const overview = JSON.parse((await ask(`${url}/api/v1/overview`)).text) as {
      process: { bodyBytesInFlight: number };
    };
    assert.equal(overview.process.bodyBytesInFlight, 0);
    assert.deepEqual(
      server.modelServer
        .statistics()
        .map(({ pendingRequests }) => pendingRequests)
        .filter((count) => count > 0),
      [],
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});
