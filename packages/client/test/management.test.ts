import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS, RangefinderError, type ErrorCode } from '@rangefinder/base';
import { RangefinderClient } from '@rangefinder/client';
import type { Tensor } from '@rangefinder/tensor';
import { json, withServer } from './fake-server.ts';

const tensor: Tensor = { name: 'x', dataType: 'INT8', shape: [1], bytes: Uint8Array.of(1) };

async function rejection(promise: Promise<unknown>): Promise<RangefinderError> {
  const error: unknown = await promise.then(
    () => assert.fail('did not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RangefinderError, String(error));
  return error;
}

test('each call goes to its endpoint', async () => {
  await withServer(
    ({ path }) =>
      json(
        path === '/v2/repository/index' ? [{ name: 'm', state: 'READY' }] : { models: ['m', { name: 'n' }], name: 's' },
      ),
    async (client, seen) => {
      assert.equal((await client.serverMetadata()).name, 's');
      assert.deepEqual(await client.models(), ['m', 'n']);
      assert.deepEqual(await client.index(true), [{ name: 'm', state: 'READY' }]);
      assert.equal(await client.live(), true);
      assert.equal(await client.ready(), true);
      assert.equal(await client.modelReady('m', '2'), true);
      await client.modelMetadata('m');
      await client.modelConfig('m', '1');
      await client.statistics();
      await client.statistics('m');
      await client.load('m', { config: '{}', files: { '1/model.onnx': Uint8Array.of(1, 2) } });
      await client.unload('m', { unloadDependents: true });
      assert.deepEqual(
        seen.map(({ method, path }) => `${method} ${path}`),
        [
          'GET /v2',
          'GET /v2/models',
          'POST /v2/repository/index',
          'GET /v2/health/live',
          'GET /v2/health/ready',
          'GET /v2/models/m/versions/2/ready',
          'GET /v2/models/m',
          'GET /v2/models/m/versions/1/config',
          'GET /v2/models/stats',
          'GET /v2/models/m/stats',
          'POST /v2/repository/models/m/load',
          'POST /v2/repository/models/m/unload',
        ],
      );
      assert.equal(seen[2]!.body.toString(), '{"ready":true}');
      assert.deepEqual(JSON.parse(seen[10]!.body.toString()), {
        parameters: { config: '{}', 'file:1/model.onnx': 'AQI=' },
      });
      assert.deepEqual(JSON.parse(seen[11]!.body.toString()), { parameters: { unload_dependents: true } });
    },
  );
});

test('errors carry the code of their status and the message of the server', async () => {
  const cases: readonly [number, string, ErrorCode, RegExp][] = [
    [400, '{"error":"inputs[0]: wrong"}', 'INVALID_ARGUMENT', /^inputs\[0\]: wrong$/],
    [404, '{"error":"no model"}', 'NOT_FOUND', /no model/],
    [403, '{"error":"no"}', 'FORBIDDEN', /no/],
    [409, '{"error":"busy"}', 'CONFLICT', /busy/],
    [413, '{"error":"big"}', 'PAYLOAD_TOO_LARGE', /big/],
    [418, 'teapot', 'INVALID_ARGUMENT', /HTTP 418: teapot/],
    [500, '', 'INTERNAL', /HTTP 500: no message/],
    [501, '{"error":"later"}', 'UNSUPPORTED', /later/],
    [502, '<html>', 'INTERNAL', /HTTP 502: <html>/],
    [503, '{"error":"full"}', 'UNAVAILABLE', /full/],
    [504, '{"error":"late"}', 'DEADLINE_EXCEEDED', /late/],
  ];
  for (const [status, body, code, message] of cases) {
    await withServer(
      () => ({ status, body, headers: { 'retry-after': '2' } }),
      async (client) => {
        const error = await rejection(client.infer('m', [tensor]));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(error.retryAfterMs, 2000);
        assert.equal(await client.ready(), false);
      },
    );
  }
});

test('timeout, abort and an absent server', async () => {
  await withServer(
    () => undefined,
    async (client, seen, url) => {
      assert.equal((await rejection(client.infer('m', [tensor], { timeoutMs: 20 }))).code, 'DEADLINE_EXCEEDED');
      const controller = new AbortController();
      const pending = client.infer('m', [tensor], { signal: controller.signal });
      controller.abort();
      assert.equal((await rejection(pending)).code, 'CANCELLED');
      assert.equal((await rejection(client.serverMetadata({ signal: AbortSignal.abort() }))).code, 'CANCELLED');
      const impatient = new RangefinderClient({ url, timeoutMs: 20 });
      assert.equal((await rejection(impatient.modelMetadata('m'))).code, 'DEADLINE_EXCEEDED');
      impatient.close();
      assert.ok(seen.length >= 1);
    },
  );
  const nobody = new RangefinderClient({ url: 'http://127.0.0.1:1' });
  assert.equal((await rejection(nobody.serverMetadata())).code, 'UNAVAILABLE');
  assert.equal(await nobody.live(), false);
  nobody.close();
  assert.throws(() => new RangefinderClient({ url: 'ftp://x' }), { code: 'INVALID_ARGUMENT' });
});

test('connections are kept alive', async () => {
  await withServer(
    () => json({ name: 's' }),
    async (client, seen) => {
      for (let i = 0; i < 5; i++) await client.serverMetadata();
      assert.equal(new Set(seen.map(({ port }) => port)).size, 1);
    },
  );
});

test('a response past the limit is refused', async () => {
  const limits = { ...DEFAULT_LIMITS, httpInflatedBodyBytes: 10 };
  await withServer(
    () => json({ name: 'a name that is long' }),
    async (client) => {
      assert.equal((await rejection(client.serverMetadata())).code, 'PAYLOAD_TOO_LARGE');
    },
    { limits },
  );
});
