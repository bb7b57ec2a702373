import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  frameOf,
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthCheckResponseSchema,
  RankerService,
  RankRequestSchema,
} from '@rangefinder/protocol/grpc';
import fc from 'fast-check';
import type { StartableModelServer } from '../../src/server.ts';
import { ask } from '../support/http-client.ts';
import { answerOf, GrpcConnection, pathOf } from '../support/grpc-client.ts';
import { testServer } from '../support/test-server.ts';
import { FakeRanker, fakeServer, rankResponse } from './film-server.ts';

const { rank, listRankers } = RankerService.method;
const { check, watch } = Health.method;
const ADA = { ranker: 'fake', user: 'ada' };

function watching(connection: GrpcConnection, service = '') {
  const request = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service }));
  const stream = connection.open(pathOf(watch));
  stream.end(frameOf(request));
  const seen: ServingStatus[] = [];
  stream.on('data', (chunk: Buffer) => seen.push(fromBinary(HealthCheckResponseSchema, chunk.subarray(5)).status));
  return { stream, seen, answer: answerOf(stream) };
}

test('health: not serving before the models are loaded, serving after, and watchers are told', async (t) => {
  let load: () => void = () => {};
  const models = {
    live: true,
    ready: false,
    observe: () => () => {},
    index: async () => [],
    shutdown: async () => {},
    start: () =>
      new Promise<void>((resolve) => {
        load = () => {
          models.ready = true;
          resolve();
        };
      }),
  };
  let listening: (connection: GrpcConnection) => void;
  const opened = new Promise<GrpcConnection>((resolve) => (listening = resolve));
  const starting = fakeServer(
    t,
    undefined,
    {},
    {
      models: models as unknown as StartableModelServer,
      onListening: ({ grpcTarget }) => listening(GrpcConnection.open(t, grpcTarget)),
    },
  );
  const connection = await opened;
  assert.equal((await connection.unary(check, {})).reply.status, ServingStatus.NOT_SERVING);
  const { seen, stream } = watching(connection, 'rangefinder.v1.RankerService');
  await until(() => seen.length === 1);
  load();
  await starting;
  await until(() => seen.length === 2);
  assert.deepEqual(seen, [ServingStatus.NOT_SERVING, ServingStatus.SERVING]);
  for (const service of ['', 'rangefinder.v1.RankerService', 'grpc.health.v1.Health'])
    assert.equal((await connection.unary(check, { service })).reply.status, ServingStatus.SERVING, service);
  stream.close(constants.NGHTTP2_CANCEL);
});

test('health: a service that is not there is NOT_FOUND to Check and unknown to Watch', async (t) => {
  const { connection } = await fakeServer(t);
  const answer = await connection.unary(check, { service: 'other.Service' });
  assert.deepEqual([answer.status, answer.code], [5, 'NOT_FOUND']);
  const { seen, stream } = watching(connection, 'other.Service');
  await until(() => seen.length === 1);
  assert.deepEqual(seen, [ServingStatus.SERVICE_UNKNOWN]);
  stream.close(constants.NGHTTP2_CANCEL);
});

test('many calls on one connection are answered side by side', async (t) => {
  let running = 0;
  let most = 0;
  const slow = new FakeRanker(async (request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return rankResponse(request);
  });
  const { connection } = await fakeServer(t, slow);
  const users = Array.from({ length: 500 }, (_, i) => `user ${i}`);
  const answers = await Promise.all(users.map((user) => connection.unary(rank, { ...ADA, user })));
  assert.deepEqual(
    answers.map(({ reply }) => reply.user),
    users,
  );
  assert.ok(most > 10, `${most} at one time`);
});

test('an answer larger than what a client takes at once arrives whole', async (t) => {
  const ids = Array.from({ length: 40_000 }, (_, i) => `item number ${i}`);
  const long = new FakeRanker(async (request) => rankResponse({ ...request, candidates: ids }));
  const { connection } = await fakeServer(t, long);
  const answers = await Promise.all([connection.unary(rank, ADA), connection.unary(rank, ADA)]);
  for (const { status, reply } of answers) {
    assert.equal(status, 0);
    assert.deepEqual(
      reply.items.map(({ id }) => id),
      ids,
    );
  }
});

test('calls beyond the limit of a connection are refused, not queued', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { limits: { grpcStreamsPerConnection: 2 } });
  await connection.unary(listRankers, {});
  assert.equal(connection.session.remoteSettings.maxConcurrentStreams, 2);
  const other = GrpcConnection.open(t, server.grpcTarget);
  assert.equal((await other.unary(listRankers, {})).status, 0);
});

test('metadata beyond the limit is refused, and the connection goes on', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcHeaderBytes: 2_000 } });
  assert.equal((await connection.unary(listRankers, {})).status, 0);
  const large = await connection.raw(pathOf(listRankers), [frameOf(new Uint8Array())], {
    'x-large': 'x'.repeat(4_000),
  });
  assert.equal(large.status, -1);
  assert.notEqual(large.rstCode, constants.NGHTTP2_NO_ERROR);
  assert.equal((await connection.unary(listRankers, {})).status, 0);
});

test('connections beyond the limit are closed, and those within it go on', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { limits: { grpcConnections: 1 } });
  assert.equal((await connection.unary(listRankers, {})).status, 0);
  const surplus = new GrpcConnection(server.grpcTarget);
  await once(surplus.session, 'close');
  assert.equal((await connection.unary(listRankers, {})).status, 0);
});

test('a client that pings all the time is told to calm down, and cut off', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcPingsPerMinute: 3 } });
  await connection.unary(listRankers, {});
  const goaway = new Promise((resolve) => connection.session.once('goaway', (...told) => resolve(told)));
  const closed = new Promise((resolve) => connection.session.once('close', resolve));
  const pinged = Array.from({ length: 4 }, () => new Promise((resolve) => connection.session.ping(resolve)));
  const [code, , reason] = (await goaway) as [number, number, Buffer];
  assert.deepEqual([code, reason.toString()], [constants.NGHTTP2_ENHANCE_YOUR_CALM, 'too_many_pings']);
  await closed;
  await Promise.all(pinged);
});

test('pings between answers are no nuisance: clients measure with them', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcPingsPerMinute: 3 } });
  for (let i = 0; i < 5; i++) {
    await Promise.all([0, 1].map(() => new Promise((resolve) => connection.session.ping(resolve))));
    assert.equal((await connection.unary(listRankers, {})).status, 0);
  }
});

test('an idle connection is closed; one with a call open is not', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { httpKeepAliveSeconds: 0.05 });
  const busy = GrpcConnection.open(t, server.grpcTarget);
  const { seen, stream } = watching(busy);
  await connection.unary(listRankers, {});
  await once(connection.session, 'close');
  assert.deepEqual(seen, [ServingStatus.SERVING]);
  assert.equal((await busy.unary(listRankers, {})).status, 0);
  stream.close(constants.NGHTTP2_CANCEL);
});

test('the shutdown: NOT_SERVING, GOAWAY, what is under way is finished, new calls are refused', async (t) => {
  let finish: () => void = () => {};
  let begun: () => void = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const waiting = new FakeRanker(async (request) => {
    begun();
    await new Promise<void>((resolve) => (finish = resolve));
    return rankResponse(request);
  });
  const { connection, server } = await fakeServer(t, waiting);
  const health = watching(connection);
  const inFlight = connection.unary(rank, ADA);
  await started;
  const goaway = once(connection.session, 'goaway');
  const closing = server.close(60_000);
  assert.equal((await goaway)[0], constants.NGHTTP2_NO_ERROR);
  const told = await health.answer;
  assert.deepEqual(health.seen, [ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  assert.deepEqual([told.status, told.code], [14, 'UNAVAILABLE']);
  const late = GrpcConnection.open(t, server.grpcTarget);
  assert.equal((await late.unary(check, {})).reply.status, ServingStatus.NOT_SERVING);
  const refused = await late.unary(rank, ADA);
  assert.deepEqual([refused.status, refused.message], [14, 'the server is shutting down']);
  const overHttp = await ask(`${server.httpUrl}/v1/rankers/fake/rank`, { body: JSON.stringify({ user: 'ada' }) });
  assert.equal(overHttp.status, 503);
  assert.equal((await ask(`${server.httpUrl}/v2/health/ready`)).status, 503);
  finish();
  assert.equal((await inFlight).status, 0);
  await closing;
});

test('what is not done within the grace of the shutdown is cut off', async (t) => {
  let begun: () => void = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const stuck = new FakeRanker(() => {
    begun();
    return new Promise(() => {});
  });
  const { connection, server } = await fakeServer(t, stuck);
  const inFlight = connection.unary(rank, ADA);
  await started;
  await server.close(50);
  assert.notEqual((await inFlight).status, 0);
});

test('gRPC can be turned off', async (t) => {
  const { server } = await testServer(t);
  assert.deepEqual([server.grpcAddress, server.grpcTarget], [undefined, '']);
});

test('a port in use is one clear sentence', async (t) => {
  const { server } = await fakeServer(t);
  const { port } = server.grpcAddress!;
  await assert.rejects(
    fakeServer(t, undefined, { grpcPort: port }),
    new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use by another process`),
  );
});

test('whatever bytes arrive on a connection, the server goes on', async (t) => {
  const { connection, server, logger } = await fakeServer(t);
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const frame = fc
    .record({
      type: fc.nat({ max: 12 }),
      flags: fc.nat({ max: 255 }),
      stream: fc.nat({ max: 5 }),
      body: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ type, flags, stream, body }) =>
      Buffer.concat([Buffer.from([0, 0, body.length, type, flags, 0, 0, 0, stream]), body]),
    );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw)),
    fc.array(frame, { maxLength: 6 }).map((frames) => Buffer.concat([preface, settings, ...frames])),
    fc.constant(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
  );
  const { port } = server.grpcAddress!;
  await fc.assert(
    fc.asyncProperty(bytes, async (written) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.on('data', () => {});
      const closed = once(socket, 'close');
      socket.end(written);
      await closed;
    }),
    { numRuns: 200, plugins: [fc.interruptAfterTimeLimit(10_000)] },
  );
  assert.equal((await connection.unary(rank, ADA)).status, 0);
  assert.deepEqual(errorsOf(logger.lines), []);
});

test('whatever messages arrive, the answer is INVALID_ARGUMENT or a result, never INTERNAL', async (t) => {
  const { connection, logger } = await fakeServer(t);
  const valid = frameOf(
    toBinary(
      RankRequestSchema,
      create(RankRequestSchema, {
        ...ADA,
        context: { a: { value: { case: 'number', value: 1 } } },
        filter: { eq: { a: 1 } },
      }),
    ),
  );
  const chunks = fc.oneof(
    fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 4 }),
    fc.record({ at: fc.nat({ max: valid.length - 1 }), value: fc.nat({ max: 255 }) }).map(({ at, value }) => {
      const bytes = valid.slice();
      bytes[at] = value;
      return [bytes];
    }),
  );
  const encodings = fc.constantFrom(undefined, 'gzip', 'identity');
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(chunks, encodings, async (pieces, encoding) => {
      const { status, message } = await connection.raw(pathOf(rank), pieces, { 'grpc-encoding': encoding });
      seen.add(status);
      // A changed byte may name another ranker, or announce more than may be sent.
      assert.ok([0, 3, 5, 8].includes(status), `${status} ${message}`);
    }),
    { numRuns: 400, plugins: [fc.interruptAfterTimeLimit(15_000)] },
  );
  assert.ok(seen.has(3));
  assert.equal((await connection.unary(rank, ADA)).status, 0);
  assert.deepEqual(errorsOf(logger.lines), []);
});

test('cancelled streams by the hundred leave nothing behind', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { metrics: true });
  for (let i = 0; i < 300; i++) {
    const stream = connection.open(pathOf(rank));
    stream.write(frameOf(new Uint8Array(100)).subarray(0, 50));
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
  }
  assert.equal((await connection.unary(rank, ADA)).status, 0);
  const { text } = await ask(server.metricsUrl);
  assert.match(text, /^rangefinder_grpc_open_streams 0$/m);
  assert.match(text, /^rangefinder_http_body_bytes 0$/m);
});

test('an HTTP/2 client that says nothing more is no hindrance to closing', async (t) => {
  const { server } = await fakeServer(t);
  const session = connectHttp2(`http://${server.grpcTarget}`);
  session.on('error', () => {});
  await once(session, 'connect');
  const closed = once(session, 'close');
  await server.close(1_000);
  await closed;
});

function errorsOf(lines: readonly { readonly level: string; readonly message: string }[]): string[] {
  return lines.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** Turn by turn of the event loop, until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
