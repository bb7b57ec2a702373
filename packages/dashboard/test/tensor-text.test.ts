import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTensorText, parseTensorText } from '../src/app/logic/tensor-text.ts';

test('a nested JSON array gives its shape', () => {
  const { values, shape } = parseTensorText('[[1, 2, 3], [4, 5.5, -6e1]]', 'FP32');
  assert.deepEqual(shape, [2, 3]);
  assert.deepEqual([...values], [1, 2, 3, 4, 5.5, -60]);
});

test('a flat list has no shape of its own', () => {
  for (const text of ['[1, 2, 3]', '1, 2, 3', '1 2 3', '1;2;3', ' 1\t2\t3 ']) {
    const { values, shape } = parseTensorText(text, 'INT32');
    assert.deepEqual([...values], [1, 2, 3], text);
    assert.equal(shape, undefined, text);
  }
});

test('lines of numbers are rows', () => {
  const { values, shape } = parseTensorText('1,2\n3,4\n5,6\n', 'FP64');
  assert.deepEqual(shape, [3, 2]);
  assert.deepEqual([...values], [1, 2, 3, 4, 5, 6]);
});

test('64-bit integers keep every digit', () => {
  assert.deepEqual(
    [...parseTensorText('[9223372036854775807, -9223372036854775808]', 'INT64').values],
    [2n ** 63n - 1n, -(2n ** 63n)],
  );
});

test('booleans and texts', () => {
  assert.deepEqual([...parseTensorText('[true, false, 1, 0]', 'BOOL').values], [1, 0, 1, 0]);
  assert.deepEqual(parseTensorText('["a, b", "[c]", "\\"d\\""]', 'BYTES').values, ['a, b', '[c]', '"d"']);
  assert.deepEqual(parseTensorText('first line\nsecond, line\n', 'BYTES').values, ['first line', 'second, line']);
});

test('NaN and infinities are read for floats', () => {
  assert.deepEqual([...parseTensorText('nan, inf, -Infinity', 'FP32').values], [NaN, Infinity, -Infinity]);
});

test('what cannot be read says why and where', () => {
  const cases: readonly (readonly [string, 'FP32' | 'UINT8' | 'BOOL' | 'INT64', RegExp])[] = [
    ['', 'FP32', /no data/],
    ['[1, 2', 'FP32', /not closed/],
    ['[1, 2]]', 'FP32', /after the array/],
    ['[[1], [2, 3]]', 'FP32', /ragged/],
    ['[1, [2]]', 'FP32', /nested deeper/],
    ['[[1], 2]', 'FP32', /beside an array/],
    ['[1,, 2]', 'FP32', /unexpected ","/],
    ['[1, ]', 'FP32', /unexpected "]"/],
    ['[1 2]', 'FP32', /expected ","/],
    ['1, x', 'FP32', /value 2 \(x\) is not a number/],
    ['1,2\n3', 'FP32', /line 2 has 1 values, line 1 has 2/],
    ['256', 'UINT8', /outside UINT8, 0 to 255/],
    ['1.5', 'UINT8', /not a whole number/],
    ['2', 'BOOL', /true or false/],
    ['1.5', 'INT64', /not a whole number/],
    ['9223372036854775808', 'INT64', /outside INT64/],
  ];
  for (const [text, dataType, message] of cases)
    assert.throws(() => parseTensorText(text, dataType), { message }, text);
});

test('deep nesting is refused without overflowing the stack', () => {
  assert.throws(() => parseTensorText('['.repeat(100_000), 'FP32'), /more than 32 dimensions/);
});

test('no text escapes with anything but a SyntaxError or RangeError', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('[', ']', ',', '1', '-', '"', 'a', ' ', '\n', '.', '\\'), maxLength: 24 }),
      (text) => {
        try {
          parseTensorText(text, 'FP32');
        } catch (error) {
          assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
        }
      },
    ),
  );
});

test('formatted values are read back as they were', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.integer({ min: -1000, max: 1000 })),
      (rows, columns, stream) => {
        const values = Int32Array.from(stream.take(rows * columns));
        const parsed = parseTensorText(formatTensorText(values, [rows, columns]), 'INT32');
        assert.deepEqual(parsed.values, values);
      },
    ),
  );
});

test('a scalar is shown as a bare number', () => {
  assert.equal(formatTensorText(BigInt64Array.of(16_000n), []), '16000');
});
