import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RequestFinished } from '@rangefinder/serving';
import { echoBody, RawConnection } from './support/http-client.ts';
import { testServer, type TestServer } from './support/test-server.ts';

const body = echoBody([[1, 2, 3, 4]]);
const echo = `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const live = 'GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

function slow(ms: number): string {
  const json = JSON.stringify({ inputs: [{ name: 'INPUT', shape: [1, 1], datatype: 'FP32', data: [ms] }] });
  return `POST /v2/models/slow/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
}

function raw(t: TestContext, { port }: TestServer): RawConnection {
  const connection = new RawConnection(port);
  t.after(() => connection.close());
  return connection;
}

function errorOf(text: string): string {
  return (JSON.parse(text) as { error: string }).error;
}

test('answers to pipelined requests come in the order of the requests', async (t) => {
  const server = await testServer(t);
  const connection = raw(t, server).write(slow(30) + live + echo);
  assert.equal(JSON.parse((await connection.answer()).text).model_name, 'slow');
  assert.equal((await connection.answer()).text, '{"live":true}');
  assert.equal(JSON.parse((await connection.answer()).text).model_name, 'echo');
});

test('a connection goes on after requests that were refused', async (t) => {
  const connection = raw(t, await testServer(t));
  const bad = 'POST /v2/nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello';
  for (const status of [404, 404]) assert.equal((await connection.write(bad).answer()).status, status);
  const json = 'POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n{x}';
  assert.equal((await connection.write(json).answer()).status, 400);
  assert.equal((await connection.write(echo).answer()).status, 200);
});

test('bytes that are no HTTP get an answer that says so, and the connection is closed', async (t) => {
  const server = await testServer(t);
  for (const nonsense of [
    '\u0016\u0003\u0001 hello\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\nNo colon\r\n\r\n',
    'BREW /v2 HTTP/1.1\r\nHost: x\r\n\r\n',
  ]) {
    const connection = raw(t, server).write(nonsense);
    const answer = await connection.answer();
    assert.equal(answer.status, 400, nonsense);
    assert.match(errorOf(answer.text), /malformed HTTP/);
    assert.equal(answer.headers['connection'], 'close');
    await connection.ended();
  }
  assert.equal((await raw(t, server).write(live).answer()).status, 200);
});

test('nonsense after a good request does not take the place of its answer', async (t) => {
  const connection = raw(t, await testServer(t)).write(`${slow(30)}\u0001\u0002nonsense\r\n\r\n`);
  assert.equal(JSON.parse((await connection.answer()).text).model_name, 'slow');
  assert.equal((await connection.answer()).status, 400);
  await connection.ended();
});

test('lengths that contradict each other are refused: no request hides behind another', async (t) => {
  const server = await testServer(t);
  for (const headers of [
    'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Content-Length: -1',
    'Content-Length: 1e3',
    'Transfer-Encoding: gzip',
  ]) {
    const connection = raw(t, server).write(
      `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\nhello`,
    );
    assert.equal((await connection.answer()).status, 400, headers);
    await connection.ended();
  }
});

test('a broken chunk ends the request that it belongs to', async (t) => {
  const connection = raw(t, await testServer(t));
  connection.write(
    'POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  );
  connection.write('zz\r\n');
  const answer = await connection.answer();
  assert.equal(answer.status, 400);
  assert.match(errorOf(answer.text), /malformed HTTP/);
  await connection.ended();
});

test('a chunked body is put together', async (t) => {
  const connection = raw(t, await testServer(t));
  connection.write('POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  for (const part of [body.slice(0, 7), body.slice(7, 30), body.slice(30)]) {
    connection.write(`${part.length.toString(16)}\r\n${part}\r\n`);
  }
  const answer = await connection.write('0\r\n\r\n').answer();
  assert.equal(answer.status, 200, answer.text);
});

test('a chunked body that passes the limit is refused while it comes, and the answer arrives', async (t) => {
  const server = await testServer(t, { limits: { httpBodyBytes: 100_000 } });
  const connection = raw(t, server);
  connection.write('POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  for (let i = 0; i < 20; i++) connection.write(`2710\r\n${'x'.repeat(10_000)}\r\n`);
  const answer = await connection.answer();
  assert.equal(answer.status, 413);
  assert.match(errorOf(answer.text), /request body: expected at most 100000 bytes/);
  connection.write('0\r\n\r\n');
  await connection.ended();
});

test('an announced body beyond the limit is refused before any of it is sent', async (t) => {
  const server = await testServer(t, { limits: { httpBodyBytes: 1_000 } });
  const connection = raw(t, server);
  connection.write(
    'POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n',
  );
  const answer = await connection.answer();
  assert.equal(answer.status, 413);
  assert.equal(answer.headers['connection'], 'close');
  connection.socket.end();
  await connection.ended();
});

test('a client that waits for 100 Continue gets it, and then its answer', async (t) => {
  const connection = raw(t, await testServer(t));
  connection.write(
    `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  assert.equal((await connection.answer()).status, 100);
  assert.equal((await connection.write(body).answer()).status, 200);
  assert.equal((await connection.write(live).answer()).status, 200);
});

test('a bomb is stopped while it inflates', async (t) => {
  const server = await testServer(t, { limits: { httpBodyBytes: 1_000_000, httpInflatedBodyBytes: 1_000_000 } });
  const bomb = gzipSync(Buffer.alloc(500_000_000 / 10));
  const connection = raw(t, server);
  connection.write(
    `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`,
  );
  const answer = await connection.write(bomb).answer();
  assert.equal(answer.status, 413);
  assert.match(errorOf(answer.text), /after gzip: expected at most 1000000 bytes/);
});

test('headers beyond the limit are refused', async (t) => {
  const server = await testServer(t, { limits: { httpHeaderBytes: 2_000 } });
  const answer = await raw(t, server)
    .write(`GET /v2 HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(3_000)}\r\n\r\n`)
    .answer();
  assert.equal(answer.status, 431);
  assert.match(errorOf(answer.text), /request headers: expected at most 2000 bytes/);
});

test('a client that sends its headers drop by drop is cut off', async (t) => {
  const server = await testServer(t, { limits: { httpRequestReceiveMs: 150 } });
  const connection = raw(t, server).write('GET /v2 HTTP/1.1\r\nHost: loc');
  const answer = await connection.answer();
  assert.equal(answer.status, 408);
  await connection.ended();
});

test('a client that sends its body drop by drop is cut off, and holds no memory', async (t) => {
  const server = await testServer(t, { limits: { httpRequestReceiveMs: 150 } });
  const connection = raw(t, server);
  connection.write('POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{"inputs"');
  const answer = await connection.answer();
  assert.equal(answer.status, 408);
  await connection.ended();
  const overview = JSON.parse(
    (await raw(t, server).write('GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\n\r\n').answer()).text,
  );
  assert.equal(overview.process.bodyBytesInFlight, 0);
});

test('bodies that do not fit into what the process may hold are turned away, and fit later', async (t) => {
  const server = await testServer(t, { limits: { httpBodyBytes: 10_000, httpBodiesInFlightBytes: 10_000 } });
  const greedy = raw(t, server);
  greedy.write(
    `POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n${' '.repeat(9_950)}`,
  );
  const held = async (): Promise<number> => {
    const answer = await raw(t, server).write('GET /api/v1/overview HTTP/1.1\r\nHost: localhost\r\n\r\n').answer();
    return (JSON.parse(answer.text) as { process: { bodyBytesInFlight: number } }).process.bodyBytesInFlight;
  };
  while ((await held()) < 9_950);
  const refused = await raw(t, server).write(echo).answer();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers['rangefinder-error-code'], 'RESOURCE_EXHAUSTED');
  assert.equal(refused.headers['retry-after'], '1');
  greedy.close();
  while ((await held()) > 0);
  assert.equal((await raw(t, server).write(echo).answer()).status, 200);
});

test('connections beyond the limit are told so', async (t) => {
  const server = await testServer(t, { limits: { httpConnections: 2 } });
  const first = raw(t, server);
  const second = raw(t, server);
  for (const connection of [first, second]) assert.equal((await connection.write(live).answer()).status, 200);
  const third = raw(t, server).write(live);
  const answer = await third.answer();
  assert.equal(answer.status, 503);
  assert.match(errorOf(answer.text), /connections/);
  await third.ended();
  assert.equal((await first.write(live).answer()).status, 200);
});

test('a client that goes away cancels its request', async (t) => {
  const server = await testServer(t);
  const finished = new Promise<RequestFinished>((resolve) =>
    server.server.modelServer.observe({ requestFinished: resolve }),
  );
  const connection = raw(t, server).write(slow(60_000));
  while (server.server.modelServer.statistics('slow')[0]?.pendingRequests !== 1)
    await new Promise((resolve) => setImmediate(resolve));
  connection.close();
  assert.equal((await finished).outcome, 'cancelled');
});

test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const server = await testServer(t);
  const connection = raw(t, server);
  connection.write('POST /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{"inp');
  await once(connection.socket, 'connect');
  connection.socket.end();
  await connection.ended();
  assert.equal((await raw(t, server).write(echo).answer()).status, 200);
});

test('an HTTP/1.0 client without Host is served, an HTTP/1.1 client without is not', async (t) => {
  const server = await testServer(t);
  const old = raw(t, server).write('GET /v2/health/live HTTP/1.0\r\n\r\n');
  assert.equal((await old.answer()).status, 200);
  await old.ended();
  const answer = await raw(t, server).write('GET /v2/health/live HTTP/1.1\r\n\r\n').answer();
  assert.equal(answer.status, 400);
  assert.match(errorOf(answer.text), /Host/);
});

test('the absolute form of a proxy is understood', async (t) => {
  const connection = raw(t, await testServer(t));
  const answer = await connection
    .write('GET http://localhost/v2/health/live?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n')
    .answer();
  assert.equal(answer.status, 200);
});

test('HEAD has the headers of GET and no body; OPTIONS says what is allowed', async (t) => {
  const connection = raw(t, await testServer(t));
  connection.write('HEAD /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  connection.write('OPTIONS /v2/models/echo/infer HTTP/1.1\r\nHost: localhost\r\n\r\n');
  connection.socket.end(live);
  const text = await connection.ended();
  const [head = '', options = '', last = ''] = text.split(/(?=HTTP\/1\.1 )/);
  assert.match(head, /^HTTP\/1\.1 200 .*Content-Length: 13\r\n/s);
  assert.match(head, /\r\n\r\n$/);
  assert.match(options, /^HTTP\/1\.1 204 .*Allow: POST, OPTIONS\r\n/s);
  assert.match(last, /\{"live":true\}$/);
});
