import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { bytesOf, encodeStringElements } from '@rangefinder/tensor';
import {
  encodeFeastOnlineResponse,
  feastOnlineRequest,
  feastPushRequest,
  feastTimestampMs,
  type FeastColumn,
  type FeastOnlineResponse,
  type JsonValue,
} from '../../src/index.ts';

const NO_TIMES = new Float64Array(1);

describe('get-online-features', () => {
  test('a request with features, one with a service', () => {
    assert.deepEqual(
      feastOnlineRequest({ features: ['v:a'], entities: { id: [1, 2n, 'x'] }, full_feature_names: true, extra: 1 }),
      {
        features: ['v:a'],
        featureService: undefined,
        entities: { id: [1, 2n, 'x'] },
        rows: 3,
        fullFeatureNames: true,
      },
    );
    const byService = feastOnlineRequest({ feature_service: 's', features: null, entities: { id: { val: [1] } } });
    assert.equal(byService.featureService, 's');
    assert.deepEqual(byService.entities, { id: [1] });
  });

  const refused: [JsonValue, RegExp][] = [
    [[], /request body/],
    [{ entities: { a: [1] } }, /features/],
    [{ features: [], entities: { a: [1] } }, /features/],
    [{ features: [1], entities: { a: [1] } }, /features\[0\]/],
    [{ features: ['v:a'] }, /entities/],
    [{ features: ['v:a'], entities: {} }, /entities/],
    [{ features: ['v:a'], entities: { a: [] } }, /entities\.a/],
    [{ features: ['v:a'], entities: { a: [1], b: [1, 2] } }, /entities\.b: expected 1 values/],
    [{ features: ['v:a'], entities: { a: [[1]] } }, /entities\.a\[0\]/],
    [{ features: ['v:a'], entities: { a: 1 } }, /entities\.a/],
    [{ features: ['v:a'], entities: { a: [1] }, full_feature_names: 1 }, /full_feature_names/],
  ];
  for (const [body, message] of refused) {
    test(`refused: ${JSON.stringify(body)}`, () => {
      assert.throws(() => feastOnlineRequest(body), { code: 'INVALID_ARGUMENT', message });
    });
  }

  test('whatever comes, only INVALID_ARGUMENT escapes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        for (const parse of [feastOnlineRequest, feastPushRequest]) {
          try {
            parse(body as JsonValue);
          } catch (thrown) {
            assert.ok(thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT');
          }
        }
      }),
    );
  });

  test('an answer as Feast’s feature server writes it', async () => {
    const times = Float64Array.of(1_767_225_600_250, 1_577_836_800_000, 0);
    const statuses = Uint8Array.of(2, 4, 1);
    const common = { statuses, eventMs: times, lengths: undefined, width: 1, isList: false };
    const body = await text({
      rows: 3,
      entities: [{ name: 'driver_id', values: [1001, 9007199254740993n, 'x'] }],
      columns: [
        { ...common, name: 'rate', dataType: 'FP32', bytes: bytesOf(Float32Array.of(0.1, 0, 0)) },
        { ...common, name: 'city', dataType: 'BYTES', bytes: encodeStringElements(['Berün "x"', '', '']) },
        { ...common, name: 'on', dataType: 'BOOL', bytes: Uint8Array.of(1, 0, 0) },
        { ...common, name: 'n', dataType: 'INT64', bytes: bytesOf(BigInt64Array.of(2n ** 53n + 1n, 0n, 0n)) },
      ],
    });
    const times3 = '"event_timestamps":["2026-01-01T00:00:00.250Z","2020-01-01T00:00:00Z","1970-01-01T00:00:00Z"]}';
    const rest = `"statuses":["PRESENT","OUTSIDE_MAX_AGE","NOT_FOUND"],${times3}`;
    const epochs = Array.from({ length: 3 }, () => '"1970-01-01T00:00:00Z"').join(',');
    assert.equal(
      body,
      '{"results":[{"values":[1001,9007199254740993,"x"],"statuses":["PRESENT","PRESENT","PRESENT"],' +
        `"event_timestamps":[${epochs}]},` +
        `{"values":[0.10000000149011612,null,null],${rest},{"values":["Berün \\"x\\"",null,null],${rest},` +
        `{"values":[true,null,null],${rest},{"values":[9007199254740993,null,null],${rest}],` +
        '"metadata":{"feature_names":["driver_id","rate","city","on","n"]}}',
    );
  });

  test('lists keep their lengths, vectors their width, one row is for all', async () => {
    const answer = JSON.parse(
      await text({
        rows: 2,
        entities: [],
        columns: [
          column('list', { lengths: Uint32Array.of(1, 0), statuses: Uint8Array.of(2, 2) }),
          column('vector', { statuses: Uint8Array.of(2, 3) }),
          column('one', { statuses: Uint8Array.of(2), bytes: bytesOf(Float64Array.of(7, 8)) }),
        ],
      }),
    ) as { results: { values: unknown[]; statuses: string[] }[] };
    assert.deepEqual(
      answer.results.map(({ values }) => values),
      [
        [[1], []],
        [[1, 2.5], null],
        [
          [7, 8],
          [7, 8],
        ],
      ],
    );
    assert.deepEqual(answer.results[1]!.statuses, ['PRESENT', 'NULL_VALUE']);
  });

  test('floats that JSON has no number for are words; whole ones stay floats; bytes that are no text are base64', async () => {
    const floats = [Number.NaN, Infinity, -Infinity, -0, 3, 1e300];
    const body = await text({
      rows: 6,
      entities: [],
      columns: [
        {
          ...column('f', { statuses: new Uint8Array(6).fill(2), bytes: bytesOf(Float64Array.from(floats)) }),
          isList: false,
          width: 1,
        },
      ],
    });
    assert.match(body, /"values":\["NaN","Infinity","-Infinity",-0\.0,3\.0,1e\+300\]/);
    const binary = Uint8Array.of(2, 0, 0, 0, 0xff, 0xfe);
    const raw = { ...column('b', { bytes: binary, statuses: Uint8Array.of(2) }), isList: false, width: 1 };
    const base64 = await text({ rows: 1, entities: [], columns: [{ ...raw, dataType: 'BYTES' }] });
    assert.match(base64, /"values":\["\/\/4="\]/);
  });

  test('large answers are the same in slices', async () => {
    const rows = 3_000;
    const values = Float64Array.from({ length: rows * 2 }, (_, i) => i / 7);
    const response: FeastOnlineResponse = {
      rows,
      entities: [{ name: 'id', values: Array.from({ length: rows }, (_, i) => i) }],
      columns: [column('v', { bytes: bytesOf(values), statuses: new Uint8Array(rows).fill(2) })],
    };
    let pauses = 0;
    const yieldToEventLoop = async (): Promise<void> => void pauses++;
    const sliced = await encodeFeastOnlineResponse(response, { sliceBytes: 1_000, yieldToEventLoop });
    assert.equal(Buffer.concat(sliced.chunks).toString(), await text(response));
    assert.equal(sliced.contentLength, Buffer.concat(sliced.chunks).length);
    assert.ok(pauses > 10);
  });
});

describe('push', () => {
  test('lists, and dicts by index as pandas writes them', () => {
    const lists = feastPushRequest({ push_source_name: 's', df: { id: [1, 2], v: [null, [1, 2]] } });
    const dicts = feastPushRequest({
      push_source_name: 's',
      df: { id: { '0': 1, '1': 2 }, v: { '0': null, '1': [1, 2] } },
      to: 'online',
    });
    assert.deepEqual(lists, dicts);
    assert.equal(lists.rows, 2);
  });

  const refused: [JsonValue, RegExp][] = [
    [{ push_source_name: 's' }, /df/],
    [{ push_source_name: 's', df: {} }, /df/],
    [{ push_source_name: 's', df: { a: [1], b: [] } }, /df\.b/],
    [{ push_source_name: 's', df: { a: 1 } }, /df\.a/],
    [{ push_source_name: '', df: { a: [1] } }, /push_source_name/],
    [{ push_source_name: 's', df: { a: [1] }, to: 'x' }, /to: expected online/],
  ];
  for (const [body, message] of refused) {
    test(`refused: ${JSON.stringify(body)}`, () => {
      assert.throws(() => feastPushRequest(body), { code: 'INVALID_ARGUMENT', message });
    });
  }

  test('timestamps in the forms that programs write', () => {
    const ms = Date.UTC(2026, 0, 31, 12, 0, 0, 250);
    for (const written of [
      '2026-01-31T12:00:00.250Z',
      '2026-01-31 12:00:00.250000',
      '2026-01-31 12:00:00.250000+00:00',
      '2026-01-31T13:00:00.250999+0100',
      '2026-01-31T13:00:00.250+01',
    ]) {
      assert.equal(feastTimestampMs(written, 'f'), ms, written);
    }
    assert.equal(feastTimestampMs('2026-01-31', 'f'), Date.UTC(2026, 0, 31));
    for (const wrong of ['', 'now', '2026-13-01', '2026-01-31T25:00:00Z', 1, null, '2026-01-31T12']) {
      assert.throws(() => feastTimestampMs(wrong, 'f'), { code: 'INVALID_ARGUMENT', message: /^f: / });
    }
  });
});

function column(name: string, parts: Partial<FeastColumn>): FeastColumn {
  return {
    name,
    dataType: 'FP64',
    width: 2,
    isList: true,
    bytes: bytesOf(Float64Array.of(1, 2.5, 3, 4)),
    statuses: new Uint8Array(2),
    lengths: undefined,
    eventMs: NO_TIMES,
    ...parts,
  };
}

async function text(response: FeastOnlineResponse): Promise<string> {
  return Buffer.concat((await encodeFeastOnlineResponse(response)).chunks).toString();
}
