import { invalidArgument } from '@rangefinder/base';
import type { Layout } from './image-layout.ts';

/** How pixels become numbers: x = (pixel × scale − mean) / std, per channel; `invert` takes 255 − pixel first. */
export interface ImageOptions {
  readonly layout: Layout | undefined;
  /** undefined: 1/255 for float inputs, 1 for integers. */
  readonly scale: number | undefined;
  /** One for all channels, or one each. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly invert: boolean;
  /** Blue first, as OpenCV has it. */
  readonly bgr: boolean;
  /** For dimensions that the model leaves open; undefined keeps the picture's own size. */
  readonly size: ImageSize | undefined;
  /** Open dimensions are rounded to a multiple of this. */
  readonly multiple: number;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export const DEFAULT_IMAGE_OPTIONS: ImageOptions = {
  layout: undefined,
  scale: undefined,
  mean: [0],
  std: [1],
  invert: false,
  bgr: false,
  size: undefined,
  multiple: 1,
};

/** `0.5`, `1/255`, `1e-3`. */
export function parseFraction(text: string, field: string): number {
  const parts = text.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [above = Number.NaN, below = 1] = parts;
  const value = above / below;
  if (parts.length > 2 || !Number.isFinite(value))
    throw invalidArgument(field, `expected a number or a fraction such as 1/255, found ${JSON.stringify(text)}`);
  return value;
}

/** `0.5` or `0.485,0.456,0.406`. */
export function parseNumberList(text: string, field: string): readonly number[] {
  return text.split(',').map((part) => parseFraction(part, field));
}

/** `640x480`: width, then height. */
export function parseImageSize(text: string, field: string): ImageSize {
  const match = /^([1-9]\d{0,4})[x×]([1-9]\d{0,4})$/i.exec(text);
  if (match === null)
    throw invalidArgument(field, `expected WIDTHxHEIGHT in pixels such as 640x480, found ${JSON.stringify(text)}`);
  return { width: Number(match[1]), height: Number(match[2]) };
}
