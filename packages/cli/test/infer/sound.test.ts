import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tensorValues, type DataType, type Dimension, type TensorSpec } from '@rangefinder/tensor';
import type { WavSound } from '../../src/files/wav.ts';
import { cutWindows, DEFAULT_SOUND_OPTIONS, soundTensor } from '../../src/infer/sound-tensor.ts';

const spec = (shape: readonly Dimension[], dataType: DataType = 'FP32'): TensorSpec => ({
  name: 'x',
  dataType,
  shape,
  optional: false,
});
const sound = (samples: readonly number[], channels = 1): WavSound => ({
  sampleRateHz: 16_000,
  channels,
  samples: Float32Array.from(samples),
});

test('a recording becomes windows of the declared length, the last filled with silence', () => {
  const array = soundTensor(sound([0.5, -0.5, 0.25, 1, -1]), spec([1, 2]), DEFAULT_SOUND_OPTIONS, 'x');
  assert.deepEqual(array.shape, [3, 2]);
  assert.deepEqual(tensorValues(array), [0.5, -0.5, 0.25, 1, -1, 0]);
  assert.equal(array.rowSeconds, 2 / 16_000);
});

test('windows may overlap, and may be chosen where the model leaves them open', () => {
  const array = soundTensor(
    sound([0, 0.25, 0.5, 0.75]),
    spec([-1, -1]),
    { ...DEFAULT_SOUND_OPTIONS, frameSamples: 2, hopSamples: 1 },
    'x',
  );
  assert.deepEqual(array.shape, [3, 2]);
  assert.deepEqual(tensorValues(array), [0, 0.25, 0.25, 0.5, 0.5, 0.75]);
});

test('without a length all of it is one window', () => {
  assert.deepEqual(soundTensor(sound([0, 1, 0]), spec([-1, -1]), DEFAULT_SOUND_OPTIONS, 'x').shape, [1, 3]);
  assert.deepEqual(soundTensor(sound([0, 1, 0]), spec([-1]), DEFAULT_SOUND_OPTIONS, 'x').shape, [3]);
  assert.deepEqual(soundTensor(sound([0, 1, 0]), spec([-1, 1, 2]), DEFAULT_SOUND_OPTIONS, 'x').shape, [2, 1, 2]);
});

test('windows that are asked about one by one must have a length', () => {
  const stepwise = { ...DEFAULT_SOUND_OPTIONS, stepwise: true };
  assert.throws(
    () => soundTensor(sound([0, 1]), spec([-1, -1]), stepwise, 'x'),
    /--frame-size: x takes windows of any length/,
  );
  assert.deepEqual(soundTensor(sound([0, 1]), spec([1, 1]), stepwise, 'x').shape, [2, 1]);
});

test('channels are averaged, integers get their full scale', () => {
  assert.deepEqual(
    tensorValues(soundTensor(sound([1, 0, -1, 0], 2), spec([-1]), DEFAULT_SOUND_OPTIONS, 'x')),
    [0.5, -0.5],
  );
  assert.deepEqual(
    tensorValues(soundTensor(sound([-1, 0, 0.5, 1]), spec([-1], 'INT16'), DEFAULT_SOUND_OPTIONS, 'x')),
    [-32_768, 0, 16_384, 32_767],
  );
});

test('another sample rate and types without sound are refused', () => {
  assert.throws(
    () => soundTensor(sound([0]), spec([-1]), { ...DEFAULT_SOUND_OPTIONS, sampleRateHz: 8000 }, 'x'),
    /x: recorded at 16000 Hz, the model wants 8000 Hz/,
  );
  assert.throws(() => soundTensor(sound([0]), spec([-1], 'BYTES'), DEFAULT_SOUND_OPTIONS, 'x'), /type BYTES/);
  assert.throws(() => cutWindows(new Float32Array(40_000), 20_000, 1), /--frame-hop/);
});

test('every sample is in a window as long as they do not skip any, and no window is empty', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (count, length, hop) => {
      const samples = Float32Array.from({ length: count }, (_, i) => i + 1);
      const windows = cutWindows(samples, length, Math.min(hop, length));
      assert.deepEqual(new Set(windows.samples.filter((sample) => sample > 0)), new Set(samples));
      const starts = Array.from({ length: windows.count }, (_, i) => windows.samples[i * length] ?? 0);
      assert.ok(count === 0 || starts.every((sample) => sample > 0));
    }),
  );
});
