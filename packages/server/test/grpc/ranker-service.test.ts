import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { ERROR_CATALOGUE, type ErrorCode } from '@rangefinder/base';
import {
  type FeatureValue,
  BadRequestSchema,
  ErrorInfoSchema,
  RankerService,
  type RankRequestSchema,
  type RankResponse,
} from '@rangefinder/protocol/grpc';
import { ask } from '../support/http-client.ts';
import { filmServer } from './film-server.ts';

type Request = Extract<MessageInitShape<typeof RankRequestSchema>, { readonly $typeName?: never }>;
const { rank, listRankers, getRanker } = RankerService.method;
const EVENING = { evening: { value: { case: 'bool' as const, value: true } } };
const ADA: Request = { ranker: 'films', user: 'ada', context: EVENING };

/** One request as both front ends take it. */
interface Pair {
  readonly json: Readonly<Record<string, unknown>>;
  readonly message: Request;
}

const ada = (json: Pair['json'], message: Request): Pair => ({
  json: { user: 'ada', context: { evening: true }, ...json },
  message: { ...ADA, ...message },
});
const pages = (page: NonNullable<Request['page']>): Pair => ada({ page }, { page });
const many = Array.from({ length: 50_000 }, (_, i) => `f${i}`);
const numbers = (...values: number[]) => ({ value: { case: 'numbers' as const, value: { values } } });

const ANSWERED: Readonly<Record<string, Pair>> = {
  plain: ada({}, {}),
  explained: ada({ explain: true, request_id: 'r1' }, { explain: true, requestId: 'r1' }),
  'of an unknown user': ada({ user: 'nobody' }, { user: 'nobody' }),
  'of candidates': ada(
    { candidates: ['f3', 'f4', 'f3', 'f10', 'unknown'], explain: true },
    { candidates: { ids: ['f3', 'f4', 'f3', 'f10', 'unknown'] }, explain: true },
  ),
  'with exclusions': ada({ exclude: ['f5', 'f6'] }, { exclude: ['f5', 'f6'] }),
  filtered: ada({ filter: { eq: { genre: 'g1' } } }, { filter: { eq: { genre: 'g1' } } }),
  'filtered deeply': ada(
    { filter: { not: { or: [{ in: { genre: ['g1', 'g2'] } }, { eq: { available: false } }] } } },
    { filter: { not: { or: [{ in: { genre: ['g1', 'g2'] } }, { eq: { available: false } }] } } },
  ),
  'of another page': pages({ size: 3, offset: 4 }),
  're-ranked': ada(
    { rerank: { mmr_lambda: 0.2, max_per_value: { genre: 1 } }, page: { size: 5 } },
    { rerank: { mmrLambda: 0.2, maxPerValue: { genre: 1 } }, page: { size: 5 } },
  ),
  'with context': ada(
    { context: { evening: 1, mood: 'calm', seen: [1, 2.5] } },
    {
      context: {
        evening: { value: { case: 'number', value: 1 } },
        mood: { value: { case: 'text', value: 'calm' } },
        seen: numbers(1, 2.5),
      },
    },
  ),
};

const REFUSED: Readonly<Record<string, Pair>> = {
  'no user': ada({ user: '' }, { user: '' }),
  'a context that lacks what a formula reads': ada({ context: {} }, { context: {} }),
  'a context value that is nothing': ada({ context: { evening: null } }, { context: { evening: {} } }),
  'a text where a formula reads a number': ada(
    { context: { evening: 'late' } },
    { context: { evening: { value: { case: 'text', value: 'late' } } } },
  ),
  'too much context': ada(
    { context: { evening: true, list: Array.from({ length: 2_000 }, () => 1) } },
    { context: { ...EVENING, list: numbers(...Array.from({ length: 2_000 }, () => 1)) } },
  ),
  'candidates that are none': ada({ candidates: [] }, { candidates: {} }),
  'an empty candidate': ada({ candidates: ['f1', ''] }, { candidates: { ids: ['f1', ''] } }),
  'too many candidates': ada({ candidates: many }, { candidates: { ids: many } }),
  'too many exclusions': ada({ exclude: many }, { exclude: many }),
  'an unknown attribute': ada({ filter: { eq: { language: 'en' } } }, { filter: { eq: { language: 'en' } } }),
  'an unknown filter': ada({ filter: { equals: { genre: 'g1' } } }, { filter: { equals: { genre: 'g1' } } }),
  'a page of nothing': pages({ size: 0 }),
  'a page that is too large': pages({ size: 501 }),
  'an offset before the start': pages({ offset: -1 }),
  'a cursor that is forgotten': pages({ cursor: '10.gone' }),
  'a lambda above 1': ada({ rerank: { mmr_lambda: 2 } }, { rerank: { mmrLambda: 2 } }),
  'a limit that is not declared': ada(
    { rerank: { max_per_value: { available: 1 } } },
    { rerank: { maxPerValue: { available: 1 } } },
  ),
  'a limit of nothing': ada({ rerank: { max_per_value: { genre: 0 } } }, { rerank: { maxPerValue: { genre: 0 } } }),
  'a deadline that has passed': ada({ deadline_ms: 0 }, { deadlineMs: 0 }),
  'a long name': ada({ user: 'u'.repeat(2_000) }, { user: 'u'.repeat(2_000) }),
};

describe('rangefinder.v1.RankerService', () => {
  it('gives what HTTP gives, field by field', async (t) => {
    const { connection, http } = await both(t);
    for (const [what, { json, message }] of Object.entries(ANSWERED)) {
      const [overHttp, overGrpc] = [await http(json), await connection.unary(rank, message)];
      assert.equal(overHttp.status, 200, `${what}: ${overHttp.text}`);
      assert.equal(overGrpc.status, 0, `${what}: ${overGrpc.message}`);
      assert.deepEqual(
        withoutTimes(asJson(overGrpc.reply)),
        withoutTimes(JSON.parse(overHttp.text) as Record<string, unknown>),
        what,
      );
    }
  });

  it('refuses what HTTP refuses, with the same code, field and words', async (t) => {
    const { connection, http } = await both(t);
    for (const [what, { json, message }] of Object.entries(REFUSED)) {
      const [overHttp, overGrpc] = [await http(json), await connection.unary(rank, message)];
      const code = overHttp.headers['rangefinder-error-code'] as ErrorCode;
      assert.ok(overHttp.status >= 400, `${what}: ${overHttp.text}`);
      assert.equal(overGrpc.code, code, `${what}: ${overGrpc.message}`);
      assert.equal(overGrpc.status, ERROR_CATALOGUE[code].grpcStatus, what);
      assert.equal(overGrpc.message, (JSON.parse(overHttp.text) as { error: string }).error, what);
      assert.equal(anyUnpack(overGrpc.details!.details[0]!, ErrorInfoSchema)?.reason, code);
    }
    const { details } = await connection.unary(rank, pages({ size: 0 }).message);
    assert.equal(anyUnpack(details!.details[1]!, BadRequestSchema)?.fieldViolations[0]?.field, 'page.size');
  });

  it('refuses numbers that JSON does not have', async (t) => {
    const { connection } = await filmServer(t);
    const cases: Readonly<Record<string, Request>> = {
      filter: { filter: { range: { year: { gte: Number.NaN } } } },
      deadline_ms: { deadlineMs: Infinity },
      'rerank.mmr_lambda': { rerank: { mmrLambda: Number.NaN } },
      'context.evening': { context: { evening: { value: { case: 'number', value: Number.NaN } } } },
    };
    for (const [field, request] of Object.entries(cases)) {
      const { status, message } = await connection.unary(rank, { ...ADA, ...request });
      assert.equal(status, 3, `${field}: ${message}`);
      assert.ok(message.startsWith(`${field}: expected`), message);
    }
  });

  it('follows a cursor', async (t) => {
    const { connection } = await filmServer(t);
    const first = await connection.unary(rank, { ...ADA, requestId: 'r1' });
    const { cursor } = first.reply.page!;
    const second = await connection.unary(rank, { ranker: 'films', user: 'ada', page: { cursor: cursor! } });
    assert.equal(second.status, 0, second.message);
    assert.equal(new Set([...first.reply.items, ...second.reply.items].map(({ id }) => id)).size, 20);
  });

  it('lists rankers and shows one with its defaults', async (t) => {
    const { connection, server } = await filmServer(t);
    assert.deepEqual((await connection.unary(listRankers, {})).reply.rankers, ['films']);
    const { reply } = await connection.unary(getRanker, { ranker: 'films' });
    assert.equal(reply.name, 'films');
    const overHttp = await ask(`${server.httpUrl}/v1/rankers/films`);
    assert.deepEqual(reply.config, JSON.parse(overHttp.text));
    const unknown = await connection.unary(getRanker, { ranker: 'filmz' });
    assert.equal(unknown.status, 5);
    assert.match(unknown.message, /^ranker 'filmz': unknown ranker.*did you mean films/);
    assert.equal((await connection.unary(rank, { ...ADA, ranker: '' })).status, 5);
  });
});

async function both(t: TestContext) {
  const { connection, server } = await filmServer(t);
  const http = (body: unknown) => ask(`${server.httpUrl}/v1/rankers/films/rank`, { body: JSON.stringify(body) });
  return { connection, http };
}

/** The reply as the HTTP interface writes the same: snake case, null for what is absent where JSON says null. */
function asJson(reply: RankResponse): Record<string, unknown> {
  const { items, page, counts, explanation } = reply;
  return {
    ranker: reply.ranker,
    request_id: reply.requestId,
    user: reply.user,
    items: items.map((item) => ({
      id: item.id,
      score: item.score ?? null,
      scored_by: item.scoredBy,
      ...(item.explanation === undefined
        ? {}
        : {
            explanation: {
              sources: item.explanation.sources,
              source_score: item.explanation.sourceScore ?? null,
              light_score: item.explanation.lightScore ?? null,
              outputs: mapped(item.explanation.outputs, ({ value }) => value ?? null),
              heavy_score: item.explanation.heavyScore ?? null,
              features: mapped(item.explanation.features, featureOf),
              adjustments: item.explanation.adjustments.map(({ kind, detail }) => ({ kind, detail })),
            },
          }),
    })),
    page: {
      size: page!.size,
      offset: page!.offset,
      available: page!.available,
      ...(page!.cursor === undefined ? {} : { cursor: page!.cursor }),
    },
    degradations: reply.degradations.map(({ kind, stage, reason }) => ({ kind, stage, reason })),
    counts: {
      candidates: counts!.candidates,
      duplicates: counts!.duplicates,
      user_found: counts!.userFound,
      unknown_items: counts!.unknownItems,
      non_finite_scores: counts!.nonFiniteScores,
    },
    ...(explanation === undefined
      ? {}
      : {
          explanation: {
            stages: explanation.stages.map((stage) => ({
              stage: stage.stage,
              in: stage.in,
              out: stage.out,
              duration_us: stage.durationUs,
              budget_us: stage.budgetUs ?? null,
              cost_us: stage.costUs,
              dropped: stage.dropped,
            })),
            total_us: explanation.totalUs,
            deadline_us: explanation.deadlineUs ?? null,
            cost_us: explanation.costUs,
            features: explanation.features,
            user_features: mapped(explanation.userFeatures, featureOf),
          },
        }),
  };
}

function featureOf({ status, value }: FeatureValue): unknown {
  return { value: value.case === 'numbers' ? value.value.values : value.value, status };
}

function mapped<V>(record: Readonly<Record<string, V>>, map: (value: V) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/** Times differ between two calls, and so do names that the server gives to requests. They are there in both. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name.endsWith('_us')) return [name, typeof member];
      if (name === 'request_id' || name === 'cursor') return [name, String(member).replace(/[0-9a-f]{10}-\w+/, 'ID')];
      return [name, withoutTimes(member)];
    }),
  );
}
