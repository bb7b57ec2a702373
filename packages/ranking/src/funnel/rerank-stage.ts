import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { ItemPort } from '../ports.ts';
import type { RerankOverride } from '../rank-request.ts';
import type { Adjustment } from '../rank-response.ts';
import { calibrate, calibrator } from '../rerank/calibration.ts';
import { rerank, type AttributeLimit, type Mmr } from '../rerank/reranking.ts';
import { numbersOf, passes, type CandidateTable } from './candidate-table.ts';
import { compiled } from './exclusion.ts';
import { permuted, sortedOrder, TIER, type RankedOrder } from './ranking-order.ts';
import type { RequestMemory } from './request-memory.ts';
import type { StageLog } from './stage-log.ts';

type Rule = RankerConfig['rerank']['rules'][number];

export interface RerankStage {
  readonly config: RankerConfig;
  readonly items: ItemPort;
  readonly table: CandidateTable;
  readonly override: RerankOverride | undefined;
  readonly pageSize: number;
  /** Positions that somebody may look at. */
  readonly depth: number;
  readonly log: StageLog;
  readonly memory: RequestMemory;
  /** By row of the table; undefined when nobody asked. */
  readonly notes: Map<number, Adjustment[]> | undefined;
}

/** Calibration of the score, business rules, diversity. A rule or limit that cannot work is reported and left out. */
export function rerankOrder(stage: RerankStage, sorted: RankedOrder): RankedOrder {
  const scored = withScoreRules(stage, withCalibration(stage, sorted));
  const pins = pinsOf(stage, scored);
  const limits = limitsOf(stage, scored);
  const mmr = mmrOf(stage, scored);
  if (pins.size === 0 && limits.length === 0 && mmr === undefined) return scored;
  const note = (position: number, adjustment: Adjustment): void => noteRow(stage, scored.rows[position]!, adjustment);
  const order = rerank({
    ranked: scored,
    limits,
    mmr,
    pins,
    depth: stage.depth,
    note: stage.notes === undefined ? undefined : note,
  });
  return permuted(scored, order, stage.memory);
}

/** The score of the heavy ranker means something absolute; that of the others does not, and is left alone. */
function withCalibration(stage: RerankStage, order: RankedOrder): RankedOrder {
  const tables = stage.config.calibration.filter(({ of }) => of === 'score');
  if (tables.length === 0) return order;
  const scores = order.scores.slice();
  for (const table of tables) calibrate(scores, calibrator(table));
  return sortedOrder(
    stage.table,
    { ...order, scores: scores.map((score, i) => (order.tiers[i] === TIER.heavy ? score : order.scores[i]!)) },
    stage.memory,
  );
}

function withScoreRules(stage: RerankStage, order: RankedOrder): RankedOrder {
  const rules = stage.config.rerank.rules.filter(({ boost = 0, multiply = 1 }) => boost !== 0 || multiply !== 1);
  if (rules.length === 0) return order;
  const scores = order.scores.slice();
  for (const rule of rules) attempt(stage, `rule ${rule.name}`, () => applyScoreRule(stage, order, rule, scores));
  return sortedOrder(stage.table, { ...order, scores }, stage.memory);
}

function applyScoreRule(stage: RerankStage, order: RankedOrder, rule: Rule, scores: Float64Array): void {
  const { name, where, boost = 0, multiply = 1 } = rule;
  const filter = compiled(stage.items, where, `rerank.rules.${name}.where`);
  for (const [position, row] of order.rows.entries()) {
    if (order.tiers[position] === TIER.broken || !passes(filter, stage.table.numbers[row]!)) continue;
    scores[position] = scores[position]! * multiply + boost;
    noteRow(stage, row, { kind: 'boost', detail: `${name}: score × ${multiply} + ${boost}` });
  }
}

function pinsOf(stage: RerankStage, order: RankedOrder): ReadonlyMap<number, number> {
  const pins = new Map<number, number>();
  for (const { name, where, pin } of stage.config.rerank.rules) {
    if (pin === undefined) continue;
    attempt(stage, `rule ${name}`, () => {
      const filter = compiled(stage.items, where, `rerank.rules.${name}.where`);
      const taken = new Set(pins.values());
      const position = order.rows.findIndex((row, i) => !taken.has(i) && passes(filter, stage.table.numbers[row]!));
      if (position >= 0) pins.set(pin - 1, position);
    });
  }
  return pins;
}

function limitsOf(stage: RerankStage, order: RankedOrder): AttributeLimit[] {
  const limits: AttributeLimit[] = [];
  if (stage.config.rerank.max_per_value.length === 0) return limits;
  const numbers = numbersOf(stage.table, order.rows, stage.memory);
  for (const { attribute, max, window } of stage.config.rerank.max_per_value) {
    attempt(stage, `limit of ${attribute}`, () => {
      const codes = new Int32Array(numbers.length);
      stage.items.attributeCodes(attribute, numbers, codes);
      limits.push({
        attribute,
        max: stage.override?.maxPerValue?.[attribute] ?? max,
        window: window ?? stage.pageSize,
        codes,
      });
    });
  }
  return limits;
}

function mmrOf(stage: RerankStage, order: RankedOrder): Mmr | undefined {
  const declared = stage.config.rerank.mmr;
  const lambda = stage.override?.mmrLambda ?? declared?.lambda;
  if (declared === undefined || lambda === undefined || lambda === 1) return undefined;
  return attempt(stage, 'mmr', () => {
    const dimensions = stage.items.embeddingDimensions(declared.embedding);
    if (dimensions === undefined) throw new RangefinderError('NOT_FOUND', `no embeddings called ${declared.embedding}`);
    const window = Math.min(declared.window, order.rows.length);
    const embeddings = new Float32Array(window * dimensions);
    stage.items.embeddings(
      declared.embedding,
      numbersOf(stage.table, order.rows.subarray(0, window), stage.memory),
      embeddings,
    );
    if (!embeddings.every((value) => Number.isFinite(value)))
      throw new RangefinderError('INTERNAL', 'embeddings are not finite');
    return { lambda, window, dimensions, embeddings };
  });
}

function attempt<T>(stage: RerankStage, what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    const { code, message } = toRangefinderError(thrown);
    stage.log.degrade('rule_skipped', 'rerank', `${what}: ${code}: ${message}`);
    return undefined;
  }
}

function noteRow({ notes }: RerankStage, row: number, adjustment: Adjustment): void {
  if (notes === undefined) return;
  const known = notes.get(row);
  if (known === undefined) notes.set(row, [adjustment]);
  else known.push(adjustment);
}
