import type { JSX } from 'preact';
import type { ElementTypeName } from '../../logic/element-types.ts';
import { filledValues, randomValues } from '../../logic/example-request.ts';
import { formatElement, formatWhole } from '../../logic/format.ts';
import { EDITABLE_ELEMENTS_MAX, editableText, withArray, withText, withValues } from '../../logic/input-draft.ts';
import type { InputDraft } from '../../logic/input-draft.ts';
import type { TensorDeclaration } from '../../logic/input-kind.ts';
import { parseNpy } from '../../logic/npy.ts';
import { summarize } from '../../logic/output-view.ts';
import { elementCount } from '../../logic/shape.ts';
import { numbersOf } from '../../logic/tensor.ts';
import { errorMessage } from '../../state/api-client.ts';
import { Button } from '../controls.tsx';
import { FileButton } from './file-button.tsx';

interface ValuesEditorProps {
  readonly input: TensorDeclaration;
  readonly dataType: ElementTypeName;
  readonly draft: InputDraft;
  readonly onChange: (draft: InputDraft) => void;
}

export function ValuesEditor({ input, dataType, draft, onChange }: ValuesEditorProps): JSX.Element {
  const count = elementCount(draft.shape);
  const text = editableText(draft);
  const isBytes = dataType === 'BYTES';
  const takeFile = async (file: File): Promise<void> => {
    try {
      if (file.name.endsWith('.npy'))
        onChange(withArray(draft, input, parseNpy(new Uint8Array(await file.arrayBuffer())), file.name));
      else onChange({ ...withText(draft, input.shape, dataType, await file.text()), source: file.name });
    } catch (error) {
      onChange({ ...draft, error: `${file.name}: ${errorMessage(error)}` });
    }
  };
  return (
    <div class="editor">
      {text === undefined ? (
        <LargeValues draft={draft} />
      ) : (
        <textarea
          class="values"
          aria-label={`Values of ${input.name}`}
          aria-invalid={draft.error !== undefined}
          spellcheck={false}
          rows={isBytes ? 3 : Math.min(8, Math.max(count === 1 ? 1 : 2, text.split('\n').length))}
          placeholder={
            isBytes ? 'One text a line, or a JSON array of strings' : 'Numbers, or a JSON array of any nesting'
          }
          value={text}
          onInput={(event) => onChange(withText(draft, input.shape, dataType, event.currentTarget.value))}
        />
      )}
      <div class="fill-bar">
        {isBytes ? null : (
          <>
            <Button
              small
              kind="quiet"
              icon="dice"
              onClick={() =>
                onChange(withValues(draft, draft.shape, randomValues(dataType, count, Math.random), 'random'))
              }
            >
              Random
            </Button>
            <Button
              small
              kind="quiet"
              onClick={() => onChange(withValues(draft, draft.shape, filledValues(dataType, count, 0), 'zeros'))}
            >
              Zeros
            </Button>
            <Button
              small
              kind="quiet"
              onClick={() => onChange(withValues(draft, draft.shape, filledValues(dataType, count, 1), 'ones'))}
            >
              Ones
            </Button>
          </>
        )}
        <FileButton
          label={isBytes ? 'Text file' : '.npy, JSON or CSV'}
          accept={isBytes ? '.txt,.json' : '.npy,.json,.csv,.tsv,.txt'}
          onFile={(file) => void takeFile(file)}
        />
        <span class="source muted num">
          {formatWhole(count)} {count === 1 ? 'value' : 'values'}, {draft.source}
        </span>
      </div>
    </div>
  );
}

function LargeValues({ draft }: { readonly draft: InputDraft }): JSX.Element {
  const summary = summarize(numbersOf(draft.values));
  return (
    <p class="large num">
      {formatWhole(draft.values.length)} values
      {summary === undefined
        ? ''
        : `, from ${formatElement(summary.min)} to ${formatElement(summary.max)}, mean ${formatElement(summary.mean)}`}
      . More than {formatWhole(EDITABLE_ELEMENTS_MAX)} are not shown as text.
    </p>
  );
}
