import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  printConfigPbtxt,
  readJsonConfig,
  readPbtxtConfig,
  readYamlConfig,
  type ReadConfig,
} from '@rangefinder/repository';
import { writtenConfig } from './written-config-arbitrary.ts';

const readers: readonly [
  string,
  (file: string, text: string) => ReadConfig,
  (config: Record<string, unknown>) => string,
][] = [
  ['config.pbtxt', readPbtxtConfig, printConfigPbtxt],
  ['model.yaml', readYamlConfig, (config) => stringify(config)],
  ['parameters.config', readJsonConfig, (config) => JSON.stringify(config)],
];

/** Empty lists and maps leave no trace in text format. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, withoutEmpty(child)] as const);
  return Object.fromEntries(entries.filter(([key, child]) => key === 'all' || JSON.stringify(child) !== '{}'));
}

for (const [file, read, print] of readers) {
  test(`${file}: what is written is read back`, () => {
    fc.assert(
      fc.property(writtenConfig, (config) => {
        const { config: again, problems } = read(file, print(config));
        assert.deepEqual(problems, []);
        assert.deepEqual(withoutEmpty(again.value), withoutEmpty(JSON.parse(JSON.stringify(config))));
      }),
      { numRuns: 200 },
    );
  });

  test(`${file}: any text has a result, whose problems name the file`, () => {
    const fragment = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '<',
        '>',
        ':',
        ' - ',
        '\n',
        '"',
        "'",
        '\\',
        '#',
        '&a ',
        '*a',
        '!!x ',
        'input',
        'dims',
        '0x',
        '-',
        '? ',
        '|\n',
        '\u0000',
        '\ud800',
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fragment).map((parts) => parts.join('')),
        (text) => {
          const { problems } = read(file, text);
          for (const problem of problems) assert.ok(problem.startsWith(file), problem);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test(`${file}: a damaged configuration has a result`, () => {
    fc.assert(
      fc.property(writtenConfig, fc.nat(), fc.nat(40), fc.string({ maxLength: 5 }), (config, at, count, insertion) => {
        const text = print(config);
        const start = at % (text.length + 1);
        const { problems } = read(file, text.slice(0, start) + insertion + text.slice(start + count));
        for (const problem of problems) assert.ok(problem.startsWith(file), problem);
      }),
      { numRuns: 500 },
    );
  });
}

const bombs: readonly [string, string][] = [
  ['brackets', '['.repeat(1 << 20)],
  ['braces', '{'.repeat(1 << 20)],
  ['angles', 'a<'.repeat(1 << 19)],
  ['messages', 'input{'.repeat(1 << 17)],
  ['dashes', '- '.repeat(1 << 19)],
  ['keys', '? '.repeat(1 << 19)],
  ['indented keys', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}k:`).join('\n')],
  ['one long string', `name: "${'\\\\'.repeat(1 << 19)}"`],
  ['an open string', `name: "${'a'.repeat(1 << 20)}`],
  ['comments', '#\n'.repeat(1 << 19)],
  ['minus signs', '-'.repeat(1 << 20)],
  ['adjacent strings', `name: ${'"a" '.repeat(1 << 16)}`],
  ['nested arrays in JSON', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ['aliases', `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]`],
];

for (const [name, text] of bombs) {
  test(`bomb: ${name}`, () => {
    for (const [file, read] of readers) assert.ok(read(file, text).problems.length <= 101);
  });
}
