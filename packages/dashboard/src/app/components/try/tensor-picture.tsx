import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface TensorPictureProps {
  readonly width: number;
  readonly height: number;
  /** Levels from `min` to `max`, black to white, row by row. */
  readonly levels: ArrayLike<number>;
  readonly min: number;
  readonly max: number;
  readonly label: string;
}

/** One channel of a tensor as the model sees it, pixel by pixel. */
export function TensorPicture({ width, height, levels, min, max, label }: TensorPictureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const image = context.createImageData(width, height);
    const scale = max > min ? 255 / (max - min) : 0;
    for (let i = 0; i < width * height; i += 1) {
      const level = (levels[i]! - min) * scale;
      image.data.set([level, level, level, 255], i * 4);
    }
    context.putImageData(image, 0, 0);
  }, [levels, width, height, min, max]);
  return <canvas ref={canvas} class="picture" width={width} height={height} role="img" aria-label={label} />;
}
