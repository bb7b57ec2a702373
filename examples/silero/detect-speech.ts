/**
 * Says where somebody speaks in a WAV file (16 kHz, 16 bits, one channel), with the model `silero_vad` of a running server:
 *
 *     npm start
 *     node examples/silero/detect-speech.ts [SOUND] [--url http://localhost:8000]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RangefinderClient } from '@rangefinder/client';
import { readArguments } from '../support/tensors.ts';
import { speechProbabilities, speechSegments } from './speech-detector.ts';
import { readWav } from './wav.ts';

const { url, file } = readArguments(join(import.meta.dirname, 'data', 'go-forward.wav'));
const client = new RangefinderClient({ url });
const probabilities = await speechProbabilities(readWav(readFileSync(file)), client);
client.close();
for (const { startMs, endMs } of speechSegments(probabilities)) {
  console.log(`speech from ${(startMs / 1000).toFixed(2)} s to ${(endMs / 1000).toFixed(2)} s`);
}
