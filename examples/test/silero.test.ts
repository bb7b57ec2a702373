/** The speech detector through a server: state goes out and comes back, and the sentence is found where it is spoken. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { speechProbabilities, speechSegments } from '../silero/speech-detector.ts';
import { readWav } from '../silero/wav.ts';
import { serveDemoModel } from './support/demo-server.ts';

const sound = readWav(readFileSync(join(import.meta.dirname, '..', 'silero', 'data', 'go-forward.wav')));

test('the sentence is found, and the silence around it', async (t) => {
  const client = await serveDemoModel(t, 'silero_vad');
  const segments = speechSegments(await speechProbabilities(sound, client));
  assert.deepEqual(
    segments.map(({ startMs, endMs }) => [Math.round(startMs), Math.round(endMs)]),
    [[512, 2208]],
  );
});

test('silence is silence', async (t) => {
  const client = await serveDemoModel(t, 'silero_vad');
  const probabilities = await speechProbabilities({ sampleRateHz: 16_000, samples: new Float32Array(16_000) }, client);
  assert.equal(probabilities.length, 31);
  assert.ok(Math.max(...probabilities) < 0.1);
});

test('two streams at one time do not mix their states', async (t) => {
  const client = await serveDemoModel(t, 'silero_vad');
  const alone = await speechProbabilities(sound, client);
  const together = await Promise.all([1, 2, 3, 4].map(() => speechProbabilities(sound, client)));
  for (const probabilities of together) assert.deepEqual(probabilities, alone);
});

test('segments: short silences are bridged, speech up to the end counts', () => {
  assert.deepEqual(speechSegments([0, 1, 0, 1, 0, 0, 0, 1]), [
    { startMs: 32, endMs: 128 },
    { startMs: 224, endMs: 256 },
  ]);
});
