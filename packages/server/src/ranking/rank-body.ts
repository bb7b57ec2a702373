import { invalidArgument } from '@rangefinder/base';
import type { ContextValue, RankRequest, RankResponse, UserPartRun } from '@rangefinder/ranking';
import { checkedBody } from '../handlers/control-body.ts';
import { RankRequestBody } from './rank-schemas.ts';

export interface RankBody {
  readonly request: RankRequest;
  /** Milliseconds from the arrival of the request; undefined where the body has none. */
  readonly deadlineMs: number | undefined;
}

/** Long lists are checked by the ranker, which knows its limits, and only once. */
const LONG_LISTS = ['candidates', 'exclude'] as const;

/**
 * What a request's JSON says, or what was put in its place → request. Throws INVALID_ARGUMENT that names the field. Values of
 * the context are checked by the ranker.
 */
export function rankBody(value: unknown, requestId: string): RankBody {
  const lists: Record<string, readonly string[]> = {};
  let rest = value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields: Record<string, unknown> = { ...value };
    for (const name of LONG_LISTS) {
      const list = fields[name];
      if (list === undefined) continue;
      if (!Array.isArray(list)) throw invalidArgument(name, 'expected an array of strings');
      lists[name] = list as readonly string[];
      delete fields[name];
    }
    rest = fields;
  }
  const { user, request_id, context, filter, page, explain, deadline_ms, rerank } = checkedBody(RankRequestBody, rest);
  const { mmr_lambda, max_per_value } = rerank ?? {};
  return {
    deadlineMs: deadline_ms,
    request: {
      user,
      requestId: request_id ?? requestId,
      ...(context === undefined ? {} : { context: context as Record<string, ContextValue> }),
      ...lists,
      ...(filter === undefined ? {} : { filter }),
      ...(page === undefined ? {} : { page }),
      ...(explain === undefined ? {} : { explain }),
      rerank: {
        ...(mmr_lambda === undefined ? {} : { mmrLambda: mmr_lambda }),
        ...(max_per_value === undefined ? {} : { maxPerValue: max_per_value }),
      },
    },
  };
}

/** The answer as JSON has it; undefined members are left out when it is written. */
export function rankResponseBody(response: RankResponse) {
  const { ranker, requestId, user, page, degradations, counts, explanation } = response;
  return {
    ranker,
    request_id: requestId,
    user,
    items: response.items.map(({ id, score, scoredBy, explanation: why }) => ({
      id,
      score,
      scored_by: scoredBy,
      explanation: why && {
        sources: why.sources,
        source_score: why.sourceScore,
        light_score: why.lightScore,
        outputs: why.outputs,
        heavy_score: why.heavyScore,
        features: why.features,
        adjustments: why.adjustments,
      },
    })),
    page,
    degradations,
    counts: {
      candidates: counts.candidates,
      duplicates: counts.duplicates,
      user_found: counts.userFound,
      unknown_items: counts.unknownItems,
      non_finite_scores: counts.nonFiniteScores,
    },
    explanation: explanation && {
      stages: explanation.stages.map(
        ({ stage, in: entered, out, durationUs, budgetUs, costUs, dropped, userParts }) => ({
          stage,
          in: entered,
          out,
          duration_us: durationUs,
          budget_us: budgetUs,
          cost_us: costUs,
          dropped,
          ...(userParts.length > 0 && { user_parts: userParts.map(userPartBody) }),
        }),
      ),
      total_us: explanation.totalUs,
      deadline_us: explanation.deadlineUs,
      cost_us: explanation.costUs,
      features: explanation.features,
      user_features: explanation.userFeatures,
    },
  };
}

function userPartBody({ model, version, outcome, durationUs, waitedUs, costUs }: UserPartRun): object {
  return { model, version, outcome, duration_us: durationUs, waited_us: waitedUs, cost_us: costUs };
}
