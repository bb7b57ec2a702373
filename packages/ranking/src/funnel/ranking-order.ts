import type { CandidateTable } from './candidate-table.ts';
import type { StageScores } from './model-stage.ts';
import type { RequestMemory } from './request-memory.ts';
import { ScoreSort } from './score-sort.ts';

/** Tiers of an order, best first: what the heavy ranker scored, what it did not reach, what came out as NaN or infinite. */
export const TIER = Object.freeze({ heavy: 2, light: 1, broken: 0 });

/** All candidates of a request from the best to the worst, as columns by position. */
export interface RankedOrder {
  /** Position → row of the table. */
  readonly rows: Uint32Array;
  readonly scores: Float64Array;
  readonly tiers: Uint8Array;
}

/**
 * Heavy scores first, then what the heavy ranker did not score in the order of the light ranker, so that a page can always be
 * filled, then scores that are not finite. `lightOrder`: rows by light score; the
 * heavy ranker scored the first of them.
 */
export function finalOrder(
  table: CandidateTable,
  lightOrder: Uint32Array,
  lightScores: Float64Array | Float32Array,
  heavy: StageScores | undefined,
  memory: RequestMemory,
): RankedOrder {
  const count = lightOrder.length;
  const scored = heavy?.rows ?? 0;
  const tiers = memory.bytes(count);
  const scores = memory.doubles(count);
  for (let position = 0; position < count; position++) {
    const byHeavy = position < scored;
    const score = byHeavy ? heavy!.scores[position]! : lightScores[lightOrder[position]!]!;
    scores[position] = score;
    tiers[position] = !Number.isFinite(score) ? TIER.broken : byHeavy ? TIER.heavy : TIER.light;
  }
  return sortedOrder(table, { rows: lightOrder, scores, tiers }, memory);
}

/** By tier, score and id. */
export function sortedOrder(
  { ids }: Pick<CandidateTable, 'ids'>,
  unsorted: RankedOrder,
  memory: RequestMemory,
): RankedOrder {
  const { rows, scores, tiers } = unsorted;
  const order = memory.numbers(rows.length);
  const byScore = new ScoreSort(scores, (position) => ids[rows[position]!]!, memory);
  let next = 0;
  for (const tier of [TIER.heavy, TIER.light, TIER.broken]) {
    const from = next;
    for (let position = 0; position < tiers.length; position++) if (tiers[position] === tier) order[next++] = position;
    byScore.sort(order, from, next);
  }
  return permuted(unsorted, order, memory);
}

export function permuted({ rows, scores, tiers }: RankedOrder, order: Uint32Array, memory: RequestMemory): RankedOrder {
  const count = order.length;
  const sorted = { rows: memory.numbers(count), scores: memory.doubles(count), tiers: memory.bytes(count) };
  for (let i = 0; i < count; i++) {
    const position = order[i]!;
    sorted.rows[i] = rows[position]!;
    sorted.scores[i] = scores[position]!;
    sorted.tiers[i] = tiers[position]!;
  }
  return sorted;
}
