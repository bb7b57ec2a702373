import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serverOptions } from '../../src/options/option-sources.ts';
import { startServer } from '../../src/server.ts';
import { ask, errorOf, type Answer } from '../support/http-client.ts';
import { RecordingLogger } from '../support/test-server.ts';
import { filmRankers, filmVector, rankerModelFolder } from './film-rankers.ts';

interface RankBody {
  items: {
    id: string;
    score: number;
    scored_by: string;
    explanation?: Record<string, Record<string, { value: unknown }>>;
  }[];
  page: { available: number; cursor?: string };
  degradations: { kind: string }[];
  counts: { duplicates: number; user_found: boolean };
  explanation?: { stages: { stage: string; in: number; out: number }[] };
}

async function filmServer(t: TestContext) {
  const modelRepository = [await rankerModelFolder(t)];
  const options = serverOptions({ modelRepository, httpPort: 0, grpc: false, metricsPort: 0 });
  const server = await startServer(options, { logger: new RecordingLogger(), rankers: await filmRankers() });
  t.after(() => server.close(0));
  const rank = (body: unknown, ranker = 'films'): Promise<Answer> =>
    ask(`${server.httpUrl}/v1/rankers/${ranker}/rank`, {
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { server, rank };
}

const ADA = { user: 'ada', context: { evening: true } };

describe('POST /v1/rankers/{ranker}/rank', () => {
  it('ranks over a store, an index and an ONNX model', async (t) => {
    const { rank, server } = await filmServer(t);
    const answer = await rank({ ...ADA, explain: true, request_id: 'r1' });
    assert.equal(answer.status, 200, answer.text);
    const body = JSON.parse(answer.text) as RankBody;
    assert.deepEqual(body.degradations, []);
    assert.equal(body.items.length, 10);
    for (const { id, scored_by, score } of body.items) {
      assert.ok(!['f1', 'f2'].includes(id) && Number(id.slice(1)) % 10 !== 0, id);
      assert.equal(scored_by, 'heavy');
      const clicks = Number(id.slice(1)) % 50;
      const x = Float32Array.of(1, 0, 0.5, 0, clicks, ...filmVector(Number(id.slice(1))));
      const direct = await server.modelServer.infer(
        {
          modelName: 'ranker',
          modelVersion: '',
          id: '',
          inputs: [{ name: 'X', dataType: 'FP32', shape: [1, 9], bytes: new Uint8Array(x.buffer) }],
          outputs: [],
          parameters: { priority: 0, timeoutUs: 0, other: {} },
        },
        { deadlineUs: Infinity },
      );
      const y = new Float32Array(direct.outputs[0]!.bytes.slice().buffer)[0]!;
      assert.ok(Math.abs(score - 1 / (1 + Math.exp(-y))) < 1e-5);
    }
    assert.deepEqual(body.explanation?.stages.map(({ stage }) => stage).slice(0, 3), ['user', 'sources', 'filters']);
    const second = JSON.parse((await rank({ user: 'ada', page: { cursor: body.page.cursor } })).text) as RankBody;
    assert.equal(new Set([...body.items, ...second.items].map(({ id }) => id)).size, 20);
    const metrics = await ask(server.metricsUrl);
    assert.match(metrics.text, /rangefinder_rank_latency_seconds_count\{ranker="films",outcome="success"\} 2/);
    assert.match(metrics.text, /rangefinder_rank_stage_seconds_count\{ranker="films",stage="heavy"\} 1/);
  });

  it('ranks candidates of the caller, and says when it does not know the user', async (t) => {
    const { rank } = await filmServer(t);
    const answer = await rank({ ...ADA, user: 'nobody', candidates: ['f3', 'f4', 'f3', 'f10'] });
    const body = JSON.parse(answer.text) as RankBody;
    assert.deepEqual(body.items.map(({ id }) => id).toSorted(), ['f3', 'f4']);
    assert.equal(body.counts.duplicates, 1);
    assert.equal(body.counts.user_found, false);
  });

  it('keeps what a body inflates to within what is parsed in one go', async (t) => {
    const { server } = await filmServer(t);
    const body = gzipSync(JSON.stringify({ ...ADA, exclude: ['x'.repeat(5 * 1024 * 1024)] }));
    assert.ok(body.length < 100_000);
    const url = `${server.httpUrl}/v1/rankers/films/rank`;
    const answer = await ask(url, { body, headers: { 'Content-Encoding': 'gzip' } });
    assert.equal(answer.status, 413);
    assert.match(errorOf(answer), /^request body after gzip: expected at most 4194304 bytes/);
  });

  it('refuses bad input and names the field', async (t) => {
    const { rank } = await filmServer(t);
    const many = Array.from({ length: 100_000 }, (_, i) => `f${i}`);
    const cases: [unknown, number, RegExp][] = [
      ['{', 400, /^request body: expected JSON/],
      ['[]', 400, /^request body: expected an object/],
      [{}, 400, /^user: required/],
      [{ ...ADA, user: 7 }, 400, /^user: expected a string/],
      [{ ...ADA, colour: 1 }, 400, /^colour: unknown key/],
      [{ user: 'ada' }, 400, /^context\.evening: missing/],
      [{ ...ADA, context: { evening: {} } }, 400, /^context\.evening: expected a finite number/],
      [{ ...ADA, context: { evening: 'late' } }, 400, /context\.evening/],
      [{ ...ADA, candidates: 'f1' }, 400, /^candidates: expected an array/],
      [{ ...ADA, candidates: [1] }, 400, /^candidates\[0\]: expected a string/],
      [{ ...ADA, candidates: many }, 413, /^candidates: expected at most 2000 items, got 100000/],
      [{ ...ADA, exclude: many }, 413, /^exclude: expected at most 10000 items/],
      [{ ...ADA, filter: { eq: { language: 'en' } } }, 400, /^filter\.eq: unknown attribute "language"/],
      [{ ...ADA, filter: { equals: { genre: 'g1' } } }, 400, /^filter/],
      [{ ...ADA, page: { size: 0 } }, 400, /^page\.size/],
      [{ ...ADA, page: { size: 501 } }, 400, /^page\.size: expected an integer from 1 to 500/],
      [{ ...ADA, page: { cursor: '10.gone' } }, 404, /^page\.cursor/],
      [{ ...ADA, rerank: { mmr_lambda: 2 } }, 400, /^rerank\.mmr_lambda/],
      [{ ...ADA, deadline_ms: 0 }, 400, /^deadline_ms/],
    ];
    for (const [body, status, message] of cases) {
      const answer = await rank(body);
      assert.equal(answer.status, status, answer.text);
      assert.match(errorOf(answer), message);
    }
    const unknown = await rank(ADA, 'filmz');
    assert.equal(unknown.status, 404);
    assert.match(errorOf(unknown), /did you mean films/);
  });
});

describe('GET /v1/rankers', () => {
  it('lists rankers and shows one with its defaults', async (t) => {
    const { server } = await filmServer(t);
    assert.deepEqual(JSON.parse((await ask(`${server.httpUrl}/v1/rankers`)).text), { rankers: ['films'] });
    const config = JSON.parse((await ask(`${server.httpUrl}/v1/rankers/films`)).text) as { candidates_max: number };
    assert.equal(config.candidates_max, 2_000);
    assert.equal((await ask(`${server.httpUrl}/v1/rankers/other`)).status, 404);
  });
});
