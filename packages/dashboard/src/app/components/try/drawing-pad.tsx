import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Sides of the pad's own pixels; it is shown in whatever size fits. */
export const PAD_SIDE = 168;
const STROKE = 14;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly begin: (event: PointerEvent) => void;
  readonly follow: (event: PointerEvent) => void;
  readonly end: () => void;
  /** Writes a character in place of what was drawn. */
  readonly write: (character: string) => void;
  readonly clear: () => void;
}

/** Strokes on a canvas; after each, at most once a frame, the ink levels 0 to 1, row by row. */
export function useDrawing(onInk: (ink: Float32Array, empty: boolean) => void): Drawing {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | undefined>(undefined);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  const context = (): CanvasRenderingContext2D => canvas.current!.getContext('2d', { willReadFrequently: true })!;
  const emit = (empty: boolean): void => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const { data } = context().getImageData(0, 0, PAD_SIDE, PAD_SIDE);
      onInk(
        Float32Array.from({ length: PAD_SIDE * PAD_SIDE }, (_, i) => data[i * 4 + 3]! / 255),
        empty,
      );
    });
  };
  const place = (event: PointerEvent): Point => {
    const box = canvas.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * PAD_SIDE,
      y: ((event.clientY - box.top) / box.height) * PAD_SIDE,
    };
  };
  const follow = (event: PointerEvent): void => {
    if (last.current === undefined) return;
    const to = place(event);
    drawLine(context(), last.current, to);
    last.current = to;
    emit(false);
  };
  return {
    canvas,
    follow,
    begin: (event) => {
      canvas.current!.setPointerCapture(event.pointerId);
      last.current = place(event);
      follow(event);
    },
    end: () => {
      last.current = undefined;
    },
    write: (character) => {
      context().clearRect(0, 0, PAD_SIDE, PAD_SIDE);
      writeCharacter(context(), character);
      emit(false);
    },
    clear: () => {
      context().clearRect(0, 0, PAD_SIDE, PAD_SIDE);
      emit(true);
    },
  };
}

function drawLine(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  context.lineWidth = STROKE;
  context.lineCap = 'round';
  context.strokeStyle = '#fff';
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

function writeCharacter(context: CanvasRenderingContext2D, character: string): void {
  context.fillStyle = '#fff';
  context.font = `400 ${PAD_SIDE * 0.8}px sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(character, PAD_SIDE / 2, PAD_SIDE / 2);
}

interface DrawingPadProps {
  readonly drawing: Drawing;
  readonly label: string;
  readonly empty: boolean;
}

export function DrawingPad({ drawing, label, empty }: DrawingPadProps): JSX.Element {
  return (
    <div class="drawing-frame">
      <canvas
        ref={drawing.canvas}
        class="drawing"
        width={PAD_SIDE}
        height={PAD_SIDE}
        tabIndex={0}
        role="application"
        aria-label={`${label}; the keys 0 to 9 write a digit`}
        onPointerDown={drawing.begin}
        onPointerMove={drawing.follow}
        onPointerUp={drawing.end}
        onPointerCancel={drawing.end}
        onKeyDown={(event) => {
          if (/^\d$/.test(event.key)) drawing.write(event.key);
        }}
      />
      {empty ? <span class="drop-hint">Draw here, or press 0–9</span> : null}
    </div>
  );
}
