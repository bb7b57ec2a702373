import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatTime } from '../logic/format.ts';
import { useTheme } from '../state/theme.ts';

export interface ChartSeries {
  readonly label: string;
  readonly samples: readonly (number | null)[];
  /** A custom property of the stylesheet: `--series-1`. */
  readonly color: string;
  readonly filled?: boolean;
  readonly dashed?: boolean;
}

interface TimeChartProps {
  readonly title: string;
  readonly atSeconds: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number | null | undefined) => string;
  /** For the marks of the scale; `format` without it. */
  readonly formatMark?: (value: number) => string;
}

const HEIGHT_PX = 168;
const SPAN_SECONDS = 300;

/** Lines over the last five minutes with the newest values beside the title; under the pointer, the values of that second. */
export function TimeChart({ title, atSeconds, series, format, formatMark = format }: TimeChartProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const legend = useRef<HTMLDListElement>(null);
  const theme = useTheme();
  const data = [atSeconds, ...series.map(({ samples }) => samples)] as unknown as uPlot.AlignedData;
  const labels = series.map(({ label }) => label).join();

  useEffect(() => {
    const element = host.current!;
    const showValues = (chart: uPlot): void => {
      const at = chart.cursor.idx ?? undefined;
      const values = legend.current?.querySelectorAll('dd') ?? [];
      for (const [i, node] of [...values].entries()) {
        const column = chart.data[i + 1] ?? [];
        node.textContent = format(column[at ?? column.length - 1]);
      }
      legend.current?.setAttribute('data-at', at === undefined ? '' : formatTime(chart.data[0][at]! * 1000));
    };
    const chart = new uPlot(chartOptions(series, element.clientWidth, formatMark, showValues), data, element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [theme, labels]);

  useEffect(() => {
    const chart = plot.current;
    if (chart === undefined) return;
    chart.setData(data, false);
    const end = atSeconds.at(-1) ?? Date.now() / 1000;
    chart.setScale('x', { min: end - SPAN_SECONDS, max: end });
  }, [atSeconds.length, atSeconds.at(-1), theme]);

  return (
    <figure class="panel chart">
      <figcaption>
        <h3>{title}</h3>
        <dl class="legend" ref={legend}>
          {series.map(({ label, color, samples }) => (
            <div key={label}>
              <dt>
                <span class="swatch" style={{ background: `var(${color})` }} />
                {label}
              </dt>
              <dd class="num">{format(samples.at(-1))}</dd>
            </div>
          ))}
        </dl>
      </figcaption>
      <div class="chart-host" ref={host} role="img" aria-label={`${title}, last five minutes`} />
    </figure>
  );
}

function chartOptions(
  series: readonly ChartSeries[],
  width: number,
  formatMark: (value: number) => string,
  showValues: (chart: uPlot) => void,
): uPlot.Options {
  const colors = resolveColors(['--text-3', '--grid', ...series.map(({ color }) => color)]);
  const [ink, grid, ...lines] = colors as [string, string, ...string[]];
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT_PX,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, sync: { key: 'rangefinder' } },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, niceCeiling(max)] } },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 6,
        space: 64,
        grid: { show: false },
        values: (_, ticks) => ticks.map((tick) => formatTime(tick * 1000)),
      },
      { ...axis, size: 52, gap: 8, space: 36, values: (_, ticks) => ticks.map((tick) => formatMark(tick)) },
    ],
    series: [
      {},
      ...series.map(({ label, filled, dashed }, i) => ({
        label,
        stroke: lines[i]!,
        width: 1.6,
        points: { show: false },
        ...(filled === true ? { fill: withAlpha(lines[i]!, 0.13) } : {}),
        ...(dashed === true ? { dash: [4, 4] } : {}),
      })),
    ],
    hooks: { setCursor: [showValues], setData: [showValues] },
  };
}

/** A scale that does not jump with every sample: the next of 1, 1.5, 2, 3, 5, 7.5 above the maximum, times a power of ten. */
function niceCeiling(max: number): number {
  if (!(max > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(max));
  const step = [1, 1.5, 2, 3, 5, 7.5, 10].find((factor) => factor * power >= max * 1.05);
  return (step ?? 15) * power;
}

/** A canvas knows no custom properties: the stylesheet's colours as they compute now. */
function resolveColors(names: readonly string[]): string[] {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colors = names.map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return colors;
}

function withAlpha(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
