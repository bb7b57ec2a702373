import { elementType, isElementType } from './element-types.ts';
import { isDynamic } from './shape.ts';
import type { DeclaredShape } from './shape.ts';

export interface TensorDeclaration {
  readonly name: string;
  readonly datatype: string;
  readonly shape: DeclaredShape;
  readonly optional?: boolean;
}

/** Where pixels lie in an image-like input. */
export interface ImageLayout {
  readonly order: 'NCHW' | 'NHWC' | 'CHW' | 'HWC' | 'HW';
  readonly channels: number;
  readonly channelAxis: number | undefined;
  readonly heightAxis: number;
  readonly widthAxis: number;
}

const SMALLEST_SIDE = 8;

/** The layout when the input looks like pictures: 1, 3 or 4 channels and two sides that are open or at least 8 long. */
export function imageLayout(input: TensorDeclaration): ImageLayout | undefined {
  const { shape } = input;
  const isSide = (size: number | string | undefined): boolean => isDynamic(size) || Number(size) >= SMALLEST_SIDE;
  const isChannels = (size: number | string | undefined): boolean => size === 1 || size === 3 || size === 4;
  if (!isElementType(input.datatype) || !['float', 'integer'].includes(elementType(input.datatype).kind))
    return undefined;
  const base = shape.length - 3;
  if (base === 0 || base === 1) {
    const [a, b, c] = shape.slice(base);
    const batched = base === 1;
    if (isChannels(a) && isSide(b) && isSide(c))
      return {
        order: batched ? 'NCHW' : 'CHW',
        channels: Number(a),
        channelAxis: base,
        heightAxis: base + 1,
        widthAxis: base + 2,
      };
    if (isChannels(c) && isSide(a) && isSide(b))
      return {
        order: batched ? 'NHWC' : 'HWC',
        channels: Number(c),
        channelAxis: base + 2,
        heightAxis: base,
        widthAxis: base + 1,
      };
  }
  if (shape.length === 2 && shape.every((size) => !isDynamic(size) && Number(size) >= 16) && shape[0] === shape[1])
    return { order: 'HW', channels: 1, channelAxis: undefined, heightAxis: 0, widthAxis: 1 };
  return undefined;
}

/** Small one-channel pictures, for which a drawing pad is offered. */
export function isDrawable(input: TensorDeclaration): boolean {
  const layout = imageLayout(input);
  if (layout === undefined || layout.channels !== 1) return false;
  const sides = [input.shape[layout.heightAxis], input.shape[layout.widthAxis]];
  return sides.every((size) => typeof size === 'number' && size >= SMALLEST_SIDE && size <= 64);
}

/** Floats in one dimension, after at most a batch of one: open or long enough to be samples of sound. */
export function isAudioLike(input: TensorDeclaration): boolean {
  if (!isElementType(input.datatype) || elementType(input.datatype).kind !== 'float') return false;
  const last = input.shape.at(-1);
  const samples = isDynamic(last) || (Number(last) >= 160 && Number(last) <= 960_000);
  const rank = input.shape.length;
  return samples && (rank === 1 || (rank === 2 && (input.shape[0] === 1 || isDynamic(input.shape[0]))));
}

/** Samples in a run of a stateful model that takes sound of any length, until a person says otherwise: 32 ms at 16 kHz. */
export const STREAM_WINDOW_SAMPLES = 512;

/** A value that such an input usually takes, by its name: 16,000 for a sample rate, 1 for an attention mask. */
export function usualFill(input: TensorDeclaration): number {
  if (/^(sr|sample_?rate|sampling_?rate)$/i.test(input.name)) return 16_000;
  return /(^|_)(attention_)?mask$/i.test(input.name) ? 1 : 0;
}

/** Open sides become multiples of this, which networks with strides want, up to the second. */
const SIDE_STEP = 32;
const SIDE_MAX = 960;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size that a picture is brought to: the declared one; where a side is open, near the picture's own proportions. */
export function pictureSize(input: TensorDeclaration, layout: ImageLayout, picture: Size): Size {
  const [width, height] = [input.shape[layout.widthAxis], input.shape[layout.heightAxis]];
  const scaled = (side: number, from: number, to: number): number =>
    Math.max(SMALLEST_SIDE, Math.round((side / from) * to));
  if (isDynamic(width) && isDynamic(height)) {
    const fit = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const stepped = (side: number): number => Math.max(SIDE_STEP, Math.round((side * fit) / SIDE_STEP) * SIDE_STEP);
    return { width: stepped(picture.width), height: stepped(picture.height) };
  }
  return {
    width: isDynamic(width) ? scaled(picture.width, picture.height, Number(height)) : Number(width),
    height: isDynamic(height) ? scaled(picture.height, picture.width, Number(width)) : Number(height),
  };
}
