import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ElementTypeName } from '../../logic/element-types.ts';
import { centreFigure } from '../../logic/image-tensor.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import { imageLayout } from '../../logic/input-kind.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { elementCount } from '../../logic/shape.ts';
import type { Shape } from '../../logic/shape.ts';
import { numbersOf, valuesFromNumbers } from '../../logic/tensor.ts';
import type { TensorValues } from '../../logic/tensor.ts';
import { Button } from '../controls.tsx';
import { TensorPicture } from './tensor-picture.tsx';

interface DrawEditorProps {
  readonly input: TensorDeclaration;
  readonly draft: InputDraft;
  readonly onDraw: (shape: Shape, values: TensorValues) => void;
}

const PAD_SIDE = 168;
const STROKE = 14;

/** A pad for small pictures. Ink is 1, paper 0; the figure is centred as in the MNIST set. Keys 0 to 9 write that digit. */
export function DrawEditor({ input, draft, onDraw }: DrawEditorProps): JSX.Element {
  const pad = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ x: number; y: number } | undefined>(undefined);
  const frame = useRef<number | undefined>(undefined);
  const [empty, setEmpty] = useState(true);
  const layout = imageLayout(input)!;
  const side = Number(input.shape[layout.widthAxis]);
  useEffect(() => () => cancelAnimationFrame(frame.current ?? 0), []);

  const emit = (): void => {
    cancelAnimationFrame(frame.current ?? 0);
    frame.current = requestAnimationFrame(() => {
      const { data } = context().getImageData(0, 0, PAD_SIDE, PAD_SIDE);
      const ink = Float32Array.from({ length: PAD_SIDE * PAD_SIDE }, (_, i) => data[i * 4 + 3]! / 255);
      const shape = draft.shape.map((size, axis) => (axis < layout.heightAxis && axis !== layout.channelAxis ? 1 : size));
      const levels = centreFigure(ink, PAD_SIDE, side);
      const whole = input.datatype.includes('INT');
      onDraw(shape, valuesFromNumbers(input.datatype as ElementTypeName, whole ? levels.map((level) => level * 255) : levels));
    });
  };
  const context = (): CanvasRenderingContext2D => pad.current!.getContext('2d', { willReadFrequently: true })!;
  const place = (event: PointerEvent): { x: number; y: number } => {
    const box = pad.current!.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * PAD_SIDE, y: ((event.clientY - box.top) / box.height) * PAD_SIDE };
  };
  const line = (event: PointerEvent): void => {
    if (last.current === undefined) return;
    const to = place(event);
    const ink = context();
    ink.lineWidth = STROKE;
    ink.lineCap = 'round';
    ink.strokeStyle = '#fff';
    ink.beginPath();
    ink.moveTo(last.current.x, last.current.y);
    ink.lineTo(to.x, to.y);
    ink.stroke();
    last.current = to;
    setEmpty(false);
    emit();
  };
  const clear = (): void => {
    context().clearRect(0, 0, PAD_SIDE, PAD_SIDE);
    setEmpty(true);
  };
  const write = (digit: string): void => {
    clear();
    const ink = context();
    ink.fillStyle = '#fff';
    ink.font = `400 ${PAD_SIDE * 0.8}px sans-serif`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.fillText(digit, PAD_SIDE / 2, PAD_SIDE / 2);
    setEmpty(false);
    emit();
  };

  return (
    <div class="editor draw">
      <div class="pad-frame">
        <canvas
          ref={pad}
          class="pad"
          width={PAD_SIDE}
          height={PAD_SIDE}
          tabIndex={0}
          role="application"
          aria-label={`Drawing pad of ${input.name}; the keys 0 to 9 write a digit`}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            last.current = place(event);
            line(event);
          }}
          onPointerMove={line}
          onPointerUp={() => (last.current = undefined)}
          onKeyDown={(event) => {
            if (/^\d$/.test(event.key)) write(event.key);
          }}
        />
        {empty ? <span class="pad-hint">Draw here, or press 0–9</span> : null}
      </div>
      <div class="draw-side">
        <TensorPicture
          width={side}
          height={side}
          levels={numbersOf(draft.values).subarray(0, side * side)}
          min={0}
          max={input.datatype.includes('INT') ? 255 : 1}
          label="What the model gets"
        />
        <p class="panel-note">
          What the model gets: {side} × {side}, {elementCount(draft.shape)} values, centred. It runs as you draw.
        </p>
        <Button
          small
          icon="erase"
          onClick={() => {
            clear();
            emit();
          }}
        >
          Clear
        </Button>
      </div>
    </div>
  );
}
