import type { JSX } from 'preact';

interface SparklineProps {
  readonly samples: readonly (number | null)[];
  readonly label: string;
  /** Newest entries shown. */
  readonly span?: number;
  readonly tone?: 'accent' | 'neutral';
  /** What the full height stands for; the largest sample without it. */
  readonly ceiling?: number;
}

const WIDTH = 200;
const HEIGHT = 40;
const MARGIN = 2;

/** The course of a figure without axes; gaps stay gaps. The newest entry is at the right edge. */
export function Sparkline({ samples, label, span = 120, tone = 'accent', ceiling }: SparklineProps): JSX.Element {
  const shown = samples.slice(-span);
  const max = Math.max(ceiling ?? 0, ...shown.map((sample) => sample ?? 0)) || 1;
  const step = WIDTH / (span - 1);
  const offset = span - shown.length;
  const runs: string[][] = [];
  let run: string[] | undefined;
  for (const [i, sample] of shown.entries()) {
    if (sample === null) {
      run = undefined;
      continue;
    }
    if (run === undefined) runs.push((run = []));
    run.push(
      `${((offset + i) * step).toFixed(1)} ${(HEIGHT - MARGIN - (sample / max) * (HEIGHT - 2 * MARGIN)).toFixed(1)}`,
    );
  }
  // A single sample has no course.
  const courses = runs.filter((points) => points.length > 1);
  const line = courses.map((points) => `M${points.join('L')}`).join('');
  const area = courses
    .map(
      (points) =>
        `M${points[0]!.split(' ')[0]} ${HEIGHT}L${points.join('L')}L${points.at(-1)!.split(' ')[0]} ${HEIGHT}Z`,
    )
    .join('');
  return (
    <svg
      class={`sparkline sparkline-${tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path class="sparkline-area" d={area} />
      <path class="sparkline-line" d={line} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
