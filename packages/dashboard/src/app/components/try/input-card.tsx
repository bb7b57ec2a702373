import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { isElementType } from '../../logic/element-types.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import { withShape, withValues } from '../../logic/input-draft.ts';
import { imageLayout, isAudioLike, isDrawable } from '../../logic/input-kind.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import type { Shape } from '../../logic/shape.ts';
import type { TensorValues } from '../../logic/tensor.ts';
import { Segmented } from '../controls.tsx';
import type { IconName } from '../icon.tsx';
import { AudioEditor } from './audio-editor.tsx';
import { DrawEditor } from './draw-editor.tsx';
import { ImageEditor } from './image-editor.tsx';
import { ShapeEditor } from './shape-editor.tsx';
import { ValuesEditor } from './values-editor.tsx';

interface InputCardProps {
  readonly input: TensorDeclaration;
  readonly draft: InputDraft;
  readonly batched: boolean;
  readonly onChange: (draft: InputDraft) => void;
  /** A change after which the request is sent at once: while drawing. */
  readonly onLiveChange: (draft: InputDraft) => void;
  readonly onRunWindows: (windows: readonly TensorValues[]) => void;
}

type Editor = 'values' | 'draw' | 'image' | 'audio';

const LABELS: Readonly<Record<Editor, string>> = { values: 'Values', draw: 'Draw', image: 'Image', audio: 'Audio' };
const ICONS: Partial<Record<Editor, IconName>> = { draw: 'erase', image: 'upload', audio: 'wave' };

export function InputCard({
  input,
  draft,
  batched,
  onChange,
  onLiveChange,
  onRunWindows,
}: InputCardProps): JSX.Element {
  const editors = editorsFor(input);
  const [editor, setEditor] = useState<Editor>(editors[0]!);
  const { datatype, name } = input;
  const take = (shape: Shape, values: TensorValues, source: string): void =>
    onChange(withValues(draft, shape, values, source));
  return (
    <fieldset class={`panel input-card${draft.sent ? '' : ' input-off'}`} data-input={name}>
      <legend class="hidden">Input {name}</legend>
      <header>
        <code class="tensor-name">{name}</code>
        <span class="tag">{datatype}</span>
        {isElementType(datatype) ? (
          <ShapeEditor
            name={name}
            declared={input.shape}
            shape={draft.shape}
            batched={batched}
            onChange={(shape) => onChange(withShape(draft, datatype, shape))}
          />
        ) : null}
        <span class="grow" />
        {input.optional === true ? (
          <label class="check">
            <input type="checkbox" checked={draft.sent} onChange={() => onChange({ ...draft, sent: !draft.sent })} />
            send (optional)
          </label>
        ) : null}
        {editors.length < 2 ? null : (
          <Segmented
            label={`Editor of ${name}`}
            value={editor}
            options={editors.map((value) => ({
              value,
              label: LABELS[value],
              ...(ICONS[value] === undefined ? {} : { icon: ICONS[value] }),
            }))}
            onChange={setEditor}
          />
        )}
      </header>
      {!draft.sent || !isElementType(datatype) ? null : editor === 'draw' ? (
        <DrawEditor
          input={input}
          draft={draft}
          onDraw={(shape, values) => onLiveChange(withValues(draft, shape, values, 'drawing'))}
        />
      ) : editor === 'image' ? (
        <ImageEditor input={input} draft={draft} onTake={take} />
      ) : editor === 'audio' ? (
        <AudioEditor input={input} draft={draft} onTake={take} onRunWindows={onRunWindows} />
      ) : (
        <ValuesEditor input={input} dataType={datatype} draft={draft} onChange={onChange} />
      )}
      {draft.error === undefined ? null : (
        <p class="field-error" role="alert">
          {draft.error}
        </p>
      )}
    </fieldset>
  );
}

function editorsFor(input: TensorDeclaration): readonly Editor[] {
  if (isDrawable(input)) return ['draw', 'image', 'values'];
  if (imageLayout(input) !== undefined) return ['image', 'values'];
  return isAudioLike(input) ? ['audio', 'values'] : ['values'];
}
