import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatElement, formatWhole } from '../../logic/format.ts';
import {
  isDistribution,
  outputLook,
  pictureSides,
  rowsOf,
  softmax,
  summarize,
  topScores,
} from '../../logic/output-view.ts';
import type { OutputLook } from '../../logic/output-view.ts';
import { formatShape } from '../../logic/shape.ts';
import { formatTensorText } from '../../logic/tensor-text.ts';
import { numbersOf } from '../../logic/tensor.ts';
import type { Tensor } from '../../logic/tensor.ts';
import { Button, CopyButton, Segmented } from '../controls.tsx';
import { CurvePlot } from './curve-plot.tsx';
import { TensorPicture } from './tensor-picture.tsx';

interface OutputCardProps {
  readonly output: Tensor;
  /** Inputs that may take this output as their next value. */
  readonly backTo: readonly string[];
  readonly onFeedBack: (input: string) => void;
}

const LOOK_LABELS: Readonly<Record<OutputLook, string>> = {
  classes: 'Ranked',
  picture: 'Picture',
  curve: 'Curve',
  values: 'Values',
};
const TOP = 10;

export function OutputCard({ output, backTo, onFeedBack }: OutputCardProps): JSX.Element {
  const best = outputLook(output);
  const [chosen, setChosen] = useState<OutputLook | undefined>(undefined);
  const [row, setRow] = useState(0);
  const look = chosen === 'values' ? 'values' : best;
  const { rows, columns } = rowsOf(output);
  const shownRow = Math.min(row, rows - 1);
  const all = useMemo(() => numbersOf(output.values), [output]);
  const numbers = all.subarray(shownRow * columns, (shownRow + 1) * columns);
  return (
    <section class="panel output" data-output={output.name}>
      <header>
        <code class="tensor-name">{output.name}</code>
        <span class="tag">{output.dataType}</span>
        <code class="muted num">{formatShape(output.shape)}</code>
        <span class="grow" />
        {backTo.map((input) => (
          <Button
            key={input}
            small
            icon="feedback"
            title={`Copy ${output.name} to the input ${input}`}
            onClick={() => onFeedBack(input)}
          >
            Feed back to {input}
          </Button>
        ))}
        {best === 'values' ? null : (
          <Segmented
            label={`View of ${output.name}`}
            value={look}
            options={[best, 'values' as const].map((value) => ({ value, label: LOOK_LABELS[value] }))}
            onChange={setChosen}
          />
        )}
      </header>
      {rows > 1 && (look === 'classes' || look === 'curve') ? (
        <label class="field field-inline row-pick">
          Row
          <input
            type="number"
            class="dimension"
            min="0"
            max={rows - 1}
            value={shownRow}
            onInput={(event) => setRow(Math.max(0, Number(event.currentTarget.value) || 0))}
          />
          <span class="muted num">of {formatWhole(rows)}</span>
        </label>
      ) : null}
      <Look look={look} output={output} numbers={look === 'picture' ? all : numbers} />
    </section>
  );
}

function Look({
  look,
  output,
  numbers,
}: {
  readonly look: OutputLook;
  readonly output: Tensor;
  readonly numbers: Float64Array;
}): JSX.Element {
  switch (look) {
    case 'classes':
      return <RankedScores scores={numbers} />;
    case 'curve':
      return <CurvePlot values={numbers} label={`Values of ${output.name}`} />;
    case 'picture':
      return <Heatmap output={output} numbers={numbers} />;
    case 'values':
      return <ValueList output={output} />;
  }
}

/** The highest scores as bars; scores that are no probabilities may be shown as ones. */
function RankedScores({ scores }: { readonly scores: Float64Array }): JSX.Element {
  const given = isDistribution(scores);
  const [asShares, setAsShares] = useState(false);
  const shown = asShares && !given ? softmax(scores) : scores;
  const shares = given || asShares;
  const top = topScores(shown, TOP);
  const high = shares ? 1 : Math.max(1e-12, ...top.map(({ score }) => Math.abs(score)));
  return (
    <>
      <ol class="ranked">
        {top.map(({ index, score }, place) => (
          <li key={index} class={place === 0 ? 'ranked-first' : ''}>
            <span class="ranked-class num">{index}</span>
            <span class="histogram-track">
              <span class="histogram-fill" style={{ width: `${Math.max(0, (score / high) * 100)}%` }} />
            </span>
            <span class="ranked-score num">
              {shares ? `${(score * 100).toFixed(score > 0.9995 ? 0 : 1)}%` : formatElement(score)}
            </span>
          </li>
        ))}
      </ol>
      <div class="output-foot">
        <span class="muted num">
          {scores.length > TOP ? `Top ${TOP} of ${formatWhole(scores.length)}, by index` : 'By index'}
        </span>
        {given ? null : (
          <label class="check">
            <input type="checkbox" checked={asShares} onChange={() => setAsShares(!asShares)} />
            as softmax
          </label>
        )}
      </div>
    </>
  );
}

function Heatmap({ output, numbers: all }: { readonly output: Tensor; readonly numbers: Float64Array }): JSX.Element {
  const sides = pictureSides(output.shape)!;
  const numbers = useMemo(() => all.subarray(0, sides.width * sides.height), [all]);
  const summary = summarize(numbers);
  return (
    <>
      <TensorPicture
        width={sides.width}
        height={sides.height}
        levels={numbers}
        min={summary?.min ?? 0}
        max={summary?.max ?? 1}
        label={`${output.name} as a picture`}
      />
      <p class="output-foot muted num">
        {summary === undefined
          ? 'Only NaN'
          : `Black ${formatElement(summary.min)}, white ${formatElement(summary.max)}, mean ${formatElement(summary.mean)}`}
        {sides.pictures > 1 ? `; the first of ${sides.pictures}` : ''}
      </p>
    </>
  );
}

const SHOWN_MAX = 400;

function ValueList({ output }: { readonly output: Tensor }): JSX.Element {
  const { values } = output;
  if (values.length === 0) return <p class="empty-note">No elements.</p>;
  if (values.length === 1) return <p class="single num">{formatElement(values[0]!)}</p>;
  const summary = summarize(numbersOf(values));
  return (
    <>
      <pre class="value-list num" tabIndex={0} aria-label={`Values of ${output.name}`}>
        {Array.from({ length: Math.min(SHOWN_MAX, values.length) }, (_, i) => formatElement(values[i]!)).join('  ')}
        {values.length > SHOWN_MAX ? '  …' : ''}
      </pre>
      <div class="output-foot">
        <span class="muted num">
          {values.length > SHOWN_MAX ? `First ${SHOWN_MAX} of ${formatWhole(values.length)}. ` : ''}
          {summary === undefined
            ? ''
            : `${formatElement(summary.min)} to ${formatElement(summary.max)}, mean ${formatElement(summary.mean)}`}
        </span>
        <CopyButton text={formatTensorText(values, output.shape)} />
      </div>
    </>
  );
}
