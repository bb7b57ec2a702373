import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElement,
  formatMs,
  formatMsMark,
  formatUs,
} from '../src/app/logic/format.ts';
import { HistoryBuffer } from '../src/app/logic/history-buffer.ts';
import { jsonTokens } from '../src/app/logic/json-tokens.ts';
import { chooseModel } from '../src/app/logic/model-choice.ts';
import { isDistribution, outputLook, softmax, summarize, topScores } from '../src/app/logic/output-view.ts';
import { formatRoute, parseRoute } from '../src/app/logic/route.ts';
import type { History, Overview } from '../src/app/state/api-types.ts';

test('numbers are short', () => {
  assert.deepEqual([0, 0.004, 0.424, 8.1, 62, 999.6, 1240.3, 12_400, 3_100_000, 4.2e9].map(formatCount), [
    '0',
    '0',
    '0.42',
    '8.1',
    '62',
    '1000',
    '1,240',
    '12.4k',
    '3.1M',
    '4.2G',
  ]);
  assert.deepEqual([null, undefined, NaN].map(formatCount), ['–', '–', '–']);
});

test('times keep their digits so that they do not jump', () => {
  assert.deepEqual([0, 0.0421, 0.42, 2.1, 9.999, 88, 412.3, 1290, 90_000].map(formatMs), [
    '0 ms',
    '42.1 µs',
    '0.42 ms',
    '2.10 ms',
    '10.0 ms',
    '88.0 ms',
    '412 ms',
    '1.29 s',
    '1.50 min',
  ]);
  assert.equal(formatMsMark(5), '5 ms');
  assert.equal(formatUs(2500), '2.50 ms');
  assert.equal(formatMs(null), '–');
});

test('bytes and durations', () => {
  assert.deepEqual([0, 512, 1_310_720, 25_769_803_776].map(formatBytes), ['0 B', '512 B', '1.25 MiB', '24 GiB']);
  assert.deepEqual([900, 59_000, 180_000, 7_500_000, 7_200_000, 356_400_000].map(formatDuration), [
    '0 s',
    '59 s',
    '3 min',
    '2 h 5 min',
    '2 h',
    '4 d 3 h',
  ]);
});

test('tensor elements', () => {
  assert.deepEqual([1, 0.057266, 1.5e-7, 3.2e8 + 0.5, NaN].map(formatElement), [
    '1',
    '0.057266',
    '1.500e-7',
    '3.200e+8',
    'NaN',
  ]);
  assert.equal(formatElement(7n), '7');
  assert.equal(formatElement('a"b'), '"a\\"b"');
});

test('addresses of views go both ways, odd names included', () => {
  for (const route of [
    { view: 'overview' },
    { view: 'model', model: 'a/b c#1', version: '2' },
    { view: 'try', model: 'm', version: '' },
    { view: 'try', model: '', version: '' },
  ] as const)
    assert.deepEqual(parseRoute(formatRoute(route)), route);
  assert.deepEqual(parseRoute('#/nonsense'), { view: 'overview' });
  assert.deepEqual(parseRoute('#/models/%E0%A4%A'), { view: 'model', model: '%E0%A4%A', version: '' });
});

test('class scores: ranked, told from probabilities, turned into them', () => {
  assert.deepEqual(
    topScores([0.1, 0.7, NaN, 0.7, 0.2], 3).map(({ index }) => index),
    [1, 3, 4],
  );
  assert.ok(isDistribution([0.25, 0.25, 0.5]));
  assert.ok(!isDistribution([2, -1]));
  assert.deepEqual([...softmax([1000, 1000])], [0.5, 0.5]);
  assert.deepEqual(summarize([1, NaN, 3]), { min: 1, max: 3, mean: 2 });
  assert.equal(summarize([]), undefined);
});

test('outputs get a view that fits', () => {
  const floats = (shape: number[]) => ({
    name: 'o',
    dataType: 'FP32' as const,
    shape,
    values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  assert.equal(outputLook(floats([1, 10])), 'classes');
  assert.equal(outputLook(floats([1, 384])), 'curve');
  assert.equal(outputLook(floats([1, 1])), 'values');
  assert.equal(outputLook(floats([])), 'values');
  assert.equal(outputLook(floats([1, 1, 64, 96])), 'picture');
  assert.equal(outputLook({ name: 'o', dataType: 'BYTES', shape: [2], values: ['a', 'b'] }), 'values');
});

test('indented JSON is cut into kinds and loses nothing', () => {
  const value = { name: 'x', dims: [1, 28], on: true, text: 'a "b": 1' };
  const tokens = jsonTokens(value);
  assert.deepEqual(JSON.parse(tokens.map(({ text }) => text).join('')), value);
  assert.deepEqual(
    tokens.filter(({ kind }) => kind === 'key').map(({ text }) => text),
    ['"name"', '"dims"', '"on"', '"text"'],
  );
  assert.ok(tokens.some(({ kind, text }) => kind === 'literal' && text === 'true'));
});

const examples = new URL('../../server/test/fixtures/', import.meta.url);
const example = async <T>(name: string): Promise<T> => JSON.parse(await readFile(new URL(name, examples), 'utf8')) as T;

test("the server's own examples fill the history", async () => {
  const buffer = new HistoryBuffer();
  buffer.reset(await example<History>('history.json'));
  buffer.push(await example<Overview>('overview.json'));
  const { requests, latencyP90 } = buffer.model('digits', '1')!;
  assert.equal(buffer.atSeconds.length, 4);
  assert.deepEqual(requests, [1240, 1251, 0, 1240.3]);
  assert.deepEqual(latencyP90, [null, null, null, 3.9]);
  assert.equal(buffer.model('silero_vad', '1')!.requests.length, 4);
});

test('the history holds five minutes, and forgets models that are gone', async () => {
  const buffer = new HistoryBuffer();
  const first = await example<Overview>('overview.json');
  for (let second = 0; second < 400; second += 1) {
    const models = second < 50 ? first.models : first.models.filter((model) => model.name !== 'digits');
    buffer.push({ ...first, models, atMs: first.atMs + second * 1000 });
  }
  assert.equal(buffer.atSeconds.length, 300);
  assert.equal(buffer.process.rss.length, 300);
  assert.equal(buffer.model('silero_vad', '1')!.requests.length, 300);
  assert.equal(buffer.model('digits', '1'), undefined);
});

test('two overviews of one second count once', async () => {
  const buffer = new HistoryBuffer();
  const overview = await example<Overview>('overview.json');
  buffer.push(overview);
  buffer.push(overview);
  assert.equal(buffer.atSeconds.length, 1);
});

test('without a version the highest ready one is chosen', async () => {
  const [model] = (await example<Overview>('overview.json')).models;
  const versions = [
    { ...model!, version: '2' },
    { ...model!, version: '10', state: 'LOADING' as const },
    { ...model!, version: '9' },
  ];
  assert.equal(chooseModel(versions, 'digits', '')?.version, '9');
  assert.equal(chooseModel(versions, 'digits', '2')?.version, '2');
  assert.equal(chooseModel(versions, 'digits', '7'), undefined);
});
