import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ElementTypeName } from '../../logic/element-types.ts';
import { PIXEL_SCALES, pixelsToValues } from '../../logic/image-tensor.ts';
import type { PixelOptions, PixelScale } from '../../logic/image-tensor.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import { imageLayout } from '../../logic/input-kind.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { isDynamic } from '../../logic/shape.ts';
import type { Shape } from '../../logic/shape.ts';
import type { TensorValues } from '../../logic/tensor.ts';
import { FileButton } from './file-button.tsx';

interface ImageEditorProps {
  readonly input: TensorDeclaration;
  readonly draft: InputDraft;
  readonly onTake: (shape: Shape, values: TensorValues, source: string) => void;
}

interface Loaded {
  readonly name: string;
  readonly bitmap: ImageBitmap;
}

const SCALE_LABELS: Readonly<Record<PixelScale, string>> = { unit: '0 to 1', signed: '−1 to 1', bytes: '0 to 255', imagenet: 'ImageNet mean and deviation' };
/** Open sides become multiples of this, which networks with strides want, up to the second. */
const SIDE_STEP = 32;
const SIDE_MAX = 960;

export function ImageEditor({ input, draft, onTake }: ImageEditorProps): JSX.Element {
  const layout = imageLayout(input)!;
  const [loaded, setLoaded] = useState<Loaded | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const [dragging, setDragging] = useState(false);
  const [options, setOptions] = useState<PixelOptions>({ scale: input.datatype.includes('INT') ? 'bytes' : 'unit', bgr: false, invert: false });
  const preview = useRef<HTMLCanvasElement>(null);

  const read = async (file: File): Promise<void> => {
    try {
      setLoaded({ name: file.name, bitmap: await createImageBitmap(file) });
      setError(undefined);
    } catch {
      setError(`${file.name} is not a picture that this browser can read.`);
    }
  };
  useEffect(() => {
    if (loaded === undefined) return;
    const { bitmap, name } = loaded;
    const { width, height } = targetSides(input, layout.widthAxis, layout.heightAxis, bitmap);
    const canvas = preview.current!;
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    const values = pixelsToValues(pixels, layout, input.datatype as ElementTypeName, options);
    const shape = draft.shape.map((_, axis) => (axis === layout.widthAxis ? width : axis === layout.heightAxis ? height : axis === layout.channelAxis ? layout.channels : 1));
    onTake(shape, values, `${name}, ${bitmap.width} × ${bitmap.height}`);
  }, [loaded, options]);

  return (
    <div
      class={`editor image${dragging ? ' image-drop' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) void read(file);
      }}
    >
      <div class="image-frame">
        <canvas ref={preview} class="picture" hidden={loaded === undefined} role="img" aria-label={loaded === undefined ? 'No picture' : `${loaded.name} as it is sent`} />
        {loaded === undefined ? <span class="pad-hint">Drop a picture here</span> : null}
      </div>
      <div class="image-side">
        <FileButton label={loaded === undefined ? 'Choose a picture' : 'Another picture'} accept="image/*" onFile={(file) => void read(file)} />
        <label class="field">
          Pixel values
          <select value={options.scale} onChange={(event) => setOptions({ ...options, scale: event.currentTarget.value as PixelScale })}>
            {PIXEL_SCALES.map((scale) => (
              <option key={scale} value={scale}>
                {SCALE_LABELS[scale]}
              </option>
            ))}
          </select>
        </label>
        {layout.channels < 3 ? null : (
          <label class="check">
            <input type="checkbox" checked={options.bgr} onChange={() => setOptions({ ...options, bgr: !options.bgr })} />
            Blue, green, red
          </label>
        )}
        <label class="check">
          <input type="checkbox" checked={options.invert} onChange={() => setOptions({ ...options, invert: !options.invert })} />
          Invert
        </label>
        <p class="panel-note num">{loaded === undefined ? `${layout.order}, resized to the declared sides` : `Sent as ${draft.shape.join(' × ')}`}</p>
        {error === undefined ? null : (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}

function targetSides(input: TensorDeclaration, widthAxis: number, heightAxis: number, bitmap: ImageBitmap): { readonly width: number; readonly height: number } {
  const [width, height] = [input.shape[widthAxis], input.shape[heightAxis]];
  const fit = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  const open = (side: number): number => Math.max(SIDE_STEP, Math.round((side * fit) / SIDE_STEP) * SIDE_STEP);
  if (!isDynamic(width) && !isDynamic(height)) return { width: Number(width), height: Number(height) };
  // One side is given: the other keeps the picture's proportions.
  if (!isDynamic(height)) return { width: Math.max(8, Math.round((bitmap.width / bitmap.height) * Number(height))), height: Number(height) };
  if (!isDynamic(width)) return { width: Number(width), height: Math.max(8, Math.round((bitmap.height / bitmap.width) * Number(width))) };
  return { width: open(bitmap.width), height: open(bitmap.height) };
}
