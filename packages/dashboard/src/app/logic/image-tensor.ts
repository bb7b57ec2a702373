import type { ElementTypeName } from './element-types.ts';
import type { ImageLayout } from './input-kind.ts';
import { valuesFromNumbers } from './tensor.ts';
import type { TensorValues } from './tensor.ts';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each, row by row. */
  readonly data: Uint8ClampedArray;
}

export const PIXEL_SCALES = ['unit', 'signed', 'bytes', 'imagenet'] as const;
export type PixelScale = (typeof PIXEL_SCALES)[number];

/** Mean and deviation per channel of the ImageNet training set, as torchvision states them. */
const IMAGENET_MEAN = [0.485, 0.456, 0.406];
const IMAGENET_DEVIATION = [0.229, 0.224, 0.225];

export interface PixelOptions {
  readonly scale: PixelScale;
  /** Channels as blue, green, red. */
  readonly bgr: boolean;
  /** Light becomes dark. */
  readonly invert: boolean;
}

/** One picture's values in the input's layout, transparent pixels over white. */
export function pixelsToValues(
  pixels: Pixels,
  layout: ImageLayout,
  dataType: ElementTypeName,
  options: PixelOptions,
): TensorValues {
  const { width, height, data } = pixels;
  const { channels } = layout;
  const area = width * height;
  const planar = layout.order === 'NCHW' || layout.order === 'CHW' || layout.order === 'HW';
  const numbers = new Float32Array(area * channels);
  for (let i = 0; i < area; i += 1) {
    const alpha = data[i * 4 + 3]! / 255;
    const rgb = [0, 1, 2].map((c) => data[i * 4 + c]! * alpha + 255 * (1 - alpha));
    for (let c = 0; c < channels; c += 1) {
      const source = options.bgr && c < 3 ? 2 - c : c;
      let level = channels === 1 ? luma(rgb) : c === 3 ? alpha * 255 : rgb[source]!;
      if (options.invert && c < 3) level = 255 - level;
      numbers[planar ? c * area + i : i * channels + c] = scaled(level, c < 3 ? source : 0, options.scale, channels);
    }
  }
  return valuesFromNumbers(dataType, numbers);
}

function luma(rgb: readonly number[]): number {
  return 0.299 * rgb[0]! + 0.587 * rgb[1]! + 0.114 * rgb[2]!;
}

function scaled(level: number, channel: number, scale: PixelScale, channels: number): number {
  if (scale === 'bytes') return level;
  if (scale === 'unit') return level / 255;
  if (scale === 'signed') return level / 127.5 - 1;
  const statistic = channels === 1 ? 0 : channel;
  return (level / 255 - IMAGENET_MEAN[statistic]!) / IMAGENET_DEVIATION[statistic]!;
}

/**
 * A drawn figure as the MNIST set has its digits: bounding box scaled into 20/28 of the side, centre of mass in the middle.
 * Takes and gives ink levels 0 to 1, row by row; an empty drawing stays empty.
 */
export function centreFigure(ink: Float32Array, sourceSide: number, side: number): Float32Array {
  const box = boundingBox(ink, sourceSide);
  if (box === undefined) return new Float32Array(side * side);
  const target = (side * 20) / 28;
  const scale = target / Math.max(box.width, box.height);
  const placed = sampleBox(ink, sourceSide, side, scale, box.x + box.width / 2, box.y + box.height / 2);
  const mass = centreOfMass(placed, side);
  const shiftX = Math.round(mass.x - (side - 1) / 2);
  const shiftY = Math.round(mass.y - (side - 1) / 2);
  const centred = new Float32Array(side * side);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const fromX = x + shiftX;
      const fromY = y + shiftY;
      if (fromX >= 0 && fromX < side && fromY >= 0 && fromY < side)
        centred[y * side + x] = placed[fromY * side + fromX]!;
    }
  return centred;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boundingBox(ink: Float32Array, side: number): Box | undefined {
  let [left, top, right, bottom] = [side, side, -1, -1];
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      if (ink[y * side + x]! < 0.05) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Averages the source under each target pixel, the given source point landing in the middle. */
function sampleBox(
  ink: Float32Array,
  sourceSide: number,
  side: number,
  scale: number,
  centreX: number,
  centreY: number,
): Float32Array {
  const out = new Float32Array(side * side);
  const steps = Math.max(1, Math.ceil(1 / scale));
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (let dy = 0; dy < steps; dy += 1)
        for (let dx = 0; dx < steps; dx += 1) {
          const sx = Math.floor(centreX + (x + (dx + 0.5) / steps - side / 2) / scale);
          const sy = Math.floor(centreY + (y + (dy + 0.5) / steps - side / 2) / scale);
          if (sx >= 0 && sx < sourceSide && sy >= 0 && sy < sourceSide) sum += ink[sy * sourceSide + sx]!;
        }
      out[y * side + x] = sum / (steps * steps);
    }
  return out;
}

function centreOfMass(ink: Float32Array, side: number): { readonly x: number; readonly y: number } {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (const [i, level] of ink.entries()) {
    mass += level;
    sumX += level * (i % side);
    sumY += level * Math.floor(i / side);
  }
  return mass === 0 ? { x: (side - 1) / 2, y: (side - 1) / 2 } : { x: sumX / mass, y: sumY / mass };
}
