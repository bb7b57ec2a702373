import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editableText, initialDraft, withArray, withShape, withText } from '../src/app/logic/input-draft.ts';
import { fitShape, formatShape, initialShape } from '../src/app/logic/shape.ts';

test('a declared shape is shown with its open sizes', () => {
  assert.equal(formatShape([-1, 3, 'height']), '[?, 3, height]');
  assert.equal(formatShape([]), 'scalar');
});

test('data finds its shape', () => {
  // Its own shape, where the declaration allows it.
  assert.deepEqual(fitShape([-1, 4], [1, 4], 8, [2, 4]), [2, 4]);
  // One example without a batch dimension.
  assert.deepEqual(fitShape([-1, 1, 2, 2], [1, 1, 2, 2], 4, [1, 2, 2]), [1, 1, 2, 2]);
  // The shape that the form has.
  assert.deepEqual(fitShape([-1, -1], [2, 3], 6), [2, 3]);
  // The first open dimension that the count can be solved for.
  assert.deepEqual(fitShape([-1, 4], [1, 4], 12), [3, 4]);
  assert.equal(fitShape([-1, 4], [1, 4], 5), undefined);
  assert.equal(fitShape([2, 2], [2, 2], 3), undefined);
});

test('text sets values and the open sizes', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
  const draft = withText(initialDraft(input), input.shape, 'FP32', '1,2\n3,4\n5,6');
  assert.deepEqual(draft.shape, [3, 2]);
  assert.equal(draft.error, undefined);
});

test('text that does not fit keeps the last good values and says what was expected', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [2, 2] };
  const before = initialDraft(input);
  const draft = withText(before, input.shape, 'FP32', '1, 2, 3');
  assert.equal(draft.values, before.values);
  assert.match(draft.error ?? '', /expected 4 values for \[2, 2\].*got 3 values/);
});

test('a new shape repeats the values that were there', () => {
  const input = { name: 'x', datatype: 'INT32', shape: [-1, 2] };
  const draft = withShape(withText(initialDraft(input), input.shape, 'INT32', '[[1, 2]]'), 'INT32', [2, 2]);
  assert.deepEqual(draft.values, Int32Array.of(1, 2, 1, 2));
});

test('a shape beyond the limit is refused before memory is taken', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [-1, -1] };
  const draft = withShape(initialDraft(input), 'FP32', [1_000_000, 1_000_000]);
  assert.match(draft.error ?? '', /more than this form takes/);
  assert.equal(draft.values.length, 1);
});

test('a file of another number type is converted, one of numbers is no text', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
  const array = { dataType: 'INT64' as const, shape: [2, 2], values: BigInt64Array.of(1n, 2n, 3n, 4n) };
  const draft = withArray(initialDraft(input), input, array, 'a.npy');
  assert.deepEqual(draft.values, Float32Array.of(1, 2, 3, 4));
  assert.equal(draft.source, 'a.npy, from INT64');
  const texts = { name: 't', datatype: 'BYTES', shape: [-1] };
  assert.match(
    withArray(initialDraft(texts), texts, { ...array, shape: [4] }, 'a.npy').error ?? '',
    /holds INT64, the input takes BYTES/,
  );
});

test('few values are edited as text, many are not', () => {
  assert.equal(editableText(initialDraft({ name: 'x', datatype: 'FP32', shape: [2] })), '[0, 0]');
  assert.equal(editableText(initialDraft({ name: 'x', datatype: 'FP32', shape: [1, 3, 224, 224] })), undefined);
});

test('sound of any length starts as one window where the model keeps state', () => {
  const input = { name: 'input', datatype: 'FP32', shape: [-1, -1] };
  assert.deepEqual(initialDraft(input, true).shape, [1, 512]);
  assert.deepEqual(initialDraft(input).shape, [1, 1]);
});

test('a sample rate starts at a usual value', () => {
  assert.deepEqual(initialDraft({ name: 'sr', datatype: 'INT64', shape: [] }).values, BigInt64Array.of(16_000n));
  assert.deepEqual(initialShape([-1, 3]), [1, 3]);
});
