import type { JSX } from 'preact';
import { formatCount, formatElement, formatMs } from '../../logic/format.ts';
import { CurvePlot } from './curve-plot.tsx';
import type { SequenceRun } from './sequence-run.ts';

export function SequencePanel({ run }: { readonly run: SequenceRun }): JSX.Element {
  return (
    <>
      <div class="panel timing">
        <div>
          <span class="figure-small num">
            {run.done} <span class="unit">of {run.total} windows</span>
          </span>
        </div>
        <div>
          <span class="figure-small num">{formatMs(run.elapsedMs)}</span>
          <span class="unit">in all</span>
        </div>
        <div>
          <span class="figure-small num">{formatCount((run.done / Math.max(1, run.elapsedMs)) * 1000)}</span>
          <span class="unit">windows/s</span>
        </div>
      </div>
      {run.handedOn.length === 0 ? null : <p class="panel-note">State handed on: {run.handedOn.join(', ')}</p>}
      {run.curves.map(({ name, values }) => (
        <section key={name} class="panel output">
          <header>
            <code class="tensor-name">{name}</code>
            <span class="muted num">
              max {formatElement(Math.max(...values))} at window {values.indexOf(Math.max(...values)) + 1}
            </span>
          </header>
          <CurvePlot values={values} label={`${name} per window`} />
        </section>
      ))}
    </>
  );
}
