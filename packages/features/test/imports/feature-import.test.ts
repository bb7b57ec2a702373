import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
  columnNumbers,
  columnTexts,
  createFeatureReader,
  type FeatureViewSpec,
  FeatureWriter,
  importFeatures,
  type ImportProgress,
  MemoryRowStore,
} from '@rangefinder/features';
import { tensorValues } from '@rangefinder/tensor';
import { parquetWriteBuffer } from 'hyparquet-writer';

const folder = mkdtempSync(path.join(tmpdir(), 'rangefinder-import-'));
after(() => rm(folder, { recursive: true, force: true }));
const EVENT_MS = Date.parse('2026-01-02T03:04:05Z');

const view: FeatureViewSpec = {
  name: 'users',
  entity: 'user',
  maxAgeMs: 0,
  features: [
    { name: 'age', dataType: 'INT32', container: undefined },
    { name: 'name', dataType: 'BYTES', container: undefined },
    { name: 'score', dataType: 'FP64', container: undefined },
    { name: 'seen', dataType: 'INT64', container: { kind: 'list', maxLength: 4 } },
  ],
};

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

async function checkRows(store: MemoryRowStore): Promise<void> {
  const features = view.features.map(({ name }) => `users:${name}`);
  const reader = createFeatureReader({ store, views: [view], features });
  const { columns, oldestEventMs } = await reader.read(['1', '2'], { nowMs: EVENT_MS, timeoutMs: 1_000 });
  assert.deepEqual([...columnNumbers(columns[0]!, 2)], [30, Number.NaN]);
  assert.deepEqual(columnTexts(columns[1]!, 2), ['Ada, "the first"\nof them', 'Bo']);
  assert.deepEqual([...columnNumbers(columns[2]!, 2)], [0.5, -1e-3]);
  assert.deepEqual(tensorValues({ ...columns[3]!, shape: [8] }), [7n, 9007199254740993n, 0n, 0n, 0n, 0n, 0n, 0n]);
  assert.deepEqual([...columns[3]!.lengths!], [2, 0]);
  assert.equal(oldestEventMs, EVENT_MS);
}

test('CSV with quotes, line breaks, empty fields and columns that are no feature', async () => {
  const file = await write(
    'users.csv',
    '\uFEFFuser,age,name,score,seen,at,other\r\n1,30,"Ada, ""the first""\nof them",0.5,"[7,8]",2026-01-02T03:04:05Z,x\r\n2,,Bo,-1e-3,[],1767323045000,\r\n',
  );
  const store = new MemoryRowStore();
  const writer = new FeatureWriter({ store, view });
  const progress = await importFeatures(writer, { file, eventTimeColumn: 'at' });
  assert.deepEqual(progress, { rows: 2, applied: 2, totalRows: undefined });
  assert.equal(store.rowCount, 2);
});

test('JSON lines', async () => {
  const rows = [
    { user: '1', years: 30, name: 'Ada, "the first"\nof them', score: 0.5, seen: '[7]', at: EVENT_MS },
    { user: 2, years: null, name: 'Bo', score: -1e-3, seen: [], at: '2026-01-02T03:04:05Z' },
  ];
  const file = await write('users.jsonl', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n\n`);
  const store = new MemoryRowStore();
  const progress = await importFeatures(new FeatureWriter({ store, view }), {
    file,
    eventTimeColumn: 'at',
    rename: { years: 'age' },
  });
  assert.deepEqual(progress, { rows: 2, applied: 2, totalRows: undefined });
});

test('Parquet, with its types, dates and NaN, and progress batch by batch', async () => {
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'user', data: [1n, 2n], type: 'INT64' },
      { name: 'age', data: [30, Number.NaN], type: 'DOUBLE' },
      { name: 'name', data: ['Ada, "the first"\nof them', 'Bo'], type: 'STRING' },
      { name: 'score', data: [0.5, -1e-3], type: 'DOUBLE' },
      { name: 'seen', data: ['[7, 8]', '[]'], type: 'STRING' },
      { name: 'at', data: [new Date(EVENT_MS), new Date(EVENT_MS)], type: 'TIMESTAMP' },
    ],
  });
  const file = await write('users.parquet', new Uint8Array(content));
  const seen: ImportProgress[] = [];
  const store = new MemoryRowStore();
  await importFeatures(new FeatureWriter({ store, view }), {
    file,
    eventTimeColumn: 'at',
    batchRows: 1,
    onProgress: (progress) => seen.push(progress),
  });
  assert.deepEqual(seen, [
    { rows: 1, applied: 1, totalRows: 2 },
    { rows: 2, applied: 2, totalRows: 2 },
  ]);
});

test('imported rows are what the file said, to the last bit', async () => {
  const rows = [
    'user,age,name,score,seen',
    '1,30,"Ada, ""the first""\nof them",0.5,"[7,""9007199254740993""]"',
    '2,,Bo,-1e-3,[]',
  ];
  const store = new MemoryRowStore();
  const file = await write('exact.csv', rows.join('\n'));
  await importFeatures(new FeatureWriter({ store, view }), { file, eventMs: EVENT_MS });
  await checkRows(store);
});

test('errors name file, row and column', async () => {
  const writer = new FeatureWriter({ store: new MemoryRowStore(), view });
  const importing = async (name: string, content: string): Promise<unknown> =>
    importFeatures(writer, { file: await write(name, content), eventMs: EVENT_MS });
  await assert.rejects(
    importing('a.csv', 'user,age\n1,30\n2,old\n'),
    /a\.csv: row 2\.age: expected an integer for INT32, got "old"/,
  );
  await assert.rejects(
    importing('b.csv', 'user,age\n1\n'),
    /b\.csv: line 2: expected 2 columns like the header, got 1/,
  );
  await assert.rejects(importing('c.csv', 'user,age\n"1,30\n'), /c\.csv: line 2: has a quote that is not closed/);
  await assert.rejects(importing('d.csv', 'age\n30\n'), /d\.csv: row 1\.user: expected an entity id, got nothing/);
  await assert.rejects(importing('e.jsonl', '{"user":1}\n{"user":\n'), /e\.jsonl: line 2: not JSON/);
  await assert.rejects(importing('f.jsonl', '[1]\n'), /f\.jsonl: line 1: expected an object/);
  await assert.rejects(importing('g.parquet', 'no parquet at all'), /g\.parquet: not a Parquet file/);
  await assert.rejects(importing('h.txt', ''), /h\.txt: expected a name that ends in \.csv/);
  await assert.rejects(
    importFeatures(writer, { file: path.join(folder, 'none.csv'), eventMs: 1 }),
    /none\.csv: cannot be read/,
  );
});

test('an import is cancelled between rows', async () => {
  const writer = new FeatureWriter({ store: new MemoryRowStore(), view });
  const file = await write('long.csv', `user,age\n${Array.from({ length: 50 }, (_, i) => `${i},1`).join('\n')}`);
  const abort = new AbortController();
  const importing = importFeatures(writer, {
    file,
    eventMs: EVENT_MS,
    batchRows: 10,
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  await assert.rejects(importing, /cancelled/);
});
