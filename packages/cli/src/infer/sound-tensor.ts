import { DEFAULT_LIMITS, invalidArgument } from '@rangefinder/base';
import type { DataType, TensorSpec } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { viewOf } from '../arrays/cast.ts';
import { elementCodec } from '../arrays/element-codec.ts';
import { isOpen } from '../arrays/shape-fit.ts';
import type { WavSound } from '../files/wav.ts';

/** How a recording becomes windows. Lengths in samples. */
export interface SoundOptions {
  /** What the model was made for; undefined takes the recording as it is. */
  readonly sampleRateHz: number | undefined;
  /** undefined: the last dimension that the model declares, or all in one window. */
  readonly frameSamples: number | undefined;
  /** From one window to the next; undefined: the window's own length, no overlap. */
  readonly hopSamples: number | undefined;
  /** One window after another is asked about, so that all of it in one would be a mistake. */
  readonly stepwise: boolean;
}

export const DEFAULT_SOUND_OPTIONS: SoundOptions = {
  sampleRateHz: undefined,
  frameSamples: undefined,
  hopSamples: undefined,
  stepwise: false,
};

/**
 * A recording as [windows, samples] (or [samples] for an input of rank 1): channels averaged into one, the last window filled
 * up with silence. Float types get -1 to 1, integer types their full scale.
 *
 * @throws INVALID_ARGUMENT naming `field`, or the option.
 */
export function soundTensor(sound: WavSound, spec: TensorSpec, options: SoundOptions, field: string): ArrayData {
  if (options.sampleRateHz !== undefined && options.sampleRateHz !== sound.sampleRateHz) {
    throw invalidArgument(
      field,
      `recorded at ${sound.sampleRateHz} Hz, the model wants ${options.sampleRateHz} Hz; resample it first`,
    );
  }
  const codec = elementCodec(spec.dataType);
  if (codec === undefined || codec.kind === 'bool')
    throw invalidArgument(field, `sound does not fit an input of type ${spec.dataType}`);
  const mono = mixToMono(sound);
  const declared = spec.shape ?? [-1, -1];
  if (declared.length === 1 && options.frameSamples === undefined && isOpen(declared[0])) {
    return encodeSamples(mono, [mono.length], spec.dataType);
  }
  const last = declared.at(-1);
  if (options.stepwise && options.frameSamples === undefined && isOpen(last)) {
    throw invalidArgument('--frame-size', `${spec.name} takes windows of any length; say how many samples one has`);
  }
  const length = options.frameSamples ?? (isOpen(last) ? mono.length : (last as number));
  const hop = options.hopSamples ?? Math.max(1, length);
  const windows = cutWindows(mono, Math.max(1, length), hop);
  const inner = declared.length > 2 ? Array.from({ length: declared.length - 2 }, () => 1) : [];
  const array = encodeSamples(windows.samples, [windows.count, ...inner, Math.max(1, length)], spec.dataType);
  return { ...array, rowSeconds: hop / sound.sampleRateHz };
}

/** Windows of `length` samples, one every `hop`, the last filled with zeros. At least one. */
export function cutWindows(
  samples: Float32Array,
  length: number,
  hop: number,
): { readonly count: number; readonly samples: Float32Array } {
  const count = samples.length <= length ? 1 : Math.ceil((samples.length - length) / hop) + 1;
  if (count * length * 4 > DEFAULT_LIMITS.tensorBytes)
    throw invalidArgument('--frame-hop', `${count} windows of ${length} samples are more than a tensor may hold`);
  const cut = new Float32Array(count * length);
  for (let i = 0; i < count; i += 1)
    cut.set(samples.subarray(i * hop, Math.min(samples.length, i * hop + length)), i * length);
  return { count, samples: cut };
}

function mixToMono(sound: WavSound): Float32Array {
  const { channels, samples } = sound;
  if (channels === 1) return samples;
  const mono = new Float32Array(samples.length / channels);
  for (let i = 0; i < mono.length; i += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += samples[i * channels + channel] ?? 0;
    mono[i] = sum / channels;
  }
  return mono;
}

function encodeSamples(samples: Float32Array, shape: readonly number[], dataType: DataType): ArrayData {
  const codec = elementCodec(dataType);
  if (codec === undefined) throw new TypeError(`no codec for ${dataType}`);
  const [low, high] = codec.range === undefined ? [-1, 1] : [Number(codec.range[0]), Number(codec.range[1])];
  const bytes = new Uint8Array(samples.length * codec.byteLength);
  const view = viewOf(bytes);
  samples.forEach((sample, i) => {
    const value =
      codec.kind === 'float'
        ? sample
        : Math.min(high, Math.max(low, Math.round(low < 0 ? sample * -low : (sample + 1) * 0.5 * high)));
    codec.write(view, i * codec.byteLength, value);
  });
  return { dataType, shape, bytes };
}
