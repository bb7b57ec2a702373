import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';

/** Decoded sound. `samples` are interleaved by channel, full scale is -1 to 1. */
export interface WavSound {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly samples: Float32Array;
}

interface WavFormat {
  readonly code: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

type SampleReader = (view: DataView, offset: number) => number;

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** By format code and bits. 8-bit PCM is unsigned, everything wider is signed. */
const SAMPLE_READERS: Readonly<Record<string, SampleReader>> = {
  [`${PCM}/8`]: (view, offset) => (view.getUint8(offset) - 128) / 128,
  [`${PCM}/16`]: (view, offset) => view.getInt16(offset, true) / 32_768,
  [`${PCM}/24`]: (view, offset) => ((view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)) / 8_388_608,
  [`${PCM}/32`]: (view, offset) => view.getInt32(offset, true) / 2_147_483_648,
  [`${FLOAT}/32`]: (view, offset) => view.getFloat32(offset, true),
  [`${FLOAT}/64`]: (view, offset) => view.getFloat64(offset, true),
};

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64.
 * Source: the RIFF WAVE description, https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
 *
 * @throws INVALID_ARGUMENT naming `field`.
 */
export function readWav(bytes: Uint8Array, field: string): WavSound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE')
    throw invalidArgument(field, 'not a WAV file');
  let format: WavFormat | undefined;
  for (let offset = 12; offset + 8 <= bytes.byteLength;) {
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (tag(view, offset) === 'fmt ') format = readFormat(view, start, size, field);
    if (tag(view, offset) === 'data') {
      if (format === undefined) throw invalidArgument(field, 'the sound comes before its format');
      // Recorders that stream leave the size at 0 or at its maximum: the sound then runs to the end of the file.
      const isOpenEnded = size === 0 || size === 0xffffffff;
      return decode(view, start, isOpenEnded ? bytes.byteLength - start : size, format, field);
    }
    offset = start + size + (size % 2);
  }
  throw invalidArgument(field, 'has no sound in it');
}

function readFormat(view: DataView, start: number, size: number, field: string): WavFormat {
  if (size < 16 || start + size > view.byteLength) throw invalidArgument(field, 'its format description is cut short');
  const code = view.getUint16(start, true);
  const bits = view.getUint16(start + 14, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  if (channels === 0 || sampleRateHz === 0) throw invalidArgument(field, `${channels} channels at ${sampleRateHz} Hz`);
  // An extensible format keeps its real code in the first two bytes of the sub-format GUID.
  return {
    code: code === EXTENSIBLE && size >= 26 ? view.getUint16(start + 24, true) : code,
    channels,
    sampleRateHz,
    bits,
  };
}

function decode(view: DataView, start: number, size: number, format: WavFormat, field: string): WavSound {
  const read = SAMPLE_READERS[`${format.code}/${format.bits}`];
  if (read === undefined) {
    throw invalidArgument(
      field,
      `WAV format ${format.code} with ${format.bits} bits is not known; PCM of 8, 16, 24, 32 and float of 32, 64 are`,
    );
  }
  if (start + size > view.byteLength)
    throw invalidArgument(field, `cut short: ${size} bytes of sound promised, ${view.byteLength - start} there`);
  const sampleBytes = format.bits / 8;
  const count = Math.floor(size / (sampleBytes * format.channels)) * format.channels;
  if (count * 4 > DEFAULT_LIMITS.tensorBytes) throw invalidArgument(field, 'longer than a tensor may be');
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i += 1) samples[i] = read(view, start + i * sampleBytes);
  return { sampleRateHz: format.sampleRateHz, channels: format.channels, samples };
}

function tag(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  );
}
