export interface WavAudio {
  readonly sampleRate: number;
  readonly channels: number;
  /** Channels averaged, -1 to 1. */
  readonly samples: Float32Array;
}

/** Reads RIFF/WAVE with PCM of 8, 16, 24 or 32 bits or floats of 32 or 64. Throws a SyntaxError that says what is wrong. */
export function parseWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.byteLength < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE')
    throw new SyntaxError('not a WAV file: no RIFF/WAVE header');
  let format: { code: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.byteLength;) {
    const id = tag(at);
    const start = at + 8;
    const size = Math.min(view.getUint32(at + 4, true), bytes.byteLength - start);
    if (id === 'fmt ' && size >= 16) {
      const code = view.getUint16(start, true);
      format = {
        // 0xFFFE (extensible) keeps the real code in the first bytes of its GUID.
        code: code === 0xfffe && size >= 26 ? view.getUint16(start + 24, true) : code,
        channels: view.getUint16(start + 2, true),
        sampleRate: view.getUint32(start + 4, true),
        bits: view.getUint16(start + 14, true),
      };
    } else if (id === 'data') {
      if (format === undefined) throw new SyntaxError('the WAV data comes before its format');
      return {
        sampleRate: format.sampleRate,
        channels: format.channels,
        samples: readSamples(view, start, size, format),
      };
    }
    at = start + size + (size % 2);
  }
  throw new SyntaxError('the WAV file has no data chunk');
}

function readSamples(
  view: DataView,
  start: number,
  size: number,
  format: { code: number; channels: number; bits: number },
): Float32Array {
  const { code, channels, bits } = format;
  const read = sampleReader(view, code, bits);
  if (channels < 1 || channels > 64) throw new SyntaxError(`${channels} channels are not supported`);
  const stride = bits / 8;
  const frames = Math.floor(size / (stride * channels));
  const samples = new Float32Array(frames);
  for (let i = 0; i < frames; i += 1) {
    let sum = 0;
    for (let c = 0; c < channels; c += 1) sum += read(start + (i * channels + c) * stride);
    samples[i] = sum / channels;
  }
  return samples;
}

function sampleReader(view: DataView, code: number, bits: number): (at: number) => number {
  if (code === 3 && bits === 32) return (at) => view.getFloat32(at, true);
  if (code === 3 && bits === 64) return (at) => view.getFloat64(at, true);
  if (code === 1 && bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (code === 1 && bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (code === 1 && bits === 24) return (at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608;
  if (code === 1 && bits === 32) return (at) => view.getInt32(at, true) / 2147483648;
  throw new SyntaxError(`WAV encoding ${code} with ${bits} bits is not supported; use PCM or float`);
}

/** Linear resampling, with a moving average first when the rate goes down (enough for trying a model out). */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate || samples.length === 0) return samples;
  const ratio = fromRate / toRate;
  const length = Math.max(1, Math.round(samples.length / ratio));
  const out = new Float32Array(length);
  const width = Math.max(1, Math.round(ratio));
  for (let i = 0; i < length; i += 1) {
    const position = i * ratio;
    const left = Math.min(samples.length - 1, Math.floor(position));
    if (width === 1) {
      const right = Math.min(samples.length - 1, left + 1);
      out[i] = samples[left]! + (samples[right]! - samples[left]!) * (position - left);
    } else {
      let sum = 0;
      for (let j = 0; j < width; j += 1) sum += samples[Math.min(samples.length - 1, left + j)]!;
      out[i] = sum / width;
    }
  }
  return out;
}

export type Waveform = 'tone' | 'chirp' | 'noise' | 'silence';

/** Test signals of `length` samples at half amplitude; `random` gives numbers in [0, 1). */
export function generateWaveform(
  kind: Waveform,
  length: number,
  sampleRate: number,
  random: () => number,
): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const seconds = i / sampleRate;
    if (kind === 'tone') return 0.5 * Math.sin(2 * Math.PI * 440 * seconds);
    if (kind === 'chirp') return 0.5 * Math.sin(2 * Math.PI * (200 + 1900 * (i / Math.max(1, length))) * seconds);
    return kind === 'noise' ? random() - 0.5 : 0;
  });
}
