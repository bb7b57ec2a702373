import { invalidArgument } from '@rangefinder/base';
import { formatShape, type Dimension, type TensorSpec } from '@rangefinder/tensor';
import { isOpen } from '../arrays/shape-fit.ts';

export type Layout = 'NCHW' | 'NHWC';

/** How a picture has to lie in a model's input. A height or width of `undefined` is free. */
export interface ImagePlacement {
  readonly layout: Layout;
  readonly channels: 1 | 3 | 4;
  readonly height: number | undefined;
  readonly width: number | undefined;
  /** Sizes of the tensor for a picture of that height and width. */
  shape(height: number, width: number): readonly number[];
}

const CHANNEL_COUNTS: ReadonlySet<number> = new Set([1, 3, 4]);

/**
 * Reads height, width, channels and their order off a declared shape: [N,C,H,W], [N,H,W,C], [C,H,W], [H,W,C], [N,H,W] or [H,W]
 * (grey), or [N,H·W] with a square picture. C is the dimension of 1, 3 or 4, the first where both are; `layout` overrules.
 *
 * @throws INVALID_ARGUMENT naming `field` where a picture does not fit the declaration.
 */
export function placeImage(spec: TensorSpec, layout: Layout | undefined, field: string): ImagePlacement {
  const declared = spec.shape ?? [-1, 3, -1, -1];
  const rank = declared.length;
  if (rank === 2 && (isOpen(declared[0]) || declared[0] === 1) && !isOpen(declared[1]))
    return flatSquare(declared[1] as number, declared, field);
  if (rank === 2 || (rank === 3 && layout === undefined && channelAxes(declared, 0).length === 0))
    return grey(declared);
  if (rank !== 3 && rank !== 4) throw noPicture(declared, field);
  const first = rank - 3;
  const axis = layout === undefined ? guessChannelAxis(declared, first, field) : layout === 'NCHW' ? first : rank - 1;
  const channels = declared[axis];
  if (!isOpen(channels) && !CHANNEL_COUNTS.has(channels as number)) throw noPicture(declared, field);
  const isFirst = axis === first;
  const [rows, columns] = isFirst ? [declared[first + 1], declared[first + 2]] : [declared[first], declared[first + 1]];
  const channelCount = (isOpen(channels) ? 3 : channels) as 1 | 3 | 4;
  return {
    layout: isFirst ? 'NCHW' : 'NHWC',
    channels: channelCount,
    height: sizeOf(rows),
    width: sizeOf(columns),
    shape: (height, width) => [
      ...(rank === 4 ? [1] : []),
      ...(isFirst ? [channelCount, height, width] : [height, width, channelCount]),
    ],
  };
}

function grey(declared: readonly Dimension[]): ImagePlacement {
  const rank = declared.length;
  return {
    layout: 'NHWC',
    channels: 1,
    height: sizeOf(declared[rank - 2]),
    width: sizeOf(declared[rank - 1]),
    shape: (height, width) => [...(rank === 3 ? [1] : []), height, width],
  };
}

function flatSquare(length: number, declared: readonly Dimension[], field: string): ImagePlacement {
  const side = Math.sqrt(length);
  if (!Number.isInteger(side)) throw noPicture(declared, field);
  return { layout: 'NHWC', channels: 1, height: side, width: side, shape: (height, width) => [1, height * width] };
}

function channelAxes(declared: readonly Dimension[], first: number): readonly number[] {
  return [first, declared.length - 1].filter((axis) => CHANNEL_COUNTS.has(declared[axis] as number));
}

function guessChannelAxis(declared: readonly Dimension[], first: number, field: string): number {
  const [axis] = channelAxes(declared, first);
  if (axis !== undefined) return axis;
  if (isOpen(declared[first])) return first;
  throw invalidArgument(field, `cannot tell the channels of ${formatShape(declared)}; say --layout NCHW or NHWC`);
}

function sizeOf(size: Dimension | undefined): number | undefined {
  return isOpen(size) ? undefined : (size as number);
}

function noPicture(declared: readonly Dimension[], field: string): Error {
  return invalidArgument(field, `a picture does not fit the declared shape ${formatShape(declared)}`);
}
