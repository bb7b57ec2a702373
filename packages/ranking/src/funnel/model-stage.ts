import { RangefinderError, toRangefinderError, type Clock } from '@rangefinder/base';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { Formula } from '../formula/formula.ts';
import type { ModelPort } from '../ports.ts';
import { calibrate, calibrator } from '../rerank/calibration.ts';
import type { Binding, BoundModel } from './model-binding.ts';
import type { Cancellation } from './cancellation.ts';
import { scoreRows, type Scored } from './model-scoring.ts';
import type { PlaceValues } from './place-values.ts';
import type { RequestMemory } from './request-memory.ts';
import type { StageEntry, StageLog } from './stage-log.ts';
import { repeatedInput, type FilledInput } from './tensor-filling.ts';
import type { UserParts } from './user-parts.ts';

export interface ModelStage {
  readonly models: ModelPort;
  readonly clock: Clock;
  readonly log: StageLog;
  readonly entry: StageEntry;
  readonly bindings: readonly Binding[];
  readonly userParts: UserParts;
  readonly formula: Formula | undefined;
  readonly calibration: RankerConfig['calibration'];
  readonly chunkRows: number;
  readonly chunksInFlight: number;
  readonly limitUs: number;
  readonly requestId: string;
  readonly signal: Cancellation;
  readonly memory: RequestMemory;
  /** Values of the candidates, once the outputs are known. */
  readonly values: (outputs: ReadonlyMap<string, Float64Array>) => PlaceValues;
}

/** What a light or heavy ranker gave: scores of the first `rows` candidates. */
export interface StageScores {
  readonly scores: Float64Array;
  readonly outputs: ReadonlyMap<string, Float64Array>;
  readonly rows: number;
  /** Why not all candidates have a score; undefined when all do. */
  readonly problem: string | undefined;
}

const NOTHING: StageScores = { scores: new Float64Array(0), outputs: new Map(), rows: 0, problem: undefined };

/** Runs the models of a stage and its formula. What goes wrong is in the result; rejects with CANCELLED alone. */
export async function runModelStage(stage: ModelStage): Promise<StageScores> {
  try {
    const bound = stage.bindings.map(requireBound);
    const before = stage.values(new Map());
    const scored = bound.length === 0 ? noModels(before.count) : await runModels(stage, bound, before);
    return stage.log.charge(stage.entry, () => combine(stage, bound, scored));
  } catch (thrown) {
    const error = toRangefinderError(thrown);
    if (error.code === 'CANCELLED' && stage.signal.aborted) throw error;
    return { ...NOTHING, problem: `${error.code}: ${error.message}` };
  }
}

async function runModels(stage: ModelStage, bound: readonly BoundModel[], values: PlaceValues): Promise<Scored> {
  const { models, clock, limitUs, requestId, chunksInFlight, signal, log, entry, memory } = stage;
  const jobs = log.charge(entry, () => bound.map((model) => ({ model, inputs: values.inputs(model) })));
  const chunkRows = Math.min(stage.chunkRows, values.count);
  for (const { model, inputs } of jobs) inputs.push(...(await userInputs(stage, model, values.count)));
  return scoreRows(
    models,
    clock,
    { models: jobs, rows: values.count, chunkRows, chunksInFlight, limitUs, requestId, memory },
    signal,
  );
}

/** What a cut model takes of its user part. Rejects with why that did not give it. */
async function userInputs(stage: ModelStage, { userPart }: BoundModel, rows: number): Promise<FilledInput[]> {
  if (userPart === undefined) return [];
  const { entry, log, limitUs, userParts } = stage;
  const { rows: userRows, run } = await userParts.take(userPart, limitUs);
  entry.userParts.push(run);
  entry.costUs += run.costUs;
  if (userRows instanceof RangefinderError) throw userRows;
  return log.charge(entry, () =>
    userPart.feeds.map(({ name, oneRow }) => {
      const row = userRows.get(name)!;
      return oneRow ? { slice: () => row } : repeatedInput(row, rows);
    }),
  );
}

function combine(stage: ModelStage, bound: readonly BoundModel[], scored: Scored): StageScores {
  const { formula, calibration, entry } = stage;
  entry.costUs += scored.modelUs;
  for (const table of calibration) {
    const column = scored.outputs.get(table.of);
    if (column !== undefined) calibrate(column, calibrator(table));
  }
  const first = bound[0]?.outputs[0];
  const scores =
    formula === undefined
      ? (scored.outputs.get(first?.name ?? '') ?? new Float64Array(0))
      : stage.values(scored.outputs).score(formula);
  const { rows, problem } = scored;
  if (rows > 0 && !hasFinite(scores, rows)) {
    return { ...NOTHING, outputs: scored.outputs, problem: 'every score is NaN or infinite' };
  }
  return { scores, outputs: scored.outputs, rows, problem };
}

function hasFinite(scores: Float64Array, rows: number): boolean {
  for (let i = 0; i < rows; i++) if (Number.isFinite(scores[i])) return true;
  return false;
}

function noModels(rows: number): Scored {
  return { outputs: new Map(), rows, problem: undefined, modelUs: 0 };
}

function requireBound(binding: Binding): BoundModel {
  if (binding instanceof RangefinderError) throw binding;
  return binding;
}
