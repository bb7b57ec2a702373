import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { tensorValues, type DataType, type Dimension, type TensorSpec } from '@rangefinder/tensor';
import { imageTensor, targetSize } from '../../src/infer/image-file.ts';
import { placeImage } from '../../src/infer/image-layout.ts';
import {
  DEFAULT_IMAGE_OPTIONS,
  parseFraction,
  parseImageSize,
  parseNumberList,
  type ImageOptions,
} from '../../src/infer/image-options.ts';

const spec = (shape: readonly Dimension[], dataType: DataType = 'FP32'): TensorSpec => ({
  name: 'x',
  dataType,
  shape,
  optional: false,
});

/** 2 wide, 1 high: red, then blue. */
const redBlue = await sharp(Buffer.of(255, 0, 0, 0, 0, 255), { raw: { width: 2, height: 1, channels: 3 } })
  .png()
  .toBuffer();
const load = async (
  shape: readonly Dimension[],
  options: Partial<ImageOptions> = {},
  dataType: DataType = 'FP32',
): Promise<readonly [readonly number[], readonly unknown[]]> => {
  const array = await imageTensor(redBlue, spec(shape, dataType), { ...DEFAULT_IMAGE_OPTIONS, ...options }, 'x');
  return [array.shape, tensorValues(array)];
};

test('a picture is laid out as declared, from 0 to 1', async () => {
  assert.deepEqual(await load([-1, 3, 1, 2]), [
    [1, 3, 1, 2],
    [1, 0, 0, 0, 0, 1],
  ]);
  assert.deepEqual(await load([-1, 1, 2, 3], { layout: 'NHWC' }), [
    [1, 1, 2, 3],
    [1, 0, 0, 0, 0, 1],
  ]);
  assert.deepEqual(await load([3, 1, 2]), [
    [3, 1, 2],
    [1, 0, 0, 0, 0, 1],
  ]);
  assert.deepEqual(await load([-1, 3, -1, -1], { bgr: true }), [
    [1, 3, 1, 2],
    [0, 1, 0, 0, 1, 0],
  ]);
  assert.deepEqual(await load([-1, -1, -1, 3], { layout: 'NHWC' }), [
    [1, 1, 2, 3],
    [1, 0, 0, 0, 0, 1],
  ]);
});

test('integer inputs get the pixels themselves, and every option changes what it says', async () => {
  assert.deepEqual((await load([3, 1, 2], {}, 'UINT8'))[1], [255, 0, 0, 0, 0, 255]);
  assert.deepEqual((await load([3, 1, 2], { invert: true }, 'UINT8'))[1], [0, 255, 255, 255, 255, 0]);
  assert.deepEqual(
    (await load([3, 1, 2], { scale: 1, mean: [127.5], std: [0.5] }))[1],
    [255, -255, -255, -255, -255, 255],
  );
  assert.deepEqual((await load([3, 1, 2], { mean: [1, 0, 0], std: [1, 1, 2] }))[1], [0, -1, 0, 0, 0, 0.5]);
});

test('grey inputs get brightness, flat ones too', async () => {
  const white = await sharp({ create: { width: 8, height: 4, channels: 3, background: '#ffffff' } })
    .jpeg()
    .toBuffer();
  for (const [shape, expected] of [
    [
      [-1, 1, 2, 2],
      [1, 1, 2, 2],
    ],
    [
      [2, 2],
      [2, 2],
    ],
    [
      [-1, 784],
      [1, 784],
    ],
  ] as const) {
    const array = await imageTensor(white, spec(shape), DEFAULT_IMAGE_OPTIONS, 'x');
    assert.deepEqual(array.shape, expected);
    assert.ok(tensorValues(array).every((value) => value === 1));
  }
});

test('transparency is put on white', async () => {
  const clear = await sharp({
    create: { width: 2, height: 2, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer();
  assert.ok(
    tensorValues(await imageTensor(clear, spec([1, 2, 2]), DEFAULT_IMAGE_OPTIONS, 'x')).every((value) => value === 1),
  );
});

test('open sides keep the proportions, round to the multiple, or are what was asked for', () => {
  const own = { width: 200, height: 100 };
  const size = (shape: readonly Dimension[], options: Partial<ImageOptions> = {}): unknown =>
    targetSize(placeImage(spec(shape), undefined, 'x'), own, { ...DEFAULT_IMAGE_OPTIONS, ...options });
  assert.deepEqual(size([-1, 3, 48, -1]), { width: 96, height: 48 });
  assert.deepEqual(size([-1, 3, -1, 48]), { width: 48, height: 24 });
  assert.deepEqual(size([-1, 3, -1, -1], { multiple: 32 }), { width: 192, height: 96 });
  assert.deepEqual(size([-1, 3, -1, -1], { size: { width: 640, height: 480 } }), { width: 640, height: 480 });
  assert.deepEqual(size([-1, 3, 10, 20], { multiple: 32 }), { width: 20, height: 10 });
});

test('what is no picture, or fits no picture, is refused by name', async () => {
  await assert.rejects(
    imageTensor(Buffer.from('hello'), spec([3, 2, 2]), DEFAULT_IMAGE_OPTIONS, 'x'),
    /x: not a picture/,
  );
  await assert.rejects(load([-1, 512, 7, 7]), /x: cannot tell the channels|does not fit/);
  await assert.rejects(load([-1, 10]), /does not fit the declared shape \[-1,10\]/);
  await assert.rejects(load([3, 1, 2], {}, 'BOOL'), /type BOOL/);
  await assert.rejects(load([3, 1, 2], { mean: [1, 2] }), /--mean: 2 values for 3 channels/);
  await assert.rejects(load([3, 1, 2], { std: [0] }), /--std: must not be 0/);
});

test('numbers, fractions, lists and sizes are read, and nothing else', () => {
  assert.equal(parseFraction('1/255', '--scale'), 1 / 255);
  assert.deepEqual(parseNumberList('0.5, 1/2,1e-1', '--mean'), [0.5, 0.5, 0.1]);
  assert.deepEqual(parseImageSize('640x480', '--image-size'), { width: 640, height: 480 });
  for (const text of ['', 'x', '1/0', '1/2/3', '1/', 'Infinity'])
    assert.throws(() => parseFraction(text, '--scale'), /--scale: expected/);
  for (const text of ['640', '0x480', '-1x2', '640x'])
    assert.throws(() => parseImageSize(text, '--image-size'), /WIDTHxHEIGHT/);
});
