import type { StageScores } from './model-stage.ts';
import type { RankRunParts } from './run-parts.ts';

/** How many candidates the heavy ranker can score until the limit, going by what it took lately; fewer than wanted are reported. */
export function affordableRows(run: RankRunParts, wanted: number, limitUs: number): number {
  const { page, rowCost, deadlineUs, log } = run;
  const { degrade } = run.declaration.config;
  const nowUs = run.ranker.clock.nowUs();
  const costUs = rowCost.p95(nowUs);
  if (costUs === 0 || deadlineUs === Infinity) return wanted;
  const budgetUs = limitUs - nowUs;
  const fitting = Math.floor(budgetUs / costUs);
  if (fitting >= wanted) return wanted;
  const needed = Math.min(wanted, page.offset + page.size);
  const reason = `${wanted} candidates at ${Math.round(costUs)} µs do not fit ${Math.round(budgetUs)} µs`;
  if (fitting >= needed && degrade.includes('fewer_candidates')) {
    log.degrade('fewer_candidates', 'heavy', `${fitting} scored: ${reason}`);
    return fitting;
  }
  if (!degrade.includes('light_only')) return wanted;
  log.degrade('light_only', 'heavy', reason);
  return 0;
}

export function learnRowCost(run: RankRunParts, scored: StageScores, rows: number, durationUs: number): void {
  const done = scored.problem === undefined ? rows : scored.rows;
  // What ran into the limit took at least this long; what failed at once says nothing.
  if (scored.problem === undefined || scored.problem === 'late')
    run.rowCost.add(Math.max(1, done), durationUs, run.ranker.clock.nowUs());
}
