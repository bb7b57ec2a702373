import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
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
import { DrawingPad, PAD_SIDE, useDrawing } from './drawing-pad.tsx';
import { TensorPicture } from './tensor-picture.tsx';

interface DrawEditorProps {
  readonly input: TensorDeclaration;
  readonly draft: InputDraft;
  readonly onDraw: (shape: Shape, values: TensorValues) => void;
}

/** A pad for small pictures. Ink is 1 (255 for whole numbers), paper 0; the figure is centred as in the MNIST set. */
export function DrawEditor({ input, draft, onDraw }: DrawEditorProps): JSX.Element {
  const [empty, setEmpty] = useState(true);
  const layout = imageLayout(input)!;
  const side = Number(input.shape[layout.widthAxis]);
  const inkLevel = input.datatype.includes('INT') ? 255 : 1;
  const drawing = useDrawing((ink, nothing) => {
    setEmpty(nothing);
    const levels = centreFigure(ink, PAD_SIDE, side).map((level) => level * inkLevel);
    const shape = draft.shape.map((size, axis) => (axis < layout.heightAxis && axis !== layout.channelAxis ? 1 : size));
    onDraw(shape, valuesFromNumbers(input.datatype as ElementTypeName, levels));
  });
  return (
    <div class="editor draw">
      <DrawingPad drawing={drawing} label={`Drawing pad of ${input.name}`} empty={empty} />
      <div class="draw-side">
        <TensorPicture
          width={side}
          height={side}
          levels={numbersOf(draft.values).subarray(0, side * side)}
          min={0}
          max={inkLevel}
          label="What the model gets"
        />
        <p class="panel-note">
          What the model gets: {side} × {side}, {elementCount(draft.shape)} values, centred. It runs as you draw.
        </p>
        <Button small icon="erase" onClick={drawing.clear}>
          Clear
        </Button>
      </div>
    </div>
  );
}
