import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatElement } from '../../logic/format.ts';
import { summarize } from '../../logic/output-view.ts';

const WIDTH = 600;
const HEIGHT = 140;
const POINTS_MAX = 1200;

/** Values by index. More than fit are shown as their range per column. Under the pointer: index and value. */
export function CurvePlot({ values, label }: { readonly values: ArrayLike<number>; readonly label: string }): JSX.Element {
  const [at, setAt] = useState<number | undefined>(undefined);
  const summary = summarize(values);
  if (summary === undefined) return <p class="empty-note">Only NaN.</p>;
  const low = Math.min(0, summary.min);
  const high = Math.max(summary.max, low + 1e-9);
  const x = (index: number): number => (values.length === 1 ? WIDTH / 2 : (index / (values.length - 1)) * WIDTH);
  const y = (value: number): number => HEIGHT - 4 - ((value - low) / (high - low)) * (HEIGHT - 8);
  const point = (event: PointerEvent & { currentTarget: Element }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (values.length - 1)));
  };
  return (
    <div class="curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label} onPointerMove={point} onPointerLeave={() => setAt(undefined)}>
        <path class="curve-zero" d={`M0 ${y(0)}H${WIDTH}`} vector-effect="non-scaling-stroke" />
        <path class="curve-line" d={curvePath(values, x, y)} vector-effect="non-scaling-stroke" />
        {at === undefined ? null : <path class="curve-cursor" d={`M${x(at)} 0V${HEIGHT}`} vector-effect="non-scaling-stroke" />}
      </svg>
      <p class="curve-scale num">
        <span>{formatElement(summary.max)}</span>
        <span>{formatElement(low)}</span>
      </p>
      <p class="curve-read num">{at === undefined ? `${values.length} values` : `[${at}]  ${formatElement(values[at]!)}`}</p>
    </div>
  );
}

function curvePath(values: ArrayLike<number>, x: (index: number) => number, y: (value: number) => number): string {
  const bucket = Math.max(1, Math.ceil(values.length / POINTS_MAX));
  const points: string[] = [];
  for (let start = 0; start < values.length; start += bucket) {
    let [min, max] = [Infinity, -Infinity];
    for (let i = start; i < Math.min(values.length, start + bucket); i += 1) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    if (min === Infinity) continue;
    points.push(`${x(start).toFixed(1)} ${y(max).toFixed(1)}`);
    if (bucket > 1) points.push(`${x(start).toFixed(1)} ${y(min).toFixed(1)}`);
  }
  return points.length === 0 ? '' : `M${points.join('L')}`;
}
