import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ElementTypeName } from '../../logic/element-types.ts';
import { PIXEL_SCALES, pixelsToValues } from '../../logic/image-tensor.ts';
import type { PixelOptions, PixelScale } from '../../logic/image-tensor.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import { imageLayout, pictureSize } from '../../logic/input-kind.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
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

export function ImageEditor({ input, draft, onTake }: ImageEditorProps): JSX.Element {
  const layout = imageLayout(input)!;
  const [loaded, setLoaded] = useState<Loaded | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  const [options, setOptions] = useState<PixelOptions>({
    scale: input.datatype.includes('INT') ? 'bytes' : 'unit',
    bgr: false,
    invert: false,
  });
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
    const { width, height } = pictureSize(input, layout, bitmap);
    const pixels = drawScaled(preview.current!, bitmap, width, height);
    const sizes = new Map([
      [layout.widthAxis, width],
      [layout.heightAxis, height],
      [layout.channelAxis, layout.channels],
    ]);
    const shape = draft.shape.map((_, axis) => sizes.get(axis) ?? 1);
    onTake(
      shape,
      pixelsToValues(pixels, layout, input.datatype as ElementTypeName, options),
      `${name}, ${bitmap.width} × ${bitmap.height}`,
    );
  }, [loaded, options]);

  return (
    <DropZone onFile={(file) => void read(file)}>
      <div class="image-frame">
        <canvas
          ref={preview}
          class="picture"
          hidden={loaded === undefined}
          role="img"
          aria-label={loaded === undefined ? 'No picture' : `${loaded.name} as it is sent`}
        />
        {loaded === undefined ? <span class="drop-hint">Drop a picture here</span> : null}
      </div>
      <div class="image-side">
        <FileButton
          label={loaded === undefined ? 'Choose a picture' : 'Another picture'}
          accept="image/*"
          onFile={(file) => void read(file)}
        />
        <PixelFields options={options} colour={layout.channels >= 3} onChange={setOptions} />
        <p class="panel-note num">
          {loaded === undefined
            ? `${layout.order}, resized to the declared sides`
            : `Sent as ${draft.shape.join(' × ')}`}
        </p>
        {error === undefined ? null : (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
    </DropZone>
  );
}

function drawScaled(canvas: HTMLCanvasElement, bitmap: ImageBitmap, width: number, height: number): ImageData {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

interface DropZoneProps {
  readonly onFile: (file: File) => void;
  readonly children: JSX.Element[];
}

function DropZone({ onFile, children }: DropZoneProps): JSX.Element {
  const [over, setOver] = useState(false);
  return (
    <div
      class={`editor image${over ? ' image-drop' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) onFile(file);
      }}
    >
      {children}
    </div>
  );
}

const SCALE_LABELS: Readonly<Record<PixelScale, string>> = {
  unit: '0 to 1',
  signed: '−1 to 1',
  bytes: '0 to 255',
  imagenet: 'ImageNet mean and deviation',
};

interface PixelFieldsProps {
  readonly options: PixelOptions;
  readonly colour: boolean;
  readonly onChange: (options: PixelOptions) => void;
}

function PixelFields({ options, colour, onChange }: PixelFieldsProps): JSX.Element {
  return (
    <>
      <label class="field">
        Pixel values
        <select
          value={options.scale}
          onChange={(event) => onChange({ ...options, scale: event.currentTarget.value as PixelScale })}
        >
          {PIXEL_SCALES.map((scale) => (
            <option key={scale} value={scale}>
              {SCALE_LABELS[scale]}
            </option>
          ))}
        </select>
      </label>
      {colour ? (
        <label class="check">
          <input type="checkbox" checked={options.bgr} onChange={() => onChange({ ...options, bgr: !options.bgr })} />
          Blue, green, red
        </label>
      ) : null}
      <label class="check">
        <input
          type="checkbox"
          checked={options.invert}
          onChange={() => onChange({ ...options, invert: !options.invert })}
        />
        Invert
      </label>
    </>
  );
}
