import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centreFigure, pixelsToValues } from '../src/app/logic/image-tensor.ts';
import { imageLayout, isAudioLike, isDrawable, pictureSize } from '../src/app/logic/input-kind.ts';
import type { DeclaredShape } from '../src/app/logic/shape.ts';
import { inputsThatTake, pairStates } from '../src/app/logic/state-pairs.ts';

const fp32 = (shape: DeclaredShape, name = 'x') => ({ name, datatype: 'FP32', shape });

test('pictures are told by their shape', () => {
  assert.equal(imageLayout(fp32([-1, 3, 224, 224]))?.order, 'NCHW');
  assert.equal(imageLayout(fp32([-1, 3, -1, -1]))?.order, 'NCHW');
  assert.equal(imageLayout(fp32([1, 224, 224, 3]))?.order, 'NHWC');
  assert.equal(imageLayout(fp32([1, 28, 28]))?.order, 'CHW');
  assert.equal(imageLayout(fp32([28, 28]))?.order, 'HW');
  for (const shape of [[-1, 512], [2, -1, 128], [-1, 64], [], [1, 3, 4, 4], [1, 2, 3, 4, 5]])
    assert.equal(imageLayout(fp32(shape)), undefined, String(shape));
  assert.equal(imageLayout({ name: 'x', datatype: 'BYTES', shape: [1, 3, 32, 32] }), undefined);
});

test('small one-channel pictures are drawn, rows of floats are heard', () => {
  assert.ok(isDrawable(fp32([-1, 1, 28, 28])));
  assert.ok(!isDrawable(fp32([-1, 3, 32, 32])));
  assert.ok(!isDrawable(fp32([-1, 1, -1, -1])));
  assert.ok(isAudioLike(fp32([-1, 512])));
  assert.ok(isAudioLike(fp32([-1])));
  assert.ok(!isAudioLike(fp32([-1, 64])));
  assert.ok(!isAudioLike({ name: 'ids', datatype: 'INT64', shape: [-1, -1] }));
});

test('pixels are laid out and scaled as asked', () => {
  const pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 51, 255) };
  const options = { scale: 'unit' as const, bgr: false, invert: false };
  const planar = imageLayout(fp32([1, 3, 8, 8]))!;
  const interleaved = imageLayout(fp32([1, 8, 8, 3]))!;
  const rounded = (values: ArrayLike<unknown>): number[] =>
    Array.from(values as ArrayLike<number>, (value) => Math.round(value * 100) / 100);
  assert.deepEqual(rounded(pixelsToValues(pixels, planar, 'FP32', options) as Float32Array), [1, 0, 0, 1, 0, 0.2]);
  assert.deepEqual(rounded(pixelsToValues(pixels, interleaved, 'FP32', options) as Float32Array), [1, 0, 0, 0, 1, 0.2]);
  assert.deepEqual(
    rounded(pixelsToValues(pixels, interleaved, 'FP32', { ...options, bgr: true }) as Float32Array),
    [0, 0, 1, 0.2, 1, 0],
  );
  assert.deepEqual(
    [...pixelsToValues(pixels, interleaved, 'UINT8', { ...options, scale: 'bytes', invert: true })],
    [0, 255, 255, 255, 0, 204],
  );
});

test('open sides follow the picture', () => {
  const size = (shape: DeclaredShape) =>
    pictureSize(fp32(shape), imageLayout(fp32(shape))!, { width: 2000, height: 500 });
  assert.deepEqual(size([1, 3, 224, 200]), { width: 200, height: 224 });
  assert.deepEqual(size([1, 3, 48, -1]), { width: 192, height: 48 });
  assert.deepEqual(size([1, 3, -1, 100]), { width: 100, height: 25 });
  assert.deepEqual(size([1, 3, -1, -1]), { width: 960, height: 256 });
});

test('transparent pixels are white', () => {
  const pixels = { width: 1, height: 1, data: Uint8ClampedArray.of(0, 0, 0, 0) };
  assert.deepEqual(
    [...pixelsToValues(pixels, imageLayout(fp32([28, 28]))!, 'UINT8', { scale: 'bytes', bgr: false, invert: false })],
    [255],
  );
});

test('a figure is scaled and centred wherever it was drawn', () => {
  const side = 56;
  const square = (left: number, top: number): Float32Array =>
    Float32Array.from({ length: side * side }, (_, i) =>
      i % side >= left && i % side < left + 10 && Math.floor(i / side) >= top && Math.floor(i / side) < top + 10
        ? 1
        : 0,
    );
  const corner = centreFigure(square(2, 3), side, 28);
  assert.deepEqual(corner, centreFigure(square(40, 30), side, 28));
  assert.equal(corner[14 * 28 + 14], 1);
  assert.equal(corner[0], 0);
  assert.ok(Math.abs(corner.reduce((sum, level) => sum + level, 0) - 400) < 45);
  assert.ok(centreFigure(new Float32Array(side * side), side, 28).every((level) => level === 0));
});

test('outputs that are the next state are paired with their inputs', () => {
  const vad = pairStates(
    [fp32([-1, 512], 'input'), fp32([2, -1, 128], 'state')],
    [fp32([-1, 1], 'output'), fp32([2, -1, 128], 'stateN')],
  );
  assert.deepEqual([...vad], [['stateN', 'state']]);
  const open = pairStates(
    [fp32([-1, -1], 'input'), fp32([2, -1, 128], 'state')],
    [fp32([-1, 1], 'output'), fp32([-1, -1, -1], 'stateN')],
  );
  assert.deepEqual([...open], [['stateN', 'state']]);
  const pairs = pairStates(
    [fp32([2, 1, 64], 'h'), fp32([2, 1, 64], 'c')],
    [fp32([2, 1, 64], 'hn'), fp32([2, 1, 64], 'cn'), fp32([1, 5], 'scores')],
  );
  assert.deepEqual(
    [...pairs],
    [
      ['hn', 'h'],
      ['cn', 'c'],
    ],
  );
  const cache = pairStates([fp32([1, 4, -1, 8], 'past_key_values.0.key')], [fp32([1, 4, -1, 8], 'present.0.key')]);
  assert.deepEqual([...cache], [['present.0.key', 'past_key_values.0.key']]);
});

test('unlike shapes or types are not paired', () => {
  assert.equal(pairStates([fp32([2, 1, 64], 'state')], [fp32([2, 1, 32], 'stateN')]).size, 0);
  assert.equal(pairStates([{ name: 'state', datatype: 'FP16', shape: [2] }], [fp32([2], 'stateN')]).size, 0);
});

test('any input that can take an output is offered', () => {
  const output = { name: 'y', dataType: 'FP32' as const, shape: [2, 3], values: new Float32Array(6) };
  assert.deepEqual(
    inputsThatTake([fp32([-1, 3], 'a'), fp32([-1, 4], 'b'), { name: 'c', datatype: 'INT8', shape: [-1, 3] }], output),
    ['a'],
  );
});
