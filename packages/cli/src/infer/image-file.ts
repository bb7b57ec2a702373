import { invalidArgument } from '@rangefinder/base';
import type { TensorSpec } from '@rangefinder/tensor';
import type { ArrayData } from '../arrays/array-data.ts';
import { placeImage, type ImagePlacement } from './image-layout.ts';
import type { ImageOptions, ImageSize } from './image-options.ts';
import { pixelTensor, type Pixels } from './pixel-tensor.ts';

/** Pixels of a picture before it is decoded; larger ones are refused. */
const IMAGE_PIXELS_MAX = 100_000_000;

/**
 * Decodes a picture (PNG, JPEG, WebP, GIF, AVIF, TIFF, SVG), turns it upright, resizes it to what the model declares and lays
 * it out. Transparency is put on white. Where the model fixes one side only, the other keeps the proportions.
 *
 * @throws INVALID_ARGUMENT naming `field`.
 */
export async function imageTensor(
  file: Uint8Array,
  spec: TensorSpec,
  options: ImageOptions,
  field: string,
): Promise<ArrayData> {
  const placement = placeImage(spec, options.layout, field);
  const pixels = await decode(file, placement, options, field);
  return pixelTensor(pixels, placement, spec.dataType, options, field);
}

/** Target size: fixed sides as declared, open ones from --image-size or the picture, rounded to the multiple. */
export function targetSize(
  placement: ImagePlacement,
  own: ImageSize,
  options: Pick<ImageOptions, 'size' | 'multiple'>,
): ImageSize {
  const rounded = (size: number): number =>
    Math.max(options.multiple, Math.round(size / options.multiple) * options.multiple);
  const { height, width } = placement;
  if (height !== undefined && width !== undefined) return { height, width };
  if (height !== undefined) return { height, width: rounded(options.size?.width ?? (own.width * height) / own.height) };
  if (width !== undefined) return { width, height: rounded(options.size?.height ?? (own.height * width) / own.width) };
  return { height: rounded(options.size?.height ?? own.height), width: rounded(options.size?.width ?? own.width) };
}

async function decode(
  file: Uint8Array,
  placement: ImagePlacement,
  options: ImageOptions,
  field: string,
): Promise<Pixels> {
  // Loaded when the first picture is: the native library costs more than the rest of the command together.
  const { default: sharp } = await import('sharp');
  try {
    const upright = sharp(file, { limitInputPixels: IMAGE_PIXELS_MAX }).autoOrient();
    const { autoOrient } = await upright.metadata();
    const size = targetSize(placement, autoOrient, options);
    const resized = upright
      .toColourspace(placement.channels === 1 ? 'b-w' : 'srgb')
      .resize(size.width, size.height, { fit: 'fill' });
    const flat =
      placement.channels === 4 ? resized.ensureAlpha() : resized.flatten({ background: '#ffffff' }).removeAlpha();
    const { data, info } = await flat.raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== placement.channels)
      throw invalidArgument(field, `decodes to ${info.channels} channels, the model wants ${placement.channels}`);
    return { width: info.width, height: info.height, channels: info.channels, data };
  } catch (error) {
    throw invalidArgument(
      field,
      `not a picture that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
