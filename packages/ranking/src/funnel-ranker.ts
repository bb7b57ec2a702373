import { invalidArgument, RangefinderError, toRangefinderError } from '@rangefinder/base';
import type { RequestContext } from '@rangefinder/serving';
import type { RankerConfig } from './config/ranker-config.ts';
import { KeptPages, type KeptOrder } from './fallback/kept-pages.ts';
import { Cancellation } from './funnel/cancellation.ts';
import { idsOf } from './funnel/candidate-table.ts';
import { checkContextDemands } from './funnel/context-demands.ts';
import { explainFeatures, explainItem, finite } from './funnel/explanations.ts';
import { compiled, type Exclusion } from './funnel/exclusion.ts';
import { Declaration, type Plan } from './funnel/plan.ts';
import { TIER, type RankedOrder } from './funnel/ranking-order.ts';
import { RankRun } from './funnel/rank-run.ts';
import type { RankOutcome } from './funnel/run-parts.ts';
import { RequestMemories } from './funnel/request-memory.ts';
import { RowCost } from './funnel/row-cost.ts';
import { cancelled } from './funnel/settle.ts';
import { StageLog } from './funnel/stage-log.ts';
import { readCursor, writeCursor } from './page-cursor.ts';
import { UNKNOWN_ITEM } from './ports.ts';
import { DEFAULT_RANK_LIMITS, type RankRequest } from './rank-request.ts';
import type { RankCounts, RankedItem, RankExplanation, RankResponse } from './rank-response.ts';
import { checkRankRequest, type AskedPage } from './request-checks.ts';
import type { Ranker, RankerParts } from './ranker.ts';

/** For how long what the heavy ranker took counts. */
const ROW_COST_MAX_AGE_US = 5_000_000;
/** For requests at the same time, and bytes for one of 10,000 candidates. */
const KEPT_MEMORIES = Object.freeze({ memories: 16, bytes: 8 * 1024 * 1024 });

/**
 * Binds a declared ranker to models, features and items. Throws one INVALID_ARGUMENT that names what is declared and not
 * there: features, sources, attributes in filters. Models may come later; until then their stage is skipped and reported.
 */
export function createRanker(config: RankerConfig, parts: RankerParts): Ranker {
  return new FunnelRanker(config, parts);
}

class FunnelRanker implements Ranker {
  readonly name: string;
  readonly config: RankerConfig;
  readonly #parts: RankerParts;
  readonly #declaration: Declaration;
  readonly #pages: KeptPages;
  readonly #rowCost = new RowCost(ROW_COST_MAX_AGE_US);
  readonly #memories = new RequestMemories(KEPT_MEMORIES);
  #plan: Plan | undefined = undefined;

  constructor(config: RankerConfig, parts: RankerParts) {
    this.name = config.name;
    this.config = config;
    this.#parts = parts;
    this.#declaration = new Declaration(config, parts.features, parts.items);
    this.#pages = new KeptPages({
      requests: config.page.cursors,
      users: config.degrade.includes('cached_page') ? config.cached_pages : 0,
    });
    parts.candidates.check(config.sources);
    config.filters.where.forEach((filter, i) => compiled(parts.items, filter, `filters.where[${i}]`));
    config.rerank.rules.forEach(({ where }, i) => compiled(parts.items, where, `rerank.rules[${i}].where`));
  }

  async rank(request: RankRequest, context?: RequestContext): Promise<RankResponse> {
    const { clock, observer } = this.#parts;
    const startUs = clock.nowUs();
    const log = new StageLog(clock, this.name, observer);
    const finish = (
      outcome: 'success' | 'degraded' | 'rejected' | 'cancelled' | 'failed',
      response?: RankResponse,
    ): void =>
      observer?.rankFinished?.({
        ranker: this.name,
        outcome,
        totalUs: clock.nowUs() - startUs,
        candidates: response?.counts.candidates ?? 0,
        returned: response?.items.length ?? 0,
        shortPage: response !== undefined && response.items.length < response.page.size,
        degradations: log.degradations.map(({ kind }) => kind),
      });
    try {
      const response = await this.#answer(request, context, log, startUs);
      finish(response.degradations.length > 0 ? 'degraded' : 'success', response);
      return response;
    } catch (thrown) {
      const error = toRangefinderError(thrown);
      const rejected = error.entry.httpStatus < 499;
      finish(error.code === 'CANCELLED' ? 'cancelled' : rejected ? 'rejected' : 'failed');
      throw error;
    }
  }

  async #answer(
    request: RankRequest,
    context: RequestContext | undefined,
    log: StageLog,
    startUs: number,
  ): Promise<RankResponse> {
    const limits = this.#parts.limits ?? DEFAULT_RANK_LIMITS;
    const candidatesMax = Math.min(limits.rankCandidates, this.config.candidates_max);
    if (request.page?.cursor !== undefined) return this.#laterPage(request, request.page.cursor);
    const page = checkRankRequest(this.config, request, this.#declaration, {
      ...limits,
      rankCandidates: candidatesMax,
    });
    const deadlineUs = Math.min(context?.deadlineUs ?? Infinity, startUs + this.config.deadline_ms * 1000);
    if (deadlineUs <= startUs)
      throw new RangefinderError('DEADLINE_EXCEEDED', 'the deadline passed before ranking began');
    const signal = new Cancellation();
    context?.onCancellable?.(() => signal.abort(cancelled()));
    this.#plan = this.#declaration.plan(this.#parts.models, this.#plan);
    checkContextDemands(this.#plan.contextDemands, request.context ?? {});
    const memory = this.#memories.take();
    const cached = request.candidates === undefined ? this.#pages.ofUser(request.user) : undefined;
    const run = new RankRun({
      ranker: this.#parts,
      declaration: this.#declaration,
      plan: this.#plan,
      request,
      page,
      deadlineUs,
      signal,
      memory,
      log,
      rowCost: this.#rowCost,
      hasCachedPage: (exclusion) =>
        cached !== undefined && this.#allowed(cached, exclusion).ids.length >= page.offset + page.size,
    });
    const outcome = await run.run();
    if (signal.aborted) throw cancelled();
    const explain = (): RankExplanation => this.#explanation(log, startUs, deadlineUs, outcome);
    if (outcome.order === undefined) {
      log.degrade('cached_page', 'sources', 'the order of an earlier request of this user');
      const order = this.#allowed(cached!, outcome.exclusion);
      return this.#response(request, { page, log, counts: countsOf(outcome), explain }, order, (i) =>
        fallbackItem(order, i),
      );
    }
    const order = this.#keep(request, outcome, outcome.order, page, log);
    const response = this.#response(request, { page, log, counts: countsOf(outcome), explain }, order, (i) =>
      this.#item(request, outcome, order, i),
    );
    // Where something was late, it may still be at work in it.
    if (log.degradations.length === 0) this.#memories.giveBack(memory);
    return response;
  }

  #laterPage(request: RankRequest, cursor: string): RankResponse {
    const { requestId, offset } = readCursor(cursor);
    const order = this.#pages.ofRequest(request.user, requestId);
    if (order === undefined) {
      throw new RangefinderError(
        'NOT_FOUND',
        `page.cursor: request '${requestId.slice(0, 64)}' is not remembered any more; rank again`,
        { field: 'page.cursor' },
      );
    }
    const size = request.page?.size ?? this.config.page.size;
    if (!Number.isInteger(size) || size < 1 || size > this.config.page.size_max) {
      throw invalidArgument('page.size', `expected an integer from 1 to ${this.config.page.size_max}, got ${size}`);
    }
    const counts = { candidates: order.available, duplicates: 0, userFound: true, unknownItems: 0, nonFiniteScores: 0 };
    const log = new StageLog(this.#parts.clock, this.name, undefined);
    const answer = { page: { size, offset }, log, counts, explain: () => undefined };
    return this.#response({ ...request, requestId }, answer, order, (i) => keptItem(order, i));
  }

  /** A kept order without what this request must not show. */
  #allowed(order: KeptOrder, exclusion: Exclusion): KeptOrder {
    const { items } = this.#parts;
    const places: number[] = [];
    for (let i = 0; i < order.ids.length; i++) {
      const id = order.ids[i]!;
      if (exclusion.reason(id, items.numberOf(id) ?? UNKNOWN_ITEM) === undefined) places.push(i);
    }
    return {
      ids: places.map((i) => order.ids[i]!),
      scores: places.map((i) => order.scores[i]!),
      byHeavy: places.map((i) => order.byHeavy[i]!),
      lower: order.lower,
      available: places.length,
    };
  }

  /** Remembers the first places, for cursors and for bad times, and returns them. */
  #keep(
    request: RankRequest,
    outcome: RankOutcome,
    { rows, scores, tiers }: RankedOrder,
    page: AskedPage,
    log: StageLog,
  ): KeptOrder {
    const depth = Math.min(rows.length, Math.max(this.config.rerank.depth, page.offset + page.size));
    const keptScores: number[] = [];
    const byHeavy: boolean[] = [];
    for (let i = 0; i < depth; i++) {
      keptScores.push(scores[i]!);
      byHeavy.push(tiers[i] === TIER.heavy);
    }
    const order: KeptOrder = {
      ids: idsOf(outcome.table, rows.subarray(0, depth)),
      scores: keptScores,
      byHeavy,
      lower: outcome.lightScores === undefined ? 'source' : 'light',
      available: rows.length,
    };
    const { user, requestId = '' } = request;
    if (requestId !== '') this.#pages.keepRequest(user, requestId, order);
    const whole = request.candidates === undefined && log.degradations.every(({ kind }) => kind === 'stale_features');
    if (whole && rows.length > 0) this.#pages.keepUser(user, order);
    return order;
  }

  #item(request: RankRequest, outcome: RankOutcome, order: KeptOrder, i: number): RankedItem {
    const item = keptItem(order, i);
    if (request.explain !== true) return item;
    return { ...item, explanation: explainItem(this.config, outcome, outcome.order!.rows[i]!) };
  }

  #response(
    request: RankRequest,
    answer: { page: AskedPage; log: StageLog; counts: RankCounts; explain: () => RankExplanation | undefined },
    order: KeptOrder,
    item: (i: number) => RankedItem,
  ): RankResponse {
    const { page, log, counts } = answer;
    const end = Math.min(order.ids.length, page.offset + page.size);
    const items: RankedItem[] = [];
    for (let i = page.offset; i < end; i++) items.push(item(i));
    const requestId = request.requestId ?? '';
    const remembered = requestId !== '' && this.#pages.ofRequest(request.user, requestId) !== undefined;
    return {
      ranker: this.name,
      requestId,
      user: request.user,
      items,
      page: {
        ...page,
        available: order.available,
        cursor: remembered && end < order.ids.length ? writeCursor(requestId, end) : undefined,
      },
      degradations: log.degradations,
      counts,
      explanation: request.explain === true ? answer.explain() : undefined,
    };
  }

  #explanation(log: StageLog, startUs: number, deadlineUs: number, { userColumns }: RankOutcome): RankExplanation {
    const { userFeatures, lightFeatures, heavyFeatures, transforms } = this.#plan!;
    const computed = Object.values(transforms).flatMap((planned) => planned.flatMap(({ wanted }) => wanted));
    return {
      stages: log.stages,
      totalUs: this.#parts.clock.nowUs() - startUs,
      deadlineUs: deadlineUs === Infinity ? null : deadlineUs - startUs,
      costUs: log.costUs,
      features: [...userFeatures.features, ...lightFeatures.features, ...heavyFeatures.features, ...computed],
      userFeatures: explainFeatures(userColumns, 0),
    };
  }
}

function keptItem({ ids, scores, byHeavy, lower }: KeptOrder, i: number): RankedItem {
  const scoredBy = byHeavy[i] === true ? 'heavy' : lower;
  return { id: ids[i]!, score: finite(scores[i]), scoredBy, explanation: undefined };
}

function fallbackItem(order: KeptOrder, i: number): RankedItem {
  return { ...keptItem(order, i), scoredBy: 'fallback' };
}

function countsOf({ candidates, duplicates, userFound, table, order }: RankOutcome): RankCounts {
  let unknownItems = 0;
  const { numbers } = table;
  for (let i = 0; i < numbers.length; i++) unknownItems += Number(numbers[i] === UNKNOWN_ITEM);
  let nonFiniteScores = 0;
  const tiers = order?.tiers ?? new Uint8Array(0);
  for (let i = 0; i < tiers.length; i++) nonFiniteScores += Number(tiers[i] === TIER.broken);
  return { candidates, duplicates, userFound, unknownItems, nonFiniteScores };
}
