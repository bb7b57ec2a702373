import type { JSX } from 'preact';
import { formatCount } from '../logic/format.ts';
import type { ModelOverview } from '../state/api-types.ts';

type BatchSizes = ModelOverview['batchSizes'];

const SMALL_BARS_MAX = 16;

interface Bin {
  readonly label: string;
  readonly count: number;
}

/** One bar a size while there are few; powers of two together when there are many. */
function bins(sizes: BatchSizes, max: number): readonly Bin[] {
  const sorted = sizes.toSorted((a, b) => a.size - b.size);
  if (sorted.length <= max) return sorted.map(({ size, count }) => ({ label: String(size), count }));
  const grouped = new Map<number, number>();
  for (const { size, count } of sorted) {
    const floor = 2 ** Math.floor(Math.log2(Math.max(1, size)));
    grouped.set(floor, (grouped.get(floor) ?? 0) + count);
  }
  return [...grouped].map(([floor, count]) => ({ label: floor === 1 ? '1' : `${floor}–${floor * 2 - 1}`, count }));
}

/** A row of thin bars for the overview. */
export function BatchBars({ sizes }: { readonly sizes: BatchSizes }): JSX.Element {
  const bars = bins(sizes, SMALL_BARS_MAX);
  const max = Math.max(1, ...bars.map(({ count }) => count));
  const label =
    bars.length === 0
      ? 'No batches'
      : `Batches by size: ${bars.map((bar) => `${bar.count} of ${bar.label}`).join(', ')}`;
  return (
    <div class="batch-bars" role="img" aria-label={label} title={label}>
      {bars.map((bar) => (
        <span key={bar.label} class="batch-bar" style={{ height: `${Math.max(6, (bar.count / max) * 100)}%` }} />
      ))}
    </div>
  );
}

/** Sizes with their shares, for the detail view. */
export function BatchHistogram({ sizes }: { readonly sizes: BatchSizes }): JSX.Element {
  const bars = bins(sizes, 12);
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const max = Math.max(1, ...bars.map(({ count }) => count));
  if (total === 0) return <p class="empty-note">No batch ran in the last seconds.</p>;
  return (
    <ul class="histogram">
      {bars.map((bar) => (
        <li key={bar.label}>
          <span class="histogram-label num">{bar.label}</span>
          <span class="histogram-track">
            <span class="histogram-fill" style={{ width: `${(bar.count / max) * 100}%` }} />
          </span>
          <span class="histogram-count num">{formatCount(bar.count)}</span>
          <span class="histogram-share num">{Math.round((bar.count / total) * 100)}%</span>
        </li>
      ))}
    </ul>
  );
}
