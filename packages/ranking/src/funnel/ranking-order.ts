import { orderByScore, type CandidateTable } from './candidate-table.ts';
import type { StageScores } from './model-stage.ts';

/** Tiers of an order, best first: what the heavy ranker scored, what it did not reach, what came out as NaN or infinite. */
export const TIER = Object.freeze({ heavy: 2, light: 1, broken: 0 });

/** All candidates of a request from the best to the worst, as columns by position. */
export interface RankedOrder {
  /** Position → row of the table. */
  readonly rows: Uint32Array;
  readonly scores: Float64Array;
  readonly tiers: Uint8Array;
  readonly ids: readonly string[];
}

/**
 * Heavy scores first, then what the heavy ranker did not score in the order of the light ranker, so that a page can always be
 * filled, then scores that are not finite. `lightOrder`: rows by light score; the
 * heavy ranker scored the first of them.
 */
export function finalOrder(
  table: CandidateTable,
  lightOrder: Uint32Array,
  lightScores: Float64Array,
  heavy: StageScores | undefined,
): RankedOrder {
  const count = lightOrder.length;
  const scored = heavy?.rows ?? 0;
  const tiers = new Uint8Array(count);
  const scores = new Float64Array(count);
  const ids = Array.from(lightOrder, (row) => table.ids[row]!);
  for (let position = 0; position < count; position++) {
    const byHeavy = position < scored;
    const score = byHeavy ? heavy!.scores[position]! : lightScores[lightOrder[position]!]!;
    scores[position] = score;
    tiers[position] = !Number.isFinite(score) ? TIER.broken : byHeavy ? TIER.heavy : TIER.light;
  }
  return sortedOrder({ rows: lightOrder, scores, tiers, ids });
}

/** By tier, score and id. */
export function sortedOrder({ rows, scores, tiers, ids }: RankedOrder): RankedOrder {
  const byScore = orderByScore(scores, ids);
  // Filtering keeps the order of scores inside of each tier.
  const order = [TIER.heavy, TIER.light, TIER.broken].flatMap((tier) =>
    Array.from(byScore.filter((position) => tiers[position] === tier)),
  );
  return permuted({ rows, scores, tiers, ids }, Uint32Array.from(order));
}

export function permuted({ rows, scores, tiers, ids }: RankedOrder, order: Uint32Array): RankedOrder {
  return {
    rows: order.map((position) => rows[position]!),
    scores: Float64Array.from(order, (position) => scores[position]!),
    tiers: Uint8Array.from(order, (position) => tiers[position]!),
    ids: Array.from(order, (position) => ids[position]!),
  };
}
