/** The text recogniser through a server, on the photograph of a printed page. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeCtc, readDictionary, recognisePage } from '../ocr/recogniser.ts';
import { serveDemoModel } from './support/demo-server.ts';

test('the page reads as it is printed', async (t) => {
  const client = await serveDemoModel(t, 'ocr_recognition');
  const lines = await recognisePage(join(import.meta.dirname, '..', 'ocr', 'data', 'printed-page.png'), client);
  // This model, made for Chinese text, drops some of the spaces between English words: compared without them.
  assert.deepEqual(
    lines.slice(0, 6).map((line) => line.replaceAll(' ', '')),
    [
      'Region-based segmentation',
      'Let us first determine markers of the coins and the',
      'background. These markers are pixels that we can label',
      'unambiguously as either object or background. Here,',
      'the markers are found at the two extreme parts of the',
      'histogram of grey values:',
    ].map((line) => line.replaceAll(' ', '')),
  );
  assert.equal(lines[1], 'Let us first determine markers of the coins and the');
});

test('decoding drops repeats and blanks, and keeps double letters that a blank divides', () => {
  const dictionary = ['', 'a', 'b'];
  const columns = [0, 1, 1, 0, 1, 2, 2, 0];
  const scores = Float32Array.from(columns.flatMap((column) => dictionary.map((_, i) => (i === column ? 1 : 0))));
  assert.equal(decodeCtc(scores, dictionary), 'aab');
});

test('the dictionary has a character for each class of the model', () => {
  assert.equal(readDictionary().length, 6625);
});
