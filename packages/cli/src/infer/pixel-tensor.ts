import { invalidArgument } from '@rangefinder/base';
import type { DataType } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { viewOf } from '../arrays/cast.ts';
import { elementCodec } from '../arrays/element-codec.ts';
import type { ImagePlacement } from './image-layout.ts';
import type { ImageOptions } from './image-options.ts';

/** Decoded pixels, row by row, channels interleaved, one byte each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Lays pixels out as the model wants them and scales them: x = (pixel × scale − mean) / std.
 * Integer types take the result rounded to the nearest, held inside their range.
 *
 * @throws INVALID_ARGUMENT naming the option or `field`.
 */
export function pixelTensor(
  pixels: Pixels,
  placement: ImagePlacement,
  dataType: DataType,
  options: ImageOptions,
  field: string,
): ArrayData {
  const codec = elementCodec(dataType);
  if (codec === undefined || codec.kind === 'bool')
    throw invalidArgument(field, `a picture does not fit an input of type ${dataType}`);
  const { width, height, channels } = pixels;
  const mean = perChannel(options.mean, channels, '--mean');
  const std = perChannel(options.std, channels, '--std');
  const scale = options.scale ?? (codec.kind === 'float' ? 1 / 255 : 1);
  const area = width * height;
  const bytes = new Uint8Array(area * channels * codec.byteLength);
  const view = viewOf(bytes);
  const [low, high] =
    codec.range === undefined ? [-Infinity, Infinity] : [Number(codec.range[0]), Number(codec.range[1])];
  for (let channel = 0; channel < channels; channel += 1) {
    const source = options.bgr && channels >= 3 && channel < 3 ? 2 - channel : channel;
    for (let i = 0; i < area; i += 1) {
      const raw = pixels.data[i * channels + source] ?? 0;
      const value = ((options.invert ? 255 - raw : raw) * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1);
      const index = placement.layout === 'NCHW' ? channel * area + i : i * channels + channel;
      codec.write(
        view,
        index * codec.byteLength,
        codec.kind === 'float' ? value : Math.min(high, Math.max(low, Math.round(value))),
      );
    }
  }
  return { dataType, shape: placement.shape(height, width), bytes };
}

function perChannel(values: readonly number[], channels: number, option: string): readonly number[] {
  if (option === '--std' && values.includes(0)) throw invalidArgument(option, 'must not be 0');
  if (values.length === channels) return values;
  const [only] = values;
  if (values.length !== 1 || only === undefined)
    throw invalidArgument(option, `${values.length} values for ${channels} channels; give 1 or ${channels}`);
  return Array.from({ length: channels }, () => only);
}
