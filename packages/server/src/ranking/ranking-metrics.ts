import type { DegradationKind, RankFinished, RankObserver, StageFinished, TransformFailed } from '@rangefinder/ranking';
import { HistogramFamily, labelText } from '../metrics/histogram-family.ts';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What rankers did, for `/metrics`. Labels are names of rankers, stages, outcomes and rungs, so series stay few. */
export class RankingMetrics implements RankObserver {
  readonly #stages = new HistogramFamily('rangefinder_rank_stage_seconds', 'Time of a ranking stage', SECONDS, [
    'ranker',
    'stage',
  ]);
  readonly #latency = new HistogramFamily(
    'rangefinder_rank_latency_seconds',
    'Time of ranking requests by outcome',
    SECONDS,
    ['ranker', 'outcome'],
  );
  readonly #degradations = new Map<string, Map<DegradationKind, number>>();
  readonly #transformErrors = new Map<string, Map<string, number>>();
  readonly #pages = new Map<string, { short: number; empty: number }>();

  stageFinished({ ranker, stage, durationUs }: StageFinished): void {
    this.#stages.observe(ranker, stage, durationUs / 1e6);
  }

  rankFinished({ ranker, outcome, totalUs, returned, shortPage, degradations }: RankFinished): void {
    this.#latency.observe(ranker, outcome, totalUs / 1e6);
    let kinds = this.#degradations.get(ranker);
    if (kinds === undefined) this.#degradations.set(ranker, (kinds = new Map()));
    for (const kind of new Set(degradations)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (outcome !== 'success' && outcome !== 'degraded') return;
    let pages = this.#pages.get(ranker);
    if (pages === undefined) this.#pages.set(ranker, (pages = { short: 0, empty: 0 }));
    pages.short += Number(shortPage);
    pages.empty += Number(returned === 0);
  }

  transformFailed({ ranker, transform }: TransformFailed): void {
    let counts = this.#transformErrors.get(ranker);
    if (counts === undefined) this.#transformErrors.set(ranker, (counts = new Map()));
    counts.set(transform, (counts.get(transform) ?? 0) + 1);
  }

  render(): string {
    const lines = [
      '# HELP rangefinder_rank_degradations_total Ranking requests answered with less than the best, by what was degraded',
      '# TYPE rangefinder_rank_degradations_total counter',
    ];
    for (const [ranker, kinds] of this.#degradations) {
      for (const [kind, count] of kinds)
        lines.push(`rangefinder_rank_degradations_total{${labelText({ ranker, kind })}} ${count}`);
    }
    lines.push(
      '# HELP rangefinder_rank_transform_errors_total Transformations that gave no value for all candidates or some',
      '# TYPE rangefinder_rank_transform_errors_total counter',
    );
    for (const [ranker, counts] of this.#transformErrors) {
      for (const [transform, count] of counts)
        lines.push(`rangefinder_rank_transform_errors_total{${labelText({ ranker, transform })}} ${count}`);
    }
    lines.push(
      '# HELP rangefinder_rank_incomplete_pages_total Pages with fewer items than asked for (short), or none (empty)',
      '# TYPE rangefinder_rank_incomplete_pages_total counter',
    );
    for (const [ranker, { short, empty }] of this.#pages) {
      lines.push(
        `rangefinder_rank_incomplete_pages_total{${labelText({ ranker, page: 'short' })}} ${short}`,
        `rangefinder_rank_incomplete_pages_total{${labelText({ ranker, page: 'empty' })}} ${empty}`,
      );
    }
    return `${this.#stages.render()}${this.#latency.render()}${lines.join('\n')}\n`;
  }
}
