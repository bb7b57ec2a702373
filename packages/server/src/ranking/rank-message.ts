import type { JsonValue, MessageInitShape } from '@bufbuild/protobuf';
import { invalidArgument } from '@rangefinder/base';
import type { ContextValue, FeatureValueSchema, RankRequest, RankResponseSchema } from '@rangefinder/protocol/grpc';
import type {
  FeatureExplanation,
  ItemExplanation,
  RankedItem,
  RankExplanation,
  RankResponse,
} from '@rangefinder/ranking';

type Explained = NonNullable<MessageInitShape<typeof RankResponseSchema>['explanation']>;
type Item = NonNullable<MessageInitShape<typeof RankResponseSchema>['items']>[number];

/**
 * A request as its JSON would have it, so that one set of checks serves both: what JSON leaves out is left out. Throws
 * INVALID_ARGUMENT for numbers that JSON does not have.
 */
export function rankValue(message: RankRequest): Readonly<Record<string, unknown>> {
  const { user, requestId, context, candidates, exclude, filter, page, explain, deadlineMs, rerank } = message;
  if (filter !== undefined) requireFinite('filter', filter);
  return {
    user,
    explain,
    ...defined('request_id', requestId),
    context: Object.fromEntries(Object.entries(context).map(([name, value]) => [name, contextValue(value)])),
    ...defined('candidates', candidates?.ids),
    exclude,
    ...defined('filter', filter),
    ...(page === undefined
      ? {}
      : {
          page: { ...defined('size', page.size), ...defined('offset', page.offset), ...defined('cursor', page.cursor) },
        }),
    ...defined('deadline_ms', finite('deadline_ms', deadlineMs)),
    ...(rerank === undefined
      ? {}
      : {
          rerank: {
            ...defined('mmr_lambda', finite('rerank.mmr_lambda', rerank.mmrLambda)),
            max_per_value: rerank.maxPerValue,
          },
        }),
  };
}

/** null for a value that was not set, which the ranker refuses by its name. */
function contextValue({ value }: ContextValue): unknown {
  if (value.case === undefined) return null;
  return value.case === 'numbers' ? value.value.values : value.value;
}

function defined(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : { [name]: value };
}

function finite(field: string, value: number | undefined): number | undefined {
  if (value !== undefined && !Number.isFinite(value))
    throw invalidArgument(field, `expected a finite number, got ${value}`);
  return value;
}

/** The decoder has bounded the depth. */
function requireFinite(field: string, value: JsonValue): void {
  if (typeof value === 'number') finite(field, value);
  else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) requireFinite(field, one);
  }
}

export function rankMessage(response: RankResponse): MessageInitShape<typeof RankResponseSchema> {
  const { ranker, requestId, user, page, degradations, counts, explanation } = response;
  const { size, offset, available, cursor } = page;
  return {
    ranker,
    requestId,
    user,
    items: response.items.map(itemMessage),
    page: { size, offset, available, ...(cursor === undefined ? {} : { cursor }) },
    degradations: degradations.map(({ kind, stage, reason }) => ({ kind, stage, reason })),
    counts: { ...counts },
    ...(explanation === undefined ? {} : { explanation: explanationMessage(explanation) }),
  };
}

function itemMessage({ id, score, scoredBy, explanation }: RankedItem): Item {
  return {
    id,
    scoredBy,
    ...(score === null ? {} : { score }),
    ...(explanation === undefined ? {} : { explanation: itemExplanation(explanation) }),
  };
}

function explanationMessage(explanation: RankExplanation): Explained {
  const { stages, totalUs, deadlineUs, costUs, features, userFeatures } = explanation;
  return {
    stages: stages.map(({ budgetUs, ...stage }) => ({
      ...stage,
      dropped: { ...stage.dropped },
      userParts: [...stage.userParts],
      ...(budgetUs === null ? {} : { budgetUs }),
    })),
    totalUs,
    ...(deadlineUs === null ? {} : { deadlineUs }),
    costUs,
    features: [...features],
    userFeatures: mapped(userFeatures, featureValue),
  };
}

function itemExplanation(why: ItemExplanation): NonNullable<Item['explanation']> {
  const { sources, sourceScore, lightScore, outputs, heavyScore, features, adjustments } = why;
  return {
    sources: [...sources],
    ...(sourceScore === null ? {} : { sourceScore }),
    ...(lightScore === null ? {} : { lightScore }),
    outputs: mapped(outputs, (value) => (value === null ? {} : { value })),
    ...(heavyScore === null ? {} : { heavyScore }),
    features: mapped(features, featureValue),
    adjustments: adjustments.map(({ kind, detail }) => ({ kind, detail })),
  };
}

function featureValue({ value, status }: FeatureExplanation): MessageInitShape<typeof FeatureValueSchema> {
  if (typeof value === 'number') return { status, value: { case: 'number', value } };
  if (typeof value === 'string') return { status, value: { case: 'text', value } };
  return { status, value: { case: 'numbers', value: { values: [...value] } } };
}

function mapped<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
