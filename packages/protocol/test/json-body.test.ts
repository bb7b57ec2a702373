import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonBody, type JsonValue } from '@rangefinder/protocol';
import { assertClientError, limits, utf8 } from './support.ts';

/** As JSON.parse would have it: prototypes put back, bigints rounded. */
function ordinary(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(ordinary);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, ordinary(inner)] as const);
  return entries.reduce<Record<string, unknown>>((object, [key, inner]) => {
    Object.defineProperty(object, key, { value: inner, enumerable: true, configurable: true, writable: true });
    return object;
  }, {});
}

/** JSON text as other programs write it: blanks anywhere, any character escaped. */
const looseJson = fc
  .tuple(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t', '\r\n '))
  .map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent));

test('valid documents mean what JSON.parse says', async () => {
  await fc.assert(
    fc.asyncProperty(looseJson, async (text) => {
      assert.deepEqual(ordinary(await parseJsonBody(utf8(text), limits)), JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('strings in every spelling', async () => {
  const spelled = fc.array(
    fc.oneof(
      fc
        .string({ unit: 'binary', maxLength: 3 })
        .filter((text) => text.isWellFormed())
        .map((text) => JSON.stringify(text).slice(1, -1)),
      fc.constantFrom(
        '\\u00e9',
        '\\ud83d\\ude00',
        '\\/',
        '\\b\\f\\n\\r\\t',
        '\\"',
        '\\\\',
        '\\u0000',
        '\u007f',
        '\u2028',
      ),
    ),
    { maxLength: 100 },
  );
  await fc.assert(
    fc.asyncProperty(spelled, async (pieces) => {
      const text = `"${pieces.join('')}"`;
      assert.equal(await parseJsonBody(utf8(text), limits), JSON.parse(text));
    }),
  );
});

test('mutated documents: the same verdict as JSON.parse, or stricter, and never another error', async () => {
  const mutated = fc
    .tuple(
      looseJson,
      fc.nat(),
      fc.constantFrom('', ',', ']', '}', '"', '\\', '0', '-', 'e', '.', 't', '[', '{', ':', ' ', '\n'),
    )
    .map(([text, at, put]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + put + text.slice(index + (at % 2));
    });
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      let expected: unknown;
      let isValid = true;
      try {
        expected = JSON.parse(text);
      } catch {
        isValid = false;
      }
      try {
        const parsed = await parseJsonBody(utf8(text), limits);
        assert.ok(isValid, `took what JSON.parse refuses: ${text}`);
        assert.deepEqual(ordinary(parsed), expected);
      } catch (error) {
        assertClientError(error);
        const isStricter = /comes twice|too large|lone/.test((error as Error).message);
        assert.ok(!isValid || isStricter, `refused what JSON.parse takes: ${text}: ${(error as Error).message}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('any bytes: a value or a client error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
      try {
        await parseJsonBody(bytes, limits);
        JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      } catch (error) {
        assertClientError(error);
      }
    }),
    { numRuns: 2000 },
  );
});

test('integers beyond 2^53 are exact', async () => {
  assert.equal(await parseJsonBody(utf8('9007199254740993'), limits), 9007199254740993n);
  assert.equal(await parseJsonBody(utf8('-18446744073709551615'), limits), -18446744073709551615n);
  assert.equal(await parseJsonBody(utf8('9007199254740991'), limits), 9007199254740991);
});

test('keys that are special to JavaScript are plain keys', async () => {
  const value = await parseJsonBody(utf8('{"__proto__":{"a":1},"constructor":2}'), limits);
  assert.deepEqual(
    Object.entries(value as object).map(([key]) => key),
    ['__proto__', 'constructor'],
  );
  assert.equal(({} as Record<string, unknown>)['a'], undefined);
});

test('large documents yield, and deep ones are refused without deep recursion', async () => {
  let turns = 0;
  const yieldToEventLoop = (): Promise<void> => Promise.resolve(void turns++);
  const text = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => ({ i, s: 'x'.repeat(i % 20) })));
  assert.deepEqual(ordinary(await parseJsonBody(utf8(text), limits, yieldToEventLoop)), JSON.parse(text));
  assert.ok(turns >= 20 && turns < 100, `${turns} turns`);
  const long = JSON.stringify('é'.repeat(500_000));
  assert.equal(await parseJsonBody(utf8(long), limits), JSON.parse(long));
  const deep = utf8('['.repeat(1_000_000));
  await assert.rejects(async () => parseJsonBody(deep, limits), /nested deeper than 100 levels/);
  const allowed = await parseJsonBody(utf8('['.repeat(200_000) + ']'.repeat(200_000)), { jsonDepth: 200_000 });
  assert.ok(Array.isArray(allowed));
  await assert.rejects(
    async () => parseJsonBody(utf8(' '.repeat(100_000)), limits),
    /more than 65536 bytes of white space/,
  );
});
