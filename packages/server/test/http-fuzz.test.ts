import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ask, echoBody } from './support/http-client.ts';
import { testServer } from './support/test-server.ts';

const WORDS = [
  'GET ', 'POST ', 'HEAD ', ' HTTP/1.1\r\n', ' HTTP/1.0\r\n', '/v2/models/echo/infer', '/v2', '/', '?', '%', '%00', '\r\n', '\r\n\r\n', '\n',
  'Host: localhost\r\n', 'Content-Length: 10\r\n', 'Content-Length: 99999999999\r\n', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n', '0\r\n\r\n',
  'Expect: 100-continue\r\n', 'Content-Encoding: gzip\r\n', 'Connection: close\r\n', 'Upgrade: websocket\r\nConnection: upgrade\r\n', 'Inference-Header-Content-Length: 3\r\n', '{"inputs":[', 'CONNECT a:1',
]; // prettier-ignore

const bytes = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...WORDS).map((word) => Buffer.from(word)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((raw) => Buffer.from(raw)) },
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.concat(parts));

/** Writes in two pieces, half-closes, and resolves with all that comes back when the server has closed. */
function exchange(port: number, written: Buffer, cutAt: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(written.subarray(0, cutAt), () => socket.end(written.subarray(cutAt)));
  });
}

test('whatever bytes arrive, the server answers HTTP or nothing, and goes on', async (t) => {
  const { url, port, logger } = await testServer(t);
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(200), async (written, cutAt) => {
      const text = await exchange(port, written, Math.min(cutAt, written.length));
      assert.ok(text === '' || text.startsWith('HTTP/1.1 '), text);
      assert.doesNotMatch(text, /^HTTP\/1\.1 500/m);
    }),
    { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(10_000)] },
  );
  assert.equal((await ask(`${url}/v2/models/echo/infer`, { body: echoBody([[1, 2, 3, 4]]) })).status, 200);
  assert.deepEqual(
    logger.lines.filter(({ level }) => level === 'error'),
    [],
  );
  const overview = JSON.parse((await ask(`${url}/api/v1/overview`)).text) as { process: { bodyBytesInFlight: number } };
  assert.equal(overview.process.bodyBytesInFlight, 0);
});
