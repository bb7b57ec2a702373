import type { RangefinderClient } from '@rangefinder/client';
import { float32Of, float32Tensor } from '../support/tensors.ts';
import type { Sound } from './wav.ts';

const MODEL = 'silero_vad';
const SAMPLE_RATE_HZ = 16_000;
/** New samples in a call, and the last ones of the call before that the model wants in front of them. */
const WINDOW = 512;
const CONTEXT = 64;
const STATE_SHAPE = [2, 1, 128] as const;

export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
}

/** The probability of speech in each window of 32 ms. The state goes out with each answer and comes back with the next call. */
export async function speechProbabilities(sound: Sound, client: RangefinderClient): Promise<number[]> {
  if (sound.sampleRateHz !== SAMPLE_RATE_HZ)
    throw new Error(`expected ${SAMPLE_RATE_HZ} Hz, not ${sound.sampleRateHz}`);
  const sampleRate = {
    name: 'sr',
    dataType: 'INT64' as const,
    shape: [],
    bytes: new Uint8Array(BigInt64Array.of(BigInt(SAMPLE_RATE_HZ)).buffer),
  };
  const probabilities: number[] = [];
  let state: Float32Array = new Float32Array(2 * 1 * 128);
  for (let start = 0; start + WINDOW <= sound.samples.length; start += WINDOW) {
    const frame = new Float32Array(CONTEXT + WINDOW);
    const first = Math.max(0, start - CONTEXT);
    frame.set(sound.samples.subarray(first, start + WINDOW), CONTEXT - (start - first));
    const result = await client.infer(MODEL, [
      float32Tensor('input', [1, frame.length], frame),
      float32Tensor('state', STATE_SHAPE, state),
      sampleRate,
    ]);
    probabilities.push(float32Of(result.output('output'))[0] ?? 0);
    state = float32Of(result.output('stateN'));
  }
  return probabilities;
}

/** Speech begins where the probability reaches `on`, and ends where it stays below `off` for some windows. */
export function speechSegments(
  probabilities: readonly number[],
  on = 0.5,
  off = 0.35,
  silentWindowsMin = 3,
): Segment[] {
  const windowMs = (1000 * WINDOW) / SAMPLE_RATE_HZ;
  const segments: Segment[] = [];
  let start = -1;
  let silent = 0;
  probabilities.forEach((probability, i) => {
    if (start < 0) {
      if (probability >= on) start = i;
      return;
    }
    silent = probability < off ? silent + 1 : 0;
    if (silent < silentWindowsMin) return;
    segments.push({ startMs: start * windowMs, endMs: (i - silent + 1) * windowMs });
    start = -1;
    silent = 0;
  });
  if (start >= 0) segments.push({ startMs: start * windowMs, endMs: probabilities.length * windowMs });
  return segments;
}
