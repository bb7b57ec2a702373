/** Items as files say them: what was written is read, in either format, and nonsense is refused with its line and column. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { openRecords } from '@rangefinder/features';
import { defineRanker } from '@rangefinder/ranking';
import { readItems, type ReadItems } from '../../src/rankers/item-reader.ts';
import { MemoryBudget } from '../../src/rankers/memory-budget.ts';
import { RankerProblems } from '../../src/rankers/ranker-problems.ts';

const folder = mkdtempSync(join(tmpdir(), 'rangefinder-items-'));
after(() => rmSync(folder, { recursive: true }));

const items = defineRanker({
  name: 'r',
  items: {
    attributes: { word: 'keyword', words: 'keyword_list', int: 'int', float: 'float', bool: 'bool', time: 'timestamp' },
    popular: { column: 'votes' },
    embeddings: { v: { column: 'v', dimensions: 2, metric: 'l2' } },
  },
}).items!;

async function read(format: 'csv' | 'jsonl', text: string): Promise<{ read: ReadItems; problems: string[] }> {
  const file = join(folder, `items.${format}`);
  writeFileSync(file, text);
  const problems = new RankerProblems();
  const options = {
    label: file,
    configFile: 'ranker.yaml',
    config: items,
    kept: new Set(['v']),
    budget: new MemoryBudget('limit', 1e9),
    problems,
    onProgress: () => {},
    signal: new AbortController().signal,
  };
  const found = await readItems(await openRecords(file, format), options);
  try {
    problems.throwIfAny();
    return { read: found, problems: [] };
  } catch (thrown) {
    assert.ok(thrown instanceof RangefinderError);
    const lines = thrown.message.split('\n').filter((line) => !line.endsWith('problems in the rankers:'));
    return { read: found, problems: lines.map((line) => line.replace(`${file}: `, '')) };
  }
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((word) => word === word.normalize());
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });
const row = fc.record({
  id: text,
  word: nullable(text),
  words: nullable(fc.array(text, { maxLength: 4 })),
  int: nullable(fc.maxSafeInteger()),
  float: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
  bool: nullable(fc.boolean()),
  time: nullable(
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((d) => d.toISOString()),
  ),
  votes: nullable(fc.integer({ min: 0, max: 1e6 })),
  v: nullable(
    fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 }), { minLength: 2, maxLength: 2 }),
  ),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;
const rows = fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 12 });

function csvOf(all: readonly Row[]): string {
  const cell = (value: unknown): string => {
    if (value === null) return '';
    const plain = typeof value === 'string' ? value : JSON.stringify(value);
    return `"${plain.replaceAll('"', '""')}"`;
  };
  return [Object.keys(all[0]!).join(','), ...all.map((one) => Object.values(one).map(cell).join(','))].join('\n');
}

test('what was written is read, as JSON lines and as CSV', async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (all) => {
      const jsonl = all.map((one) => JSON.stringify(one)).join('\n');
      for (const [format, content] of [
        ['jsonl', jsonl],
        ['csv', csvOf(all)],
      ] as const) {
        const { read: found, problems } = await read(format, content);
        assert.deepEqual(problems, [], format);
        const { catalog, vectors, popular } = found;
        for (const [number, { id, votes, v, time, ...attributes }] of all.entries()) {
          assert.equal(catalog.numberOf(id), number);
          const expected = Object.entries({ ...attributes, time: time === null ? null : Date.parse(time) });
          const present = expected
            .filter(([, value]) => value !== null)
            .map(([name, value]) => [name, Object.is(value, -0) ? 0 : value]);
          const got = Object.entries(catalog.attributes.get(number)!).map(([name, value]) => [
            name,
            Object.is(value, -0) ? 0 : value,
          ]);
          assert.deepEqual(Object.fromEntries(got), Object.fromEntries(present), format);
          const place = popular.ids.indexOf(number);
          assert.equal(place < 0 ? null : popular.scores[place], votes);
          const { ids, vectors: values } = vectors.get('v')!.rows();
          const at = ids.indexOf(number);
          assert.deepEqual(
            at < 0 ? null : [...values.subarray(2 * at, 2 * at + 2)],
            v === null ? null : v.map((x) => Math.fround(x) + 0),
          );
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('nonsense is told with its line and column, and nothing else is thrown', async () => {
  const cell = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('1e999', '-', '[1', '{}', '1970', 'NaN', ' '));
  const anything = fc.record(
    { id: cell, word: cell, words: cell, int: cell, float: cell, bool: cell, time: cell, votes: cell, v: cell },
    { requiredKeys: ['id'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 6 }), async (all) => {
      const { problems } = await read('jsonl', all.map((one) => JSON.stringify(one)).join('\n\n'));
      for (const line of problems) {
        const place = /^line (?<line>\d+)\.(?<column>\w+)(\[\d+\])?: ./.exec(line)?.groups;
        if (place === undefined)
          assert.match(line, /^(ranker\.yaml: items\..*: no row of|line \d+: |too much is wrong)/);
        else assert.ok(Number(place['line']) % 2 === 1 && Number(place['line']) < 2 * all.length, line);
      }
    }),
    { numRuns: 300 },
  );
});
