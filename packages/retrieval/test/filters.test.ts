import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RangefinderError } from '@rangefinder/base';
import { AttributeTable, type AttributeValue, type FilterExpression } from '@rangefinder/retrieval';
import fc from 'fast-check';

const SCHEMA = {
  genre: 'keyword',
  tags: 'keyword_list',
  year: 'int',
  rating: 'float',
  hidden: 'bool',
  added: 'timestamp',
} as const;
const WORDS = ['a', 'b', 'c', 'd'];
const word = fc.constantFrom(...WORDS);
const number = fc.integer({ min: -3, max: 3 });

const rowArbitrary = fc.record(
  {
    genre: fc.option(word),
    tags: fc.array(word, { maxLength: 3 }),
    year: number,
    rating: fc.double({ min: -3, max: 3, noNaN: true }),
    hidden: fc.boolean(),
    added: number,
  },
  { requiredKeys: [] },
);

const { expression: expressionArbitrary } = fc.letrec<{ expression: FilterExpression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      eq: fc.oneof(fc.record({ genre: word }), fc.record({ year: number }), fc.record({ hidden: fc.boolean() })),
    }),
    fc.record({ in: fc.oneof(fc.record({ genre: fc.array(word) }), fc.record({ added: fc.array(number) })) }),
    fc.record({ contains: fc.record({ tags: fc.oneof(word, fc.array(word)) }) }),
    fc.record({ exists: fc.constantFrom(...Object.keys(SCHEMA)) }),
    fc.record({
      range: fc.record({
        rating: fc.oneof(fc.record({ gt: number, lte: number }), fc.record({ gte: number }), fc.record({ lt: number })),
      }),
    }),
    fc.record({ not: tie('expression') }),
    fc.record({ and: fc.array(tie('expression'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('expression'), { maxLength: 3 }) }),
  ),
}));

type Row = Readonly<Record<string, AttributeValue | undefined>>;

/** What the language means, said once more and plainly. */
function passes(row: Row, filter: FilterExpression): boolean {
  const value = (field: string): AttributeValue => row[field] ?? null;
  if ('and' in filter) return filter.and.every((part) => passes(row, part));
  if ('or' in filter) return filter.or.some((part) => passes(row, part));
  if ('not' in filter) return !passes(row, filter.not);
  if ('exists' in filter) return value(filter.exists) !== null;
  if ('eq' in filter) return Object.entries(filter.eq).every(([field, wanted]) => value(field) === wanted);
  if ('in' in filter) {
    return Object.entries(filter.in).every(([field, wanted]) => (wanted as readonly unknown[]).includes(value(field)));
  }
  if ('contains' in filter) {
    return Object.entries(filter.contains).every(([field, wanted]) =>
      ((value(field) ?? []) as string[]).some((tag) => [wanted].flat().includes(tag)),
    );
  }
  return Object.entries(filter.range).every(([field, { gt, gte, lt, lte }]) => {
    const x = value(field) as number | null;
    if (x === null) return false;
    return (
      x > Number(gt ?? -Infinity) &&
      x >= Number(gte ?? -Infinity) &&
      x < Number(lt ?? Infinity) &&
      x <= Number(lte ?? Infinity)
    );
  });
}

function tableOf(rows: readonly Row[]): AttributeTable {
  const table = new AttributeTable(SCHEMA);
  rows.forEach((row, i) => table.set(i * 7, row as Record<string, AttributeValue>));
  return table;
}

function idsOf(bits: Uint32Array): number[] {
  return Array.from({ length: bits.length * 32 }, (_, id) => id).filter((id) => (bits[id >>> 5]! >>> (id & 31)) & 1);
}

describe('filters', () => {
  it('pass the items that they describe, and no others', () => {
    fc.assert(
      fc.property(fc.array(rowArbitrary, { maxLength: 30 }), expressionArbitrary, (rows, filter) => {
        const compiled = tableOf(rows).compile(filter);
        const expected = rows.flatMap((row, i) => (passes(row, filter) ? [i * 7] : []));
        assert.deepEqual(idsOf(compiled.bits), expected);
        assert.equal(compiled.count, expected.length);
        assert.equal(compiled.selectivity, rows.length === 0 ? 0 : expected.length / rows.length);
      }),
      { numRuns: 500 },
    );
  });

  it('are one object when they say the same by structure', () => {
    const table = tableOf([{ genre: 'a', year: 1 }, { genre: 'b' }]);
    const a: FilterExpression = { eq: { genre: 'a' } };
    const b: FilterExpression = { range: { year: { gte: 1 } } };
    const one = table.compile({ and: [a, b] });
    for (const same of [
      { and: [b, a, b] },
      { and: [{ and: [a] }, b] },
      { not: { not: { and: [{ in: { genre: ['a', 'a'] } }, b] } } },
    ]) {
      assert.equal(table.compile(same), one);
    }
    assert.notEqual(table.compile({ or: [a, b] }), one);
  });

  it('hold what was true when they were compiled; a change of the table makes new ones', () => {
    const table = tableOf([{ genre: 'a' }, { genre: 'b' }]);
    const before = table.compile({ eq: { genre: 'a' } });
    table.set(7, { genre: 'a' });
    table.remove(0);
    assert.deepEqual(idsOf(before.bits), [0]);
    assert.deepEqual(idsOf(table.compile({ eq: { genre: 'a' } }).bits), [7]);
    assert.deepEqual(table.get(7), { genre: 'a' });
    assert.equal(table.get(0), undefined);
  });

  it('forget the oldest beyond their limits', () => {
    const table = new AttributeTable({ year: 'int' }, { cachedFilters: 2 });
    table.set(1, { year: 1 });
    const filter = (year: number): unknown => ({ eq: { year } });
    const first = table.compile(filter(1));
    assert.equal(table.compile(filter(1)), first);
    table.compile(filter(2));
    table.compile(filter(3));
    assert.notEqual(table.compile(filter(1)), first);
  });

  it('keep keyword lists right while they are rewritten again and again', () => {
    const table = new AttributeTable({ tags: 'keyword_list' });
    for (let round = 0; round < 50; round++) {
      for (let id = 0; id < 100; id++) table.set(id, { tags: [`t${(id + round) % 5}`, 'all'] });
    }
    assert.equal(table.compile({ contains: { tags: 'all' } }).count, 100);
    assert.deepEqual(idsOf(table.compile({ contains: { tags: ['t0'] } }).bits).slice(0, 3), [1, 6, 11]);
    assert.deepEqual(table.get(1), { tags: ['t0', 'all'] });
  });
});

describe('bad filters', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [null, 'filter: expected an object with exactly one of the operators'],
    [{}, 'filter: expected an object with exactly one'],
    [{ eq: { year: 1 }, in: {} }, 'filter: expected an object with exactly one'],
    [{ like: { genre: 'a' } }, 'filter: unknown operator "like"'],
    [{ and: { eq: { year: 1 } } }, 'filter.and: expected an array'],
    [{ and: [{ eq: { year: 1 } }, { eq: { year: '1' } }] }, 'filter.and[1].eq.year: expected a whole number'],
    [{ not: { eq: { colour: 'red' } } }, 'filter.not.eq: unknown attribute "colour"'],
    [{ eq: { toString: 'x' } }, 'filter.eq: unknown attribute "toString"'],
    [{ eq: { tags: 'a' } }, 'filter.eq.tags: "eq" does not apply to an attribute of type keyword_list'],
    [{ contains: { genre: 'a' } }, 'filter.contains.genre: "contains" does not apply'],
    [{ range: { genre: { gt: 1 } } }, 'filter.range.genre: "range" does not apply'],
    [{ range: { year: {} } }, 'filter.range.year: expected at least one of'],
    [{ range: { year: { gt: 1, gte: 1 } } }, 'filter.range.year: has both gt and gte'],
    [{ range: { year: { above: 1 } } }, 'filter.range.year: unknown bound "above"'],
    [{ range: { rating: { gt: Number.NaN } } }, 'filter.range.rating.gt: expected a finite number'],
    [{ range: { added: { gt: 'yesterday' } } }, 'filter.range.added.gt: expected Unix milliseconds or ISO 8601'],
    [{ in: { genre: ['a', 2] } }, 'filter.in.genre[1]: expected a string'],
    [{ exists: 3 }, 'filter.exists: expected the name of an attribute'],
  ];
  for (const [expression, message] of cases) {
    it(`are refused: ${message}`, () => {
      const table = tableOf([{}]);
      assert.throws(
        () => table.compile(expression),
        (error: unknown) =>
          error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT' && error.message.startsWith(message),
      );
    });
  }

  it('are refused when they are too deep or too long', () => {
    const table = tableOf([{}]);
    let deep: unknown = { exists: 'year' };
    for (let i = 0; i < 10_000; i++) deep = { not: deep };
    assert.throws(() => table.compile(deep), /nested deeper than the limit of 32/);
    const long = { in: { year: Array.from({ length: 10_001 }, (_, i) => i) } };
    assert.throws(() => table.compile(long), /more than 10000 operators and values/);
  });

  it('are the only thing that arbitrary JSON is refused as', () => {
    const table = tableOf([{ genre: 'a' }]);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          table.compile(value);
        } catch (error) {
          assert.ok(error instanceof RangefinderError && error.code === 'INVALID_ARGUMENT');
        }
      }),
    );
  });
});

describe('an attribute table', () => {
  it('refuses values of other types and changes nothing', () => {
    const table = tableOf([{ genre: 'a', year: 1 }]);
    const bad: readonly Record<string, unknown>[] = [
      { genre: 'b', year: 1.5 },
      { genre: 3 },
      { tags: 'a' },
      { tags: [1] },
      { rating: Infinity },
      { hidden: 1 },
      { added: '2024-13-01' },
      { colour: 'red' },
    ];
    for (const values of bad) {
      assert.throws(() => table.set(0, values as Record<string, AttributeValue>), RangefinderError);
      assert.deepEqual(table.get(0), { genre: 'a', year: 1 });
    }
    for (const id of [-1, 0.5, 2 ** 31, Number.NaN]) assert.throws(() => table.set(id, {}), RangefinderError);
  });

  it('takes times as ISO 8601 text', () => {
    const table = tableOf([{ added: '2024-05-01T12:00:00Z' }, { added: Date.UTC(2024, 4, 2) }]);
    assert.equal(table.compile({ range: { added: { lt: '2024-05-02' } } }).count, 1);
  });
});
