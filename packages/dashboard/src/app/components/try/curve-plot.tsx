import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatElement, formatWhole } from '../../logic/format.ts';
import { summarize } from '../../logic/output-view.ts';

const WIDTH = 600;
const HEIGHT = 140;
const POINTS_MAX = 1200;

interface CurvePlotProps {
  readonly values: ArrayLike<number>;
  readonly label: string;
  /** Bottom and top of the plot; the data's own, with zero, without it. */
  readonly range?: readonly [number, number];
  /** First index and end of a part to set off. */
  readonly highlight?: readonly [number, number];
}

/** Values by index. More than fit are shown as their range per column. Under the pointer: index and value. */
export function CurvePlot({ values, label, range, highlight }: CurvePlotProps): JSX.Element {
  const [at, setAt] = useState<number | undefined>(undefined);
  const summary = summarize(values);
  if (summary === undefined) return <p class="empty-note">Only NaN.</p>;
  const low = Math.min(0, summary.min, range?.[0] ?? 0);
  const high = Math.max(summary.max, low + 1e-9, range?.[1] ?? low);
  const x = (index: number): number => (values.length === 1 ? WIDTH / 2 : (index / (values.length - 1)) * WIDTH);
  const y = (value: number): number => HEIGHT - 4 - ((value - low) / (high - low)) * (HEIGHT - 8);
  const point = (event: PointerEvent & { currentTarget: Element }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(Math.round(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (values.length - 1)));
  };
  return (
    <div class="curve">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerLeave={() => setAt(undefined)}
      >
        <path class="curve-zero" d={`M0 ${y(0)}H${WIDTH}`} vector-effect="non-scaling-stroke" />
        {highlight === undefined ? null : (
          <rect
            class="curve-highlight"
            x={x(highlight[0])}
            width={Math.max(2, x(highlight[1]) - x(highlight[0]))}
            height={HEIGHT}
          />
        )}
        {values.length > POINTS_MAX ? (
          <path class="curve-area" d={rangePath(values, x, y)} />
        ) : (
          <path class="curve-line" d={linePath(values, x, y)} vector-effect="non-scaling-stroke" />
        )}
        {at === undefined ? null : (
          <path class="curve-cursor" d={`M${x(at)} 0V${HEIGHT}`} vector-effect="non-scaling-stroke" />
        )}
      </svg>
      <p class="curve-scale num">
        <span>{summary.max === low ? '' : formatElement(range?.[1] ?? summary.max)}</span>
        <span>{formatElement(low)}</span>
      </p>
      <p class="curve-read num">
        {at === undefined ? `${formatWhole(values.length)} values` : `[${at}]  ${formatElement(values[at]!)}`}
      </p>
    </div>
  );
}

type Scale = (value: number) => number;

function linePath(values: ArrayLike<number>, x: Scale, y: Scale): string {
  const points = Array.from(values, (value, i) =>
    Number.isNaN(value) ? '' : `${x(i).toFixed(1)} ${y(value).toFixed(1)}`,
  ).filter((point) => point !== '');
  return points.length === 0 ? '' : `M${points.join('L')}`;
}

/** The band between the least and the greatest value of each column. */
function rangePath(values: ArrayLike<number>, x: Scale, y: Scale): string {
  const bucket = Math.ceil(values.length / (POINTS_MAX / 2));
  const upper: string[] = [];
  const lower: string[] = [];
  for (let start = 0; start < values.length; start += bucket) {
    let [min, max] = [Infinity, -Infinity];
    for (let i = start; i < Math.min(values.length, start + bucket); i += 1) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    if (min === Infinity) continue;
    upper.push(`${x(start).toFixed(1)} ${(y(max) - 0.5).toFixed(1)}`);
    lower.push(`${x(start).toFixed(1)} ${(y(min) + 0.5).toFixed(1)}`);
  }
  return upper.length === 0 ? '' : `M${[...upper, ...lower.toReversed()].join('L')}Z`;
}
