import { RangefinderError } from '@rangefinder/base';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { GatherSource } from '../ports.ts';
import type { DeclaredModel } from './declared-model.ts';
import type { FeatureColumns } from './feature-set.ts';
import type { PlaceValues } from './place-values.ts';
import type { RankRunParts } from './run-parts.ts';
import { featureVector, modelVector, wordsOf } from './user-values.ts';

export interface SourceQuestions {
  readonly run: RankRunParts;
  /** Features of the user. */
  readonly columns: FeatureColumns;
  /** Monotonic µs by which models of query vectors have to answer. */
  readonly limitUs: number;
  /** What the inputs of those models are filled from. */
  readonly values: () => PlaceValues;
}

/** The declared sources with what they are asked: a query vector, values to look up. One whose query cannot be had is reported and left out. */
export async function askedSources(questions: SourceQuestions): Promise<readonly GatherSource[]> {
  const { sources } = questions.run.declaration.config;
  const asked = await Promise.all(sources.map((source, i) => askedSource(source, i, questions)));
  return asked.filter((one) => one !== undefined);
}

async function askedSource(
  source: RankerConfig['sources'][number],
  index: number,
  questions: SourceQuestions,
): Promise<GatherSource | undefined> {
  const { run, columns } = questions;
  const { query, values, ...spec } = source;
  const words = values === undefined ? [] : wordsOf(values, columns, run.request.context ?? {});
  if (query === undefined) return { ...spec, query: undefined, values: words };
  try {
    const model = run.declaration.queryModels[index];
    const vector =
      model === undefined ? featureVector(columns.get(query.feature!)) : await vectorOfModel(model, questions);
    if (vector !== undefined) return { ...spec, query: vector, values: words };
    run.log.degrade('source_failed', 'user', `source ${source.name}: the user has no query vector`);
  } catch (thrown) {
    if (!(thrown instanceof RangefinderError) || run.signal.aborted) throw thrown;
    run.log.degrade('source_failed', 'user', `source ${source.name}: ${thrown.code}: ${thrown.message}`);
  }
  return undefined;
}

function vectorOfModel(model: DeclaredModel, { run, limitUs, values }: SourceQuestions): Promise<Float32Array> {
  const { plan, ranker, request, signal } = run;
  const binding = plan.bindings.get(model)!;
  if (binding instanceof RangefinderError) throw binding;
  const options = { limitUs, requestId: request.requestId ?? '', signal, clock: ranker.clock };
  return modelVector(ranker.models, binding, values(), options);
}
