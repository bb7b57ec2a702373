import { RangefinderError, type Clock } from '@rangefinder/base';
import { UNNUMBERED, type FeatureColumn } from '@rangefinder/features';
import type { RankerConfig } from '../config/ranker-config.ts';
import type { GatherSource } from '../ports.ts';
import type { Adjustment, StageName } from '../rank-response.ts';
import { askedSources } from './asked-sources.ts';
import { EMPTY_TABLE, idsOf, numbersOf, orderByScore, type CandidateTable } from './candidate-table.ts';
import type { Cancellation } from './cancellation.ts';
import { filterCandidates, gatherCandidates, givenCandidates, unavailable, withPopular } from './candidates-stage.ts';
import { Deadline } from './deadline.ts';
import { Exclusion } from './exclusion.ts';
import { affordableRows, learnRowCost } from './heavy-rows.ts';
import { isPresent, type FeatureColumns, type FeatureSet, type ReadEntities } from './feature-set.ts';
import { runModelStage, type ModelStage, type StageScores } from './model-stage.ts';
import { PlaceValues } from './place-values.ts';
import { selectColumnRows } from './column-rows.ts';
import type { Plan } from './plan.ts';
import { finalOrder, type RankedOrder } from './ranking-order.ts';
import { rerankOrder } from './rerank-stage.ts';
import type { RequestMemory } from './request-memory.ts';
import { cancelled } from './settle.ts';
import type { RankOutcome, RankRunParts } from './run-parts.ts';
import type { StageEntry, StageLog } from './stage-log.ts';
import { runTransforms, transformContext, type TransformContext } from './transform-run.ts';
import { UserParts } from './user-parts.ts';
import { textsOf } from './user-values.ts';

const NO_COLUMNS: FeatureColumns = new Map();
const NO_NUMBER = Uint32Array.of(UNNUMBERED);
/** For models that read of the user alone. */
const ONE_ROW: CandidateTable = { ...EMPTY_TABLE, ids: [''] };

/** One request on its way through the funnel. */
export class RankRun {
  readonly #parts: RankRunParts;
  readonly #config: RankerConfig;
  readonly #clock: Clock;
  readonly #deadline: Deadline;
  readonly #log: StageLog;
  readonly #signal: Cancellation;
  readonly #memory: RequestMemory;
  readonly #exclusion: Exclusion;
  readonly #userParts: UserParts;
  readonly #context: TransformContext;
  #userColumns: FeatureColumns = NO_COLUMNS;
  #sources: readonly GatherSource[] = [];
  #table: CandidateTable = EMPTY_TABLE;
  #tableColumns: FeatureColumns = NO_COLUMNS;
  #rowColumns: FeatureColumns = NO_COLUMNS;
  #lightScores: Float64Array | undefined = undefined;
  #keptRows: Uint32Array | undefined = undefined;
  #duplicates = 0;

  /** Throws INVALID_ARGUMENT when the request's filter does not parse, or its context is not what is read of it. */
  constructor(parts: RankRunParts) {
    this.#parts = parts;
    this.#config = parts.declaration.config;
    this.#clock = parts.ranker.clock;
    this.#log = parts.log;
    this.#signal = parts.signal;
    this.#memory = parts.memory;
    this.#deadline = new Deadline(this.#clock, parts.deadlineUs, this.#config.budgets, this.#activeStages());
    const { filter, exclude, context = {} } = parts.request;
    this.#context = transformContext(parts.declaration.transforms, context);
    this.#exclusion = new Exclusion(this.#config, parts.ranker.items, filter, exclude ?? []);
    this.#userParts = new UserParts({
      models: parts.ranker.models,
      clock: this.#clock,
      deadlineUs: parts.deadlineUs,
      requestId: parts.request.requestId ?? '',
      signal: parts.signal,
    });
  }

  async run(): Promise<RankOutcome> {
    try {
      return await this.#run();
    } finally {
      this.#userParts.end();
    }
  }

  async #run(): Promise<RankOutcome> {
    await this.#user();
    const candidates = await this.#candidates();
    if (candidates === undefined) return this.#outcome(undefined, undefined, 0, new Map());
    const lightOrder = await this.#light();
    const heavy = await this.#heavy(lightOrder);
    if (this.#signal.aborted) throw cancelled();
    const notes = this.#parts.request.explain === true ? new Map<number, Adjustment[]>() : undefined;
    const order = this.#log.compute('rerank', (entry) => {
      entry.in = entry.out = lightOrder.length;
      return this.#rerank(lightOrder, heavy, notes);
    });
    return this.#outcome(order, heavy, candidates, notes ?? new Map());
  }

  /** Features of the user, and from them the queries of the sources and what the user has seen. */
  async #user(): Promise<void> {
    const { plan, request } = this.#parts;
    const limitUs = this.#deadline.limitUs('user');
    await this.#log.stage('user', limitUs, async (entry) => {
      entry.in = entry.out = 1;
      this.#userColumns = await this.#read(
        plan.userFeatures,
        { ids: [request.user], numbers: NO_NUMBER },
        'user',
        limitUs,
      );
      this.#userColumns = this.#computed(entry, plan.transforms.user, 1, this.#userColumns);
      const seen = this.#config.filters.exclude_seen;
      this.#startUserParts();
      if (seen !== undefined) this.#exclusion.add(textsOf(this.#userColumns.get(seen)), 'seen');
      if (request.candidates === undefined)
        this.#sources = await askedSources({
          run: this.#parts,
          columns: this.#userColumns,
          limitUs,
          values: () => this.#values(ONE_ROW, undefined, new Map()),
        });
    });
  }

  /** All that they read is known now; by the time that a stage wants them, they have long been ready. */
  #startUserParts(): void {
    for (const binding of this.#parts.plan.bindings.values()) {
      if (binding instanceof RangefinderError || binding.userPart === undefined) continue;
      this.#userParts.start(binding.userPart, this.#values(ONE_ROW, undefined, new Map()));
    }
  }

  /** Fills the table; undefined when the cached page has to do. Throws UNAVAILABLE when not even that is there. */
  async #candidates(): Promise<number | undefined> {
    const { request, ranker } = this.#parts;
    const { items, candidates: port } = ranker;
    if (request.candidates !== undefined) {
      const { table, duplicates } = givenCandidates(request.candidates, items, this.#memory);
      this.#duplicates = duplicates;
      this.#table = table;
    } else if (this.#sources.length > 0) {
      const limitUs = this.#deadline.limitUs('sources');
      await this.#log.stage('sources', limitUs, async (entry) => {
        this.#table = await gatherCandidates({
          port,
          items,
          clock: this.#clock,
          sources: this.#sources,
          limit: this.#config.candidates_max,
          limitUs,
          exclusion: this.#exclusion,
          user: request.user,
          signal: this.#signal,
          memory: this.#memory,
          log: this.#log,
        });
        entry.out = this.#table.ids.length;
      });
    }
    const candidates = this.#table.ids.length;
    const failures = this.#log.degradations.filter(({ kind }) => kind === 'source_failed');
    if (candidates === 0 && failures.length > 0 && this.#parts.hasCachedPage(this.#exclusion)) return undefined;
    this.#log.compute('filters', (entry) => {
      entry.in = candidates;
      this.#table = filterCandidates(this.#table, this.#exclusion, entry, this.#memory);
      if (request.candidates === undefined) this.#fillUp(failures.length > 0);
      entry.out = this.#table.ids.length;
    });
    if (candidates === 0 && this.#table.ids.length === 0 && failures.length > 0) {
      throw unavailable(failures.map(({ reason }) => reason));
    }
    return candidates;
  }

  #fillUp(afterFailure: boolean): void {
    const { page, ranker } = this.#parts;
    if (!this.#config.degrade.includes('popularity')) return;
    // After a failure there is little to choose from: enough for a choice then, else just what the page lacks.
    const failedOutright = afterFailure && this.#table.ids.length === 0;
    const wanted = failedOutright
      ? Math.max(page.offset + page.size, this.#config.rerank.depth)
      : page.offset + page.size;
    const had = this.#table.ids.length;
    if (had >= wanted) return;
    this.#table = withPopular(this.#table, wanted, ranker.items, this.#exclusion);
    const added = this.#table.ids.length - had;
    if (added > 0) this.#log.degrade('popularity', 'sources', `${added} popular items fill up ${had} candidates`);
  }

  /** Rows by light score, best first. */
  async #light(): Promise<Uint32Array> {
    const { plan, declaration } = this.#parts;
    const { light } = this.#config;
    const { ids, sourceScores } = this.#table;
    const fallback = (): Uint32Array => orderByScore(sourceScores, ids, this.#memory);
    if (light === undefined || ids.length === 0) return fallback();
    const readUs = this.#deadline.limitUs('light_features');
    this.#tableColumns = await this.#log.stage('light_features', readUs, async (entry) => {
      entry.in = entry.out = ids.length;
      const columns = await this.#read(plan.lightFeatures, this.#table, 'light_features', readUs);
      return this.#computed(entry, plan.transforms.light, ids.length, columns);
    });
    const limitUs = this.#deadline.limitUs('light');
    return this.#log.stage('light', limitUs, async (entry) => {
      entry.in = ids.length;
      const bindings = light.model === undefined ? [] : [plan.bindings.get(light.model)!];
      const stage = { bindings, formula: declaration.lightFormula, calibration: [], limitUs };
      const scored = await this.#modelStage(entry, stage, undefined);
      const keep = Math.min(light.keep, ids.length);
      entry.out = keep;
      if (keep < ids.length) entry.dropped['keep'] = ids.length - keep;
      if (scored.problem !== undefined) {
        this.#log.degrade('light_skipped', 'light', scored.problem);
        return fallback();
      }
      this.#lightScores = scored.scores;
      return orderByScore(scored.scores, ids, this.#memory);
    });
  }

  async #heavy(lightOrder: Uint32Array): Promise<StageScores | undefined> {
    const { plan, declaration } = this.#parts;
    const { heavy, light } = this.#config;
    if (heavy === undefined || lightOrder.length === 0) return undefined;
    const wanted = Math.min(light?.keep ?? lightOrder.length, lightOrder.length);
    const rows = affordableRows(this.#parts, wanted, this.#deadline.limitUs('heavy'));
    if (rows === 0) return undefined;
    const kept = lightOrder.subarray(0, rows);
    const wholeTable = rows === this.#table.ids.length && isInOrder(kept);
    const readUs = this.#deadline.limitUs('heavy_features');
    this.#rowColumns = await this.#log.stage('heavy_features', readUs, async (entry) => {
      entry.in = entry.out = rows;
      const items = wholeTable ? this.#table : this.#keptItems(kept);
      const columns = await this.#read(plan.heavyFeatures, items, 'heavy_features', readUs);
      return this.#computed(entry, plan.transforms.heavy, rows, columns, kept);
    });
    this.#keptRows = kept;
    const limitUs = this.#deadline.limitUs('heavy');
    return this.#log.stage('heavy', limitUs, async (entry) => {
      entry.in = rows;
      const startUs = this.#clock.nowUs();
      const bindings = heavy.models.map((model) => plan.bindings.get(model)!);
      const stage = { bindings, formula: declaration.heavyFormula, calibration: this.#config.calibration, limitUs };
      const scored = await this.#modelStage(entry, stage, wholeTable ? undefined : kept);
      entry.out = scored.rows;
      const waitedUs = entry.userParts.reduce((sum, run) => sum + run.waitedUs, 0);
      learnRowCost(this.#parts, scored, rows, this.#clock.nowUs() - startUs - waitedUs);
      if (scored.problem === undefined) return scored;
      this.#log.degrade(
        scored.rows > 0 ? 'fewer_candidates' : 'light_only',
        'heavy',
        `${scored.rows} of ${rows} scored: ${scored.problem}`,
      );
      return scored.rows > 0 ? scored : undefined;
    });
  }

  #keptItems(kept: Uint32Array): ReadEntities {
    return { ids: idsOf(this.#table, kept), numbers: numbersOf(this.#table, kept, this.#memory) };
  }

  /** `rows`: those of the table that it is about, undefined for all as they lie. */
  #modelStage(
    entry: StageEntry,
    stage: Pick<ModelStage, 'bindings' | 'formula' | 'calibration' | 'limitUs'>,
    rows: Uint32Array | undefined,
  ): Promise<StageScores> {
    const { heavy } = this.#config;
    return runModelStage({
      ...stage,
      models: this.#parts.ranker.models,
      clock: this.#clock,
      log: this.#log,
      entry,
      userParts: this.#userParts,
      chunkRows: heavy?.chunk ?? 256,
      chunksInFlight: heavy?.chunks_in_flight ?? 4,
      requestId: this.#parts.request.requestId ?? '',
      signal: this.#signal,
      memory: this.#memory,
      values: (outputs) => this.#values(this.#table, rows, outputs),
    });
  }

  #values(
    table: CandidateTable,
    rows: Uint32Array | undefined,
    outputs: ReadonlyMap<string, Float64Array>,
  ): PlaceValues {
    return new PlaceValues({
      user: this.#parts.request.user,
      context: this.#parts.request.context ?? {},
      userColumns: this.#userColumns,
      items: this.#parts.ranker.items,
      table,
      rows,
      tableColumns: this.#tableColumns,
      rowColumns: this.#rowColumns,
      lightScores: this.#lightScores,
      outputs,
      memory: this.#memory,
    });
  }

  /** No columns, and then no scores of models that read them, when the store failed and no fallback is allowed. */
  async #read(
    features: FeatureSet,
    entities: ReadEntities,
    stage: StageName,
    limitUs: number,
  ): Promise<FeatureColumns> {
    try {
      const { columns, degraded } = await features.read(entities, {
        clock: this.#clock,
        limitUs,
        signal: this.#signal,
        memory: this.#memory,
      });
      if (degraded !== undefined) this.#log.degrade(degraded.kind, stage, degraded.reason);
      return columns;
    } catch (thrown) {
      if (!(thrown instanceof RangefinderError) || this.#signal.aborted) throw thrown;
      this.#log.degrade('default_features', stage, `none: ${thrown.message}`);
      return NO_COLUMNS;
    }
  }

  /** The columns that a stage has read, and what is computed from them, the user's and, for `kept` rows, those of the table. */
  #computed(
    entry: StageEntry,
    transforms: Plan['transforms']['user'],
    rows: number,
    columns: FeatureColumns,
    kept?: Uint32Array,
  ): FeatureColumns {
    if (transforms.length === 0) return columns;
    const columnOf = (name: string): FeatureColumn | undefined => {
      const own = columns.get(name) ?? this.#userColumns.get(name);
      const early = own === undefined && kept !== undefined ? this.#tableColumns.get(name) : undefined;
      return early === undefined ? own : selectColumnRows(early, kept!);
    };
    const { defaults } = this.#config.features;
    const { stage } = entry;
    const run = { transforms, context: this.#context, rows, columnOf, defaults, log: this.#log, stage };
    return this.#log.charge(entry, () => new Map([...columns, ...runTransforms(run)]));
  }

  #rerank(
    lightOrder: Uint32Array,
    heavy: StageScores | undefined,
    notes: Map<number, Adjustment[]> | undefined,
  ): RankedOrder {
    const { page, ranker, request } = this.#parts;
    const sorted = finalOrder(
      this.#table,
      lightOrder,
      this.#lightScores ?? this.#table.sourceScores,
      heavy,
      this.#memory,
    );
    return rerankOrder(
      {
        config: this.#config,
        items: ranker.items,
        table: this.#table,
        override: request.rerank,
        pageSize: page.size,
        depth: Math.max(this.#config.rerank.depth, page.offset + page.size),
        log: this.#log,
        memory: this.#memory,
        notes,
      },
      sorted,
    );
  }

  #outcome(
    order: RankedOrder | undefined,
    heavy: StageScores | undefined,
    candidates: number,
    adjustments: ReadonlyMap<number, readonly Adjustment[]>,
  ): RankOutcome {
    const userFeatures = this.#parts.plan.userFeatures.features.flatMap((name) => this.#userColumns.get(name) ?? []);
    return {
      order,
      table: this.#table,
      exclusion: this.#exclusion,
      keptRows: this.#keptRows ?? new Uint32Array(0),
      heavy,
      lightScores: this.#lightScores,
      candidates,
      duplicates: this.#duplicates,
      userFound: userFeatures.length === 0 || userFeatures.some((column) => isPresent(column)),
      userColumns: this.#userColumns,
      itemColumns: this.#tableColumns,
      rowColumns: this.#rowColumns,
      adjustments,
    };
  }

  #activeStages(): ReadonlySet<StageName> {
    const { light, heavy } = this.#config;
    const active = new Set<StageName>(['user', 'rerank']);
    if (this.#parts.request.candidates === undefined) active.add('sources');
    if (light !== undefined) active.add('light').add('light_features');
    if (heavy !== undefined) active.add('heavy').add('heavy_features');
    return active;
  }
}

/** Whether rows are the table's own, 0, 1, 2 … */
function isInOrder(rows: Uint32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (rows[i] !== i) return false;
  return true;
}
