import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elementCount, type DataType, type Tensor } from '@rangefinder/tensor';
import { arrayFromJsonValue } from '../../src/arrays/json-array.ts';
import { outputJson, outputText } from '../../src/infer/output-text.ts';
import { topIndices } from '../../src/infer/ranking.ts';
import { jsonText } from '../../src/terminal/json-text.ts';
import type { Painter } from '../../src/terminal/terminal.ts';

const plain: Painter = (_style, text) => text;
const tensor = (values: unknown, dataType: DataType = 'FP32', name = 'y'): Tensor => ({
  name,
  ...arrayFromJsonValue(values, dataType, name),
});

test('probabilities are ranked, other numbers are listed', () => {
  assert.equal(
    outputText(tensor([[0.1, 0.7, 0.2]]), undefined, plain),
    'y  FP32 [1,3]\n  1  0.7\n  2  0.2\n  0  0.1\n',
  );
  assert.equal(outputText(tensor([[0.1, 0.7, 0.4]]), undefined, plain), 'y  FP32 [1,3]\n  0.1  0.7  0.4\n');
  assert.equal(outputText(tensor([[0.1, 0.7, 0.4]]), 1, plain), 'y  FP32 [1,3]\n  1  0.7\n');
  assert.equal(outputText(tensor([[0.1, 0.7, 0.2]]), 0, plain), 'y  FP32 [1,3]\n  0.1  0.7  0.2\n');
});

test('rows of a batch are told apart, long rows and many rows are cut', () => {
  assert.equal(
    outputText(
      tensor([
        [0.5, 0.5],
        [1, 0],
      ]),
      1,
      plain,
    ),
    'y  FP32 [2,2]\n  row 0  0: 0.5\n  row 1  0: 1\n',
  );
  assert.equal(
    outputText(
      tensor(
        Array.from({ length: 20 }, (_, i) => i),
        'INT32',
      ),
      undefined,
      plain,
    ),
    'y  INT32 [20]\n  0  1  2  3  …  16  17  18  19\n',
  );
  assert.match(outputText(tensor(Array.from({ length: 20 }, () => [1, 2])), undefined, plain), /… 4 more rows\n$/);
});

test('single values, nothing at all, text and types without values have their own lines', () => {
  assert.equal(outputText(tensor(9007199254740993n, 'INT64'), undefined, plain), 'y  INT64 []  9007199254740993\n');
  assert.equal(outputText(tensor([]), undefined, plain), 'y  FP32 [0]  empty\n');
  assert.equal(outputText(tensor(['a\u001b[31m'], 'BYTES'), undefined, plain), 'y  BYTES [1]  "a\\u001b[31m"\n');
  const complex: Tensor = { name: 'y', dataType: 'COMPLEX64', shape: [1], bytes: new Uint8Array(8) };
  assert.equal(outputText(complex, undefined, plain), 'y  COMPLEX64 [1]  8 B\n');
  assert.deepEqual(outputJson(complex), { name: 'y', datatype: 'COMPLEX64', shape: [1], raw: 'AAAAAAAAAAA=' });
});

test('a name from a server cannot steer the terminal', () => {
  assert.ok(!outputText(tensor([1, 2], 'FP32', '\u001b[2J'), undefined, plain).includes('\u001b'));
});

test('JSON keeps every digit and writes what JSON lacks as strings', () => {
  const text =
    jsonText(outputJson(tensor(['NaN', 1.5, '-Infinity']))) + jsonText(outputJson(tensor([2n ** 63n], 'UINT64')));
  assert.match(text, /"NaN",\s+1\.5,\s+"-Infinity"/);
  assert.match(text, /9223372036854775808/);
});

test('the top values are the largest, in order, and NaN is last', () => {
  const numbers = fc.array(fc.oneof(fc.double(), fc.constant(Number.NaN)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(numbers, fc.nat(20), (values, count) => {
      const top = topIndices(values, count);
      assert.equal(top.length, Math.min(count, values.length));
      assert.equal(new Set(top).size, top.length);
      const key = (index: number): number => (Number.isNaN(values[index]) ? -Infinity : (values[index] ?? 0));
      for (let i = 1; i < top.length; i += 1) assert.ok(key(top[i - 1] ?? 0) >= key(top[i] ?? 0));
      const rest = Array.from(values.keys()).filter((index) => !top.includes(index));
      const last = top.at(-1);
      if (last !== undefined) assert.ok(rest.every((index) => key(index) <= key(last)));
    }),
  );
});

test('any tensor has a text', () => {
  const tensors = fc
    .tuple(
      fc.constantFrom<DataType>('FP32', 'INT64', 'BOOL', 'FP16', 'COMPLEX64'),
      fc.array(fc.nat(4), { maxLength: 4 }),
    )
    .map(([dataType, shape]): Tensor => {
      const width = { FP32: 4, INT64: 8, BOOL: 1, FP16: 2, COMPLEX64: 8 }[dataType as 'FP32'];
      return { name: 'y', dataType, shape, bytes: new Uint8Array(elementCount(shape) * width) };
    });
  fc.assert(fc.property(tensors, (value) => assert.match(outputText(value, undefined, plain), /\n$/)));
});
