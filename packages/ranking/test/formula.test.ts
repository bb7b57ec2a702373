import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RangefinderError } from '@rangefinder/base';
import { Formula, type Column } from '../src/formula/formula.ts';
import { FUNCTIONS } from '../src/formula/syntax.ts';

/** A formula as text and what it is worth at one row: the plainest evaluator there is, written beside the text. */
interface Case {
  readonly text: string;
  readonly at: (row: number) => number;
}

const ROWS = 5;
const special = [0, -0, 1, -1, 2.5, 1e-9, 1e300, Number.NaN, Infinity, -Infinity];
const value = fc.oneof(fc.constantFrom(...special), fc.double({ min: -100, max: 100 }));
const columns: fc.Arbitrary<{ ctr: Column; 'view:clicks': Column; 'context.hour': Column }> = fc.record({
  ctr: fc.array(value, { minLength: ROWS, maxLength: ROWS }).map((values) => Float64Array.from(values)),
  'view:clicks': fc.array(value, { minLength: ROWS, maxLength: ROWS }).map((values) => Float64Array.from(values)),
  'context.hour': value,
});

type Env = Readonly<Record<string, Column>>;
type Made = (env: Env) => Case;

const NAMES = ['ctr', 'view:clicks', 'context.hour'] as const;

const leaf: fc.Arbitrary<Made> = fc.oneof(
  fc.constantFrom(...NAMES).map((name): Made => (env) => {
    const column = env[name]!;
    return { text: name, at: (row) => (typeof column === 'number' ? column : column[row]!) };
  }),
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((number): Made => () => ({
    text: String(number),
    at: () => number,
  })),
);

const BINARY: readonly [string, (a: number, b: number) => number][] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['^', (a, b) => a ** b],
  ['<', (a, b) => (a < b ? 1 : 0)],
  ['>=', (a, b) => (a >= b ? 1 : 0)],
  ['==', (a, b) => (a === b ? 1 : 0)],
  ['!=', (a, b) => (a === b ? 0 : 1)],
];

const formulas = fc.letrec<{ made: Made }>((tie) => {
  const inner = tie('made');
  return {
    made: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.tuple(fc.constantFrom(...BINARY), inner, inner).map(([[sign, apply], a, b]): Made => (env) => {
        const [x, y] = [a(env), b(env)];
        return { text: `(${x.text}) ${sign} (${y.text})`, at: (row) => apply(x.at(row), y.at(row)) };
      }),
      inner.map((a): Made => (env) => {
        const x = a(env);
        return { text: `-(${x.text})`, at: (row) => -x.at(row) };
      }),
      fc.tuple(inner, inner, inner).map(([a, b, c]): Made => (env) => {
        const [x, y, z] = [a(env), b(env), c(env)];
        return {
          text: `if(${x.text}, ${y.text}, ${z.text})`,
          at: (row) => (Number.isNaN(x.at(row)) ? Number.NaN : x.at(row) === 0 ? z.at(row) : y.at(row)),
        };
      }),
      fc.tuple(inner, inner, inner).map(([a, b, c]): Made => (env) => {
        const all = [a(env), b(env), c(env)];
        return {
          text: `max(${all.map(({ text }) => text).join(', ')})`,
          at: (row) => Math.max(...all.map(({ at }) => at(row))),
        };
      }),
      inner.map((a): Made => (env) => {
        const x = a(env);
        return { text: `exp(log(abs(${x.text})))`, at: (row) => Math.exp(Math.log(Math.abs(x.at(row)))) };
      }),
    ),
  };
}).made;

describe('Formula', () => {
  it('is worth what a plain evaluator says, row by row', () => {
    fc.assert(
      fc.property(formulas, columns, (made, env) => {
        const { text, at } = made(env);
        const formula = new Formula(text, 'f');
        const result = formula.evaluate(
          formula.names.map((name) => (env as Env)[name]!),
          ROWS,
        );
        for (let row = 0; row < ROWS; row++)
          assert.ok(
            Object.is(result[row], at(row)) || result[row] === at(row),
            `${text} at ${row}: ${result[row]}, not ${at(row)}`,
          );
      }),
    );
  });

  it('binds as people expect', () => {
    const cases: [string, number][] = [
      ['1 + 2 * 3', 7],
      ['-2 ^ 2', -4],
      ['2 ^ 3 ^ 2', 512],
      ['2 ^ -1', 0.5],
      ['8 / 4 / 2', 1],
      ['1 + 1 < 3', 1],
      ['clip(5, 0, 2)', 2],
      ['min(3, 1, 2)', 1],
      ['1e3 + .5', 1000.5],
    ];
    for (const [text, expected] of cases) assert.equal(new Formula(text, 'f').evaluate([], 1)[0], expected, text);
  });

  it('says where it stopped understanding', () => {
    const cases: [string, RegExp][] = [
      ['', /f: at character 1: expected a number, a name or "\(", got the end/],
      ['1 +', /at character 4: .*got the end/],
      ['1 $ 2', /at character 3: expected a number, a name or an operator/],
      ['(1', /expected "\)"/],
      ['1 2', /at character 3: expected an operator or the end/],
      ['1 < 2 < 3', /at character 7/],
      ['mx(1, 2)', /no function mx \(did you mean max\?\)/],
      ['exp(1, 2)', /exp takes 1 operands, got 2/],
      ['process.exit(1)', /no function process\.exit/],
      ['('.repeat(200), /levels of nesting/],
      ['1 + '.repeat(1_001) + '1', /at most 1000 operands/],
    ];
    for (const [text, message] of cases) assert.throws(() => new Formula(text, 'f'), message, text);
  });

  it('throws nothing but INVALID_ARGUMENT, whatever it is given', () => {
    const alphabet = fc.constantFrom(...Array.from('0123456789.+-*/^<>=!(),[]:ab_ \n$"'), ...FUNCTIONS);
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
        try {
          const formula = new Formula(parts.join(''), 'f');
          formula.evaluate(
            formula.names.map(() => 1),
            2,
          );
        } catch (thrown) {
          assert.ok(thrown instanceof RangefinderError && thrown.code === 'INVALID_ARGUMENT', String(thrown));
        }
      }),
    );
  });
});
