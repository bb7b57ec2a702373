import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import type { FeatureService, OnlineFeaturesRequest, OnlineFeaturesResult, PushRequest } from '@rangefinder/features';
import { bytesOf, encodeStringElements } from '@rangefinder/tensor';
import { testServer, type TestServer } from '../support/test-server.ts';

const OPTIONS = {
  featureServices: { drivers: ['driver_stats:rate', 'driver_stats:city'] },
  featurePushSources: { driver_push: ['driver_stats'] },
};

describe('Feast endpoints', () => {
  test('features by name: entities first, then the features in the order asked for', async (t) => {
    const { server, service } = await withFeatures(t);
    const answer = await post(server, '/get-online-features', {
      features: ['driver_stats:city', 'driver_stats:rate'],
      entities: { driver_id: [1, 2], other: [5, 6] },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, {
      results: [
        { values: [1, 2], statuses: ['PRESENT', 'PRESENT'], event_timestamps: [EPOCH, EPOCH] },
        { values: ['Rome', null], statuses: ['PRESENT', 'OUTSIDE_MAX_AGE'], event_timestamps: [NEW_YEAR, NEW_YEAR] },
        { values: [0.5, null], statuses: ['PRESENT', 'OUTSIDE_MAX_AGE'], event_timestamps: [NEW_YEAR, NEW_YEAR] },
      ],
      metadata: { feature_names: ['driver_id', 'city', 'rate'] },
    });
    assert.deepEqual(service.reads[0]?.entities, { driver_id: [1, 2] });
    assert.equal(service.reads[0]?.timeoutMs, 1_000);
    assert.equal(answer.headers.get('rangefinder-stale-rows'), null);
  });

  test('a feature service, full names, a deadline, stale rows', async (t) => {
    const { server, service } = await withFeatures(t);
    service.staleRows = 2;
    const answer = await post(
      server,
      '/get-online-features',
      '{"feature_service": "drivers", "entities": {"driver": ["1", 9007199254740993]}, "full_feature_names": true}',
      { 'Rangefinder-Timeout-Ms': '500' },
    );
    assert.deepEqual((answer.body as { metadata: unknown }).metadata, {
      feature_names: ['driver', 'driver_stats__rate', 'driver_stats__city'],
    });
    assert.equal(answer.headers.get('rangefinder-stale-rows'), '2');
    assert.deepEqual(service.reads[0]?.entities, { driver: ['1', 9007199254740993n] });
    assert.ok((service.reads[0]?.timeoutMs ?? Infinity) <= 500);
  });

  const refused: [string, unknown, number, RegExp, string?][] = [
    ['no JSON', '{bad', 400, /request body/],
    ['no features', { entities: { driver_id: [1] } }, 400, /features/],
    ['unknown view', rates('nope:rate'), 404, /Feature view nope does not exist/, 'FeatureViewNotFoundException'],
    ['no view', rates('rate'), 400, /expected view:feature/],
    ['twice', { ...rates('driver_stats:rate', 'driver_stats:rate') }, 400, /comes twice/],
    ['no join key', { features: ['driver_stats:rate'], entities: { x: [1] } }, 400, /join key driver_id/],
    ['an id that is none', { features: ['driver_stats:rate'], entities: { driver_id: [1.5] } }, 400, /driver_id\[0\]/],
    [
      'unknown service',
      { feature_service: 'driver', entities: { driver_id: [1] } },
      404,
      /did you mean drivers/,
      'FeatureServiceNotFoundException',
    ],
  ];
  for (const [name, body, status, message, feastClass] of refused) {
    test(`refused, in both shapes: ${name}`, async (t) => {
      const { server } = await withFeatures(t);
      const answer = await post(server, '/get-online-features', body);
      assert.equal(answer.status, status);
      const { error, detail } = answer.body as { error: string; detail: string };
      assert.match(error, message);
      if (feastClass === undefined) assert.equal(detail, error);
      else assert.deepEqual(JSON.parse(detail), { module: 'feast.errors', class: feastClass, message: error });
    });
  }

  test('a store that does not answer is 503, a slow one 504; health says so too', async (t) => {
    const { server, service } = await withFeatures(t);
    for (const [code, status] of [
      ['UNAVAILABLE', 503],
      ['DEADLINE_EXCEEDED', 504],
    ] as const) {
      service.failure = new RangefinderError(code, 'redis: no answer');
      assert.equal((await post(server, '/get-online-features', rates('driver_stats:rate'))).status, status);
    }
    service.failure = new RangefinderError('UNAVAILABLE', 'redis: no answer');
    assert.equal((await fetch(`${server.url}/health`)).status, 503);
    service.failure = undefined;
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
  });

  test('a push goes to the views of its source; columns they do not have are passed over', async (t) => {
    const { server, service } = await withFeatures(t);
    const answer = await post(server, '/push', {
      push_source_name: 'driver_push',
      df: {
        driver_id: [1, 'b'],
        event_timestamp: ['2026-01-01T00:00:00Z', '2026-01-01 00:00:01'],
        created: ['x', 'y'],
        rate: [0.5, null],
      },
    });
    assert.deepEqual(answer.body, { applied: 2, late: 0 });
    const newYearMs = Date.UTC(2026, 0, 1);
    assert.deepEqual(service.pushes, [
      {
        view: 'driver_stats',
        rows: [
          { entityId: 1, eventMs: newYearMs, values: { rate: 0.5 } },
          { entityId: 'b', eventMs: newYearMs + 1_000, values: { rate: null } },
        ],
      },
    ]);
  });

  const wrongPushes: [string, object, number, RegExp][] = [
    ['unknown source', { push_source_name: 'x', df: frame() }, 404, /Unable to find push source 'x'/],
    ['offline', { push_source_name: 'driver_stats', df: frame(), to: 'offline' }, 501, /no offline store/],
    ['no time', { push_source_name: 'driver_stats', df: { driver_id: [1], rate: [1] } }, 400, /event_timestamp/],
    ['bad time', { push_source_name: 'driver_stats', df: frame({ event_timestamp: ['soon'] }) }, 400, /timestamp\[0\]/],
    ['no id', { push_source_name: 'driver_stats', df: frame({ driver_id: [null] }) }, 400, /driver_id\[0\]/],
    [
      'no feature',
      { push_source_name: 'driver_stats', df: { ...frame(), rate: undefined } },
      400,
      /at least one column/,
    ],
    ['an object', { push_source_name: 'driver_stats', df: frame({ rate: [{ a: 1 }] }) }, 400, /df\.rate\[0\]/],
  ];
  for (const [name, body, status, message] of wrongPushes) {
    test(`push refused: ${name}`, async (t) => {
      const { server, service } = await withFeatures(t);
      const answer = await post(server, '/push', body);
      assert.equal(answer.status, status);
      assert.match((answer.body as { error: string }).error, message);
      assert.deepEqual(service.pushes, []);
    });
  }

  test('metrics tell reads, values by status, stale rows and pushes', async (t) => {
    const { server, service } = await withFeatures(t, { metrics: true });
    service.staleRows = 1;
    await post(server, '/get-online-features', rates('driver_stats:rate'));
    await post(server, '/push', { push_source_name: 'driver_stats', df: frame() });
    const text = await (await fetch(server.server.metricsUrl)).text();
    assert.match(text, /rangefinder_feature_read_seconds_count\{endpoint="get_online_features",outcome="success"\} 1/);
    assert.match(text, /rangefinder_feature_values_total\{status="present"\} 1/);
    assert.match(text, /rangefinder_feature_values_total\{status="outside_max_age"\} 1/);
    assert.match(text, /rangefinder_feature_stale_rows_total 1/);
    assert.match(text, /rangefinder_feature_pushed_rows_total\{outcome="applied"\} 1/);
  });

  test('a server without features says how to serve some', async (t) => {
    const server = await testServer(t);
    const answer = await post(server, '/get-online-features', rates('driver_stats:rate'));
    assert.equal(answer.status, 501);
    assert.match((answer.body as { error: string }).error, /--feature-repository/);
  });

  test('the service is closed with the server', async (t) => {
    const { server, service } = await withFeatures(t);
    await server.server.close(0);
    assert.equal(service.closed, 1);
  });

  test('options that name what is not declared end the start', async (t) => {
    const service = new ScriptedFeatures();
    const start = testServer(t, { featureServices: { s: ['driver_stats:x'] } }, { features: service });
    await assert.rejects(start, { code: 'INVALID_ARGUMENT', message: /featureServices\.s/ });
    assert.equal(service.closed, 1);
  });
});

const EPOCH = '1970-01-01T00:00:00Z';
const NEW_YEAR = '2026-01-01T00:00:00Z';

/** Two rows whatever is asked: one present, one too old. */
class ScriptedFeatures implements FeatureService {
  readonly reads: OnlineFeaturesRequest[] = [];
  readonly pushes: PushRequest[] = [];
  staleRows = 0;
  closed = 0;
  failure: Error | undefined = undefined;

  async onlineFeatures(request: OnlineFeaturesRequest): Promise<OnlineFeaturesResult> {
    this.reads.push(request);
    if (this.failure !== undefined) throw this.failure;
    const eventMs = new Float64Array(2).fill(Date.UTC(2026, 0, 1));
    return {
      rows: 2,
      columns: request.features.map((name) => ({
        name,
        dataType: name.endsWith('city') ? 'BYTES' : 'FP32',
        width: 1,
        bytes: name.endsWith('city') ? encodeStringElements(['Rome', '']) : bytesOf(Float32Array.of(0.5, 0)),
        statuses: Uint8Array.of(2, 4),
        lengths: undefined,
      })),
      eventMs: request.features.map(() => eventMs),
      oldestEventMs: 0,
      staleRows: this.staleRows,
      unreadableRows: 0,
      transformErrors: [],
    };
  }

  reader(): never {
    throw new RangefinderError('UNSUPPORTED', 'only the endpoints are tested with this');
  }

  transform(): undefined {}

  async push(request: PushRequest): Promise<{ applied: number; late: number }> {
    this.pushes.push(request);
    return { applied: request.rows.length, late: 0 };
  }

  describe(): ReturnType<FeatureService['describe']> {
    const features = [
      { name: 'rate', dataType: 'FP32', container: undefined },
      { name: 'city', dataType: 'BYTES', container: undefined },
    ] as const;
    return {
      entities: [{ name: 'driver', joinKey: 'driver_id' }],
      views: [{ name: 'driver_stats', kind: 'stored', entity: 'driver', features, fields: [], context: [] }],
    };
  }

  async check(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

async function withFeatures(
  t: Parameters<typeof testServer>[0],
  options: Readonly<Record<string, unknown>> = {},
): Promise<{ server: TestServer; service: ScriptedFeatures }> {
  const service = new ScriptedFeatures();
  return { service, server: await testServer(t, { ...OPTIONS, ...options }, { features: service }) };
}

function rates(...features: string[]): object {
  return { features, entities: { driver_id: [1, 2] } };
}

function frame(over: object = {}): object {
  return { driver_id: [1], event_timestamp: ['2026-01-01T00:00:00Z'], rate: [1], ...over };
}

async function post(server: TestServer, path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: text, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
