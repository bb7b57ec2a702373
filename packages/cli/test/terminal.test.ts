import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { jsonText } from '../src/terminal/json-text.ts';
import { formatBytes, formatDuration, formatNumber } from '../src/terminal/quantities.ts';
import { displayWidth, renderTable } from '../src/terminal/table.ts';
import { painterFor, printable, type TextSink } from '../src/terminal/terminal.ts';

const sink = (isTerminal: boolean): TextSink => ({ write: () => {}, isTerminal });

test('columns are as wide as their widest cell, colours and wide characters considered', () => {
  const columns = [
    { title: 'NAME', align: 'left' },
    { title: 'N', align: 'right' },
  ] as const;
  assert.equal(
    renderTable(columns, [
      ['a', '1'],
      ['longer', '22'],
    ]),
    'NAME     N\na        1\nlonger  22\n',
  );
  assert.equal(
    renderTable(columns, [
      ['日本', '1'],
      ['\u001b[31mred\u001b[39m', '2'],
    ]),
    'NAME  N\n日本  1\n\u001b[31mred\u001b[39m   2\n',
  );
});

test('the cells of a column start or end at the same place', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1 }), (rows) => {
      const cells = rows.map(([a, b]) => [printable(a).replaceAll('\n', ''), `${printable(b).replaceAll('\n', '')}|`]);
      const lines = renderTable(
        [
          { title: 'A', align: 'left' },
          { title: 'B|', align: 'right' },
        ],
        cells,
      )
        .trimEnd()
        .split('\n');
      assert.equal(new Set(lines.map(displayWidth)).size, 1);
    }),
  );
});

test('quantities are short and exact enough', () => {
  assert.deepEqual([0, 1023, 1536, 250 * 1024 ** 2, 24 * 1024 ** 3].map(formatBytes), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '250 MiB',
    '24 GiB',
  ]);
  assert.deepEqual([0.04, 9.96, 12.4, 3210].map(formatDuration), ['0 ms', '10 ms', '12 ms', '3.2 s']);
  assert.deepEqual([0.1 + 0.2, 1e-20, 123456789, 2n ** 60n, Number.NaN].map(formatNumber), [
    '0.3',
    '1e-20',
    '123456789',
    '1152921504606846976',
    'NaN',
  ]);
});

test('colours are for terminals, and not where NO_COLOR or a dumb terminal says no', () => {
  const isColoured = (terminal: boolean, environment: Record<string, string>): boolean =>
    painterFor(sink(terminal), environment)('red', 'x') !== 'x';
  assert.equal(isColoured(true, {}), true);
  assert.equal(isColoured(false, {}), false);
  assert.equal(isColoured(false, { FORCE_COLOR: '1' }), true);
  assert.equal(isColoured(true, { FORCE_COLOR: '0' }), false);
  assert.equal(isColoured(true, { NO_COLOR: '1', FORCE_COLOR: '1' }), false);
  assert.equal(isColoured(true, { NO_COLOR: '' }), true);
  assert.equal(isColoured(true, { TERM: 'dumb' }), false);
});

test('no text steers the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      assert.equal(stripVTControlCharacters(shown), shown);
      assert.equal(shown.split('\n').length, text.split('\n').length);
    }),
  );
});

test('a JSON document reads back as what it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(JSON.parse(jsonText(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
  assert.equal(
    jsonText({ a: [1, Number.NaN], b: undefined, c: [{ d: 2n ** 64n }], e: {} }),
    '{\n  "a": [1, "NaN"],\n  "c": [\n    {\n      "d": 18446744073709551616\n    }\n  ],\n  "e": {}\n}\n',
  );
});
