import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { ERROR_CATALOGUE, RangefinderError, type ErrorCode } from '@rangefinder/base';
import { frameOf, RankerService, RankRequestSchema } from '@rangefinder/protocol/grpc';
import fc from 'fast-check';
import { ask } from '../support/http-client.ts';
import { answerOf, pathOf } from '../support/grpc-client.ts';
import { FakeRanker, fakeServer, rankResponse } from './film-server.ts';

const { rank, listRankers } = RankerService.method;
const RANK = pathOf(rank);

function request(exclude: readonly string[] = [], user = 'ada'): Uint8Array {
  return toBinary(RankRequestSchema, create(RankRequestSchema, { ranker: 'fake', user, exclude: [...exclude] }));
}

test('what is not gRPC is refused as HTTP', async (t) => {
  const { connection } = await fakeServer(t);
  const type = await connection.raw(RANK, [frameOf(request())], { 'content-type': 'application/json' });
  assert.equal(type.httpStatus, 415);
  const none = await connection.raw(RANK, [], { 'content-type': undefined });
  assert.equal(none.httpStatus, 415);
  const get = await answerOf(connection.session.request({ ':method': 'GET', ':path': RANK }));
  assert.equal(get.httpStatus, 405);
  assert.equal(get.headers['allow'], 'POST');
  assert.equal((await connection.unary(rank, { ranker: 'fake', user: 'ada' })).status, 0);
});

test('an unknown method, another message format and another coding are UNIMPLEMENTED', async (t) => {
  const { connection } = await fakeServer(t);
  for (const path of ['/rangefinder.v1.RankerService/Forget', '/other.Service/Rank', '/', '/rank']) {
    const answer = await connection.raw(path, [frameOf(request())]);
    assert.deepEqual([answer.httpStatus, answer.status], [200, 12], path);
    assert.ok(answer.message.includes(path), answer.message);
  }
  const json = await connection.raw(RANK, [frameOf(request())], { 'content-type': 'application/grpc+json' });
  assert.equal(json.status, 12);
  const coding = await connection.raw(RANK, [frameOf(request())], { 'grpc-encoding': 'snappy' });
  assert.equal(coding.status, 12);
  assert.match(coding.message, /^grpc-encoding: expected identity or gzip, got "snappy"/);
  assert.equal(coding.headers['grpc-accept-encoding'], 'identity,gzip');
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc;charset=utf-8']) {
    const answer = await connection.raw(RANK, [frameOf(request())], { 'content-type': type });
    assert.deepEqual([answer.status, answer.headers['content-type']], [0, type]);
  }
});

test('every row of the error catalogue arrives with its status, code and words', async (t) => {
  const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
  const { connection } = await fakeServer(
    t,
    new FakeRanker(({ user }) => Promise.reject(new RangefinderError(user as ErrorCode, `100% ${user}: größer\n`))),
  );
  for (const code of codes) {
    const answer = await connection.unary(rank, { ranker: 'fake', user: code });
    assert.equal(answer.httpStatus, 200);
    assert.equal(answer.status, ERROR_CATALOGUE[code].grpcStatus);
    assert.deepEqual([answer.code, answer.message], [code, `100% ${code}: größer\n`]);
  }
});

test('a defect is INTERNAL, and its words stay in the log', async (t) => {
  const broken = new FakeRanker(() => Promise.reject(new TypeError('secret of the house')));
  const { connection, logger } = await fakeServer(t, broken);
  const answer = await connection.unary(rank, { ranker: 'fake', user: 'ada' }, { 'x-request-id': 'r-77' });
  assert.deepEqual([answer.status, answer.code], [13, 'INTERNAL']);
  assert.match(answer.message, /request id r-77/);
  assert.ok(!answer.message.includes('secret'));
  const line = logger.lines.find(({ level }) => level === 'error');
  assert.match(line?.message ?? '', /secret of the house/);
  assert.deepEqual(
    [line?.fields['operation'], line?.fields['requestId']],
    ['/rangefinder.v1.RankerService/Rank', 'r-77'],
  );
});

test('a request has a name: the caller’s, or one of ours', async (t) => {
  const { connection } = await fakeServer(t);
  const named = await connection.unary(rank, { ranker: 'fake', user: 'ada' }, { 'x-request-id': 'mine' });
  assert.deepEqual([named.headers['x-request-id'], named.reply.requestId], ['mine', 'mine']);
  const unnamed = await connection.unary(rank, { ranker: 'fake', user: 'ada' });
  assert.match(unnamed.reply.requestId, /^[0-9a-f]{10}-\w+$/);
  const own = await connection.unary(rank, { ranker: 'fake', user: 'ada', requestId: 'body' });
  assert.equal(own.reply.requestId, 'body');
});

test('a message may arrive in any pieces', async (t) => {
  const { connection } = await fakeServer(t);
  const wire = frameOf(request(['f1'], 'grüße'));
  for (let border = 0; border <= wire.length; border++) {
    const answer = await connection.raw(RANK, [wire.subarray(0, border), wire.subarray(border)]);
    assert.equal(answer.status, 0, `${border}: ${answer.message}`);
  }
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: wire.length, maxLength: wire.length });
  await fc.assert(
    fc.asyncProperty(cuts, async (lengths) => {
      const chunks: Uint8Array[] = [];
      for (let at = 0, i = 0; at < wire.length; at += lengths[i++]!) chunks.push(wire.subarray(at, at + lengths[i]!));
      assert.equal((await connection.raw(RANK, chunks)).status, 0);
    }),
    { numRuns: 30 },
  );
});

test('exactly one message is expected', async (t) => {
  const { connection } = await fakeServer(t);
  const wire = frameOf(request());
  const cases: [Uint8Array[], RegExp][] = [
    [[], /expected one message, got none/],
    [[wire, wire], /expected one message, got another/],
    [[wire, wire.subarray(0, 3)], /the end of the stream after 3 bytes/],
    [[wire.subarray(0, wire.length - 1)], /the end of the stream/],
    [[Uint8Array.of(9, 0, 0, 0, 0)], /expected 0 or 1/],
    [[frameOf(Uint8Array.of(0xff, 0xff))], /expected a rangefinder\.v1\.RankRequest/],
    [[frameOf(gzipSync(request()), true)], /expected grpc-encoding gzip/],
  ];
  for (const [chunks, message] of cases) {
    const answer = await connection.raw(RANK, chunks);
    assert.deepEqual([answer.status, answer.code], [3, 'INVALID_ARGUMENT']);
    assert.match(answer.message, message);
  }
});

test('gzip in, and gzip out for those who send it', async (t) => {
  const candidates = Array.from({ length: 500 }, (_, i) => `film number ${i}`);
  const { connection } = await fakeServer(t);
  const bytes = toBinary(
    RankRequestSchema,
    create(RankRequestSchema, { ranker: 'fake', user: 'ada', candidates: { ids: candidates } }),
  );
  const plain = await connection.raw(RANK, [frameOf(bytes)]);
  const zipped = await connection.raw(RANK, [frameOf(gzipSync(bytes), true)], { 'grpc-encoding': 'gzip' });
  assert.equal(plain.headers['grpc-encoding'], undefined);
  assert.equal(zipped.headers['grpc-encoding'], 'gzip');
  assert.equal(plain.messages[0]?.length, zipped.messages[0]?.length);
  const unzipped = await connection.raw(RANK, [frameOf(bytes)], { 'grpc-encoding': 'gzip' });
  assert.equal(unzipped.status, 0);
  const broken = await connection.raw(RANK, [frameOf(bytes, true)], { 'grpc-encoding': 'gzip' });
  assert.deepEqual([broken.status, broken.code], [3, 'INVALID_ARGUMENT']);
});

test('grpc-timeout is the deadline, and the earliest counts', async (t) => {
  const clock = { nowUs: () => performance.now() * 1000 };
  const deadlines: number[] = [];
  const seen = new FakeRanker(async (rankRequest, { deadlineUs }) => {
    deadlines.push((deadlineUs - clock.nowUs()) / 1e6);
    return rankResponse(rankRequest);
  });
  const { connection } = await fakeServer(t, seen);
  const call = (timeout: string | undefined, deadlineMs?: number) =>
    connection.unary(
      rank,
      { ranker: 'fake', user: 'ada', ...(deadlineMs === undefined ? {} : { deadlineMs }) },
      { 'grpc-timeout': timeout },
    );
  for (const [timeout, deadlineMs] of [
    [undefined, undefined],
    ['2H', undefined],
    ['100000m', 50_000],
    ['20S', 50_000],
  ] as const) {
    assert.equal((await call(timeout, deadlineMs)).status, 0);
  }
  const [none, hours, body, header] = deadlines;
  assert.equal(none, Infinity);
  assert.ok(hours! > 7_000 && hours! <= 7_200);
  assert.ok(body! > 20 && body! <= 50);
  assert.ok(header! <= 20);
  for (const timeout of ['1n', '0S']) assert.deepEqual(await codeOf(call(timeout)), [4, 'DEADLINE_EXCEEDED']);
  for (const timeout of ['1', 'S', '-1S', '123456789m', '1.5S'])
    assert.deepEqual(await codeOf(call(timeout)), [3, 'INVALID_ARGUMENT'], timeout);
});

test('a client that cancels, or goes away, cancels what it asked for', async (t) => {
  let cancelled = 0;
  let started: () => void = () => {};
  const waiting = new FakeRanker(
    (_request, context) =>
      new Promise((_resolve, reject) => {
        context.onCancellable?.(() => {
          cancelled++;
          reject(new RangefinderError('CANCELLED', 'gone'));
        });
        started();
      }),
  );
  const { connection } = await fakeServer(t, waiting);
  const begun = () => new Promise<void>((resolve) => (started = resolve));
  const first = connection.open(RANK);
  const firstBegun = begun();
  first.end(frameOf(request()));
  await firstBegun;
  first.close(constants.NGHTTP2_CANCEL);
  await until(() => cancelled === 1);
  const secondBegun = begun();
  connection.open(RANK).end(frameOf(request()));
  await secondBegun;
  connection.close();
  await until(() => cancelled === 2);
});

test('a message that is too large is refused before it is sent, and when it inflates', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcMessageBytes: 1_000 } });
  const announced = connection.open(RANK);
  const answer = answerOf(announced);
  announced.write(Uint8Array.of(0, 0, 0, 0x10, 0));
  const refused = await answer;
  assert.deepEqual([refused.status, refused.code], [8, 'PAYLOAD_TOO_LARGE']);
  assert.match(refused.message, /^message: expected at most 1000 bytes, got 4096 bytes announced/);
  const bomb = frameOf(gzipSync(Buffer.alloc(1_000_000)), true);
  assert.ok(bomb.length < 1_100);
  const small = await fakeServer(t, undefined, { limits: { grpcMessageBytes: 2_000 } });
  const inflated = await small.connection.raw(RANK, [bomb], { 'grpc-encoding': 'gzip' });
  assert.deepEqual([inflated.status, inflated.code], [8, 'PAYLOAD_TOO_LARGE']);
  assert.match(inflated.message, /more after gzip/);
  assert.equal((await connection.unary(listRankers, {})).status, 0);
});

test('rank requests are kept to 4 MiB, as over HTTP', async (t) => {
  const { connection, url } = await fakeServer(t);
  const big = frameOf(new Uint8Array(4 * 1024 * 1024 + 1));
  const overGrpc = await connection.raw(RANK, [big.subarray(0, 64 * 1024)]);
  assert.match(overGrpc.message, /at most 4194304 bytes/);
  const overHttp = await ask(`${url}/v1/rankers/fake/rank`, { body: JSON.stringify({ user: 'x'.repeat(4_194_304) }) });
  assert.equal(overHttp.headers['rangefinder-error-code'], overGrpc.code);
});

test('a request larger than what may be sent ahead arrives whole, and is given back', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { metrics: true });
  const exclude = Array.from({ length: 3_000 }, (_, i) => `${i}`.padEnd(1_000, 'x'));
  const answers = await Promise.all(
    [0, 1, 2].map(() => connection.unary(rank, { ranker: 'fake', user: 'ada', exclude })),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    [0, 0, 0],
  );
  assert.match((await ask(server.metricsUrl)).text, /^rangefinder_http_body_bytes 0$/m);
});

test('more fields than may be made objects of are refused', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcMessageFields: 1_000 } });
  const many = Array.from({ length: 2_000 }, () => 'x');
  const answer = await connection.unary(rank, { ranker: 'fake', user: 'ada', exclude: many });
  assert.deepEqual([answer.status, answer.code], [8, 'PAYLOAD_TOO_LARGE']);
});

test('what is held for all callers has a limit, and is given back', async (t) => {
  const { connection } = await fakeServer(t, undefined, {
    limits: { httpBodiesInFlightBytes: 10_000, httpBodyBytes: 10_000 },
  });
  const large = frameOf(request([], 'u'.repeat(9_000)));
  const held = connection.open(RANK);
  held.write(large.subarray(0, 8_000));
  let refused = await connection.raw(RANK, [large]);
  // The first bytes may still be under way.
  while (refused.code !== 'RESOURCE_EXHAUSTED') refused = await connection.raw(RANK, [large]);
  assert.equal(refused.status, 8);
  held.close(constants.NGHTTP2_CANCEL);
  let again = await connection.raw(RANK, [large]);
  while (again.code === 'RESOURCE_EXHAUSTED') again = await connection.raw(RANK, [large]);
  // One that arrived whole: its user's name is too long for the ranker's other checks, not for the budget.
  for (let i = 0; i < 5; i++) assert.notEqual((await connection.raw(RANK, [large])).code, 'RESOURCE_EXHAUSTED');
});

test('a request that does not arrive in time is refused', async (t) => {
  const { connection } = await fakeServer(t, undefined, { limits: { grpcRequestReceiveMs: 30 } });
  const slow = connection.open(RANK);
  const answer = answerOf(slow);
  slow.write(frameOf(request()).subarray(0, 4));
  const { status, code } = await answer;
  assert.deepEqual([status, code], [4, 'REQUEST_TIMEOUT']);
});

test('restricted groups need their secret in the metadata, over gRPC as well', async (t) => {
  const { connection } = await fakeServer(t, undefined, { httpRestrictedApi: ['ranking:key=sesame'] });
  const call = (key: string | undefined) => connection.unary(listRankers, {}, key === undefined ? {} : { key });
  assert.deepEqual(await codeOf(call(undefined)), [7, 'FORBIDDEN']);
  assert.deepEqual(await codeOf(call('wrong')), [7, 'FORBIDDEN']);
  assert.equal((await call('sesame')).status, 0);
});

test('calls are counted by method and status', async (t) => {
  const { connection, server } = await fakeServer(t, undefined, { metrics: true });
  await connection.unary(listRankers, {});
  await connection.unary(rank, { ranker: 'nothing', user: 'ada' });
  await connection.raw('/nothing', []);
  const { text } = await ask(server.metricsUrl);
  for (const line of [
    'rangefinder_grpc_requests_total{method="rangefinder.v1.RankerService/ListRankers",code="OK"} 1',
    'rangefinder_grpc_requests_total{method="rangefinder.v1.RankerService/Rank",code="NOT_FOUND"} 1',
    'rangefinder_grpc_requests_total{method="unmatched",code="UNIMPLEMENTED"} 1',
    'rangefinder_grpc_request_seconds_count{method="rangefinder.v1.RankerService/ListRankers",code="OK"} 1',
    'rangefinder_grpc_open_connections 1',
    'rangefinder_grpc_open_streams 0',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line}\n${text.match(/^rangefinder_grpc.*$/gm)?.join('\n')}`);
  }
});

async function codeOf(answer: Promise<{ status: number; code: string | undefined }>): Promise<unknown[]> {
  const { status, code } = await answer;
  return [status, code];
}

/** Turn by turn of the event loop, until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
