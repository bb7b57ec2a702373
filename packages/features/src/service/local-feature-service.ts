import { type Clock, invalidArgument, systemClock, type Timer } from '@rangefinder/base';
import { AggregateView } from '../aggregates/aggregate-view.ts';
import { AggregateFeatureReader } from '../aggregates/aggregate-feature-reader.ts';
import type { FeatureColumn, FeatureReader } from '../feature-reader.ts';
import { checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from '../reader/feature-limits.ts';
import { olderEvent } from '../reader/event-times.ts';
import { JoinedFeatureReader } from '../reader/joined-feature-reader.ts';
import { type CompiledFeatureReader, createFeatureReader } from '../reader/row-feature-reader.ts';
import type { RowStore } from '../row-store.ts';
import type { CompiledTransform } from '../transforms/compiled-transform.ts';
import type { OnDemandTransform } from '../transforms/on-demand-transform.ts';
import type { FeatureDeclarations } from '../views/feature-declarations.ts';
import { FeatureWriter } from '../writer/feature-writer.ts';
import { FeatureCatalogue, type RequestPlan } from './feature-catalogue.ts';
import type {
  FeatureService,
  FeatureServiceDescription,
  FeatureTransform,
  OnlineFeaturesRequest,
  OnlineFeaturesResult,
  PushRequest,
  PushResult,
  TransformError,
} from './feature-service.ts';
import { requestEntities } from './request-entities.ts';

export interface FeatureServiceOptions {
  readonly store: RowStore;
  readonly declarations: FeatureDeclarations;
  readonly transforms?: readonly OnDemandTransform[];
  readonly limits?: Partial<FeatureLimits>;
  readonly clock?: Clock;
  /** How often changed aggregates are written to the store; 0 for only on eviction and close. 500 ms. */
  readonly flushIntervalMs?: number;
}

const DEFAULT_FLUSH_INTERVAL_MS = 500;
/** Readers kept for the sets of features that are asked for. */
const READERS_MAX = 256;

/** What one request has read so far. */
interface Gathered {
  readonly columns: Map<string, FeatureColumn>;
  readonly eventMs: Map<string, Float64Array>;
  oldestEventMs: number;
  staleRows: number;
  unreadableRows: number;
}

/** The features room over one row store. INVALID_ARGUMENT when a transformation does not fit the declarations. */
export function createFeatureService(options: FeatureServiceOptions): FeatureService {
  return new LocalFeatureService(options);
}

class LocalFeatureService implements FeatureService {
  readonly #store: RowStore;
  readonly #declarations: FeatureDeclarations;
  readonly #limits: FeatureLimits;
  readonly #clock: Clock;
  readonly #catalogue: FeatureCatalogue;
  readonly #writers: ReadonlyMap<string, FeatureWriter>;
  readonly #aggregates: ReadonlyMap<string, AggregateView>;
  readonly #readers = new Map<string, CompiledFeatureReader>();
  readonly #flushIntervalMs: number;
  #flushTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor({ store, declarations, transforms, limits, clock, flushIntervalMs }: FeatureServiceOptions) {
    this.#store = store;
    this.#declarations = declarations;
    this.#limits = { ...DEFAULT_FEATURE_LIMITS, ...limits };
    this.#clock = clock ?? systemClock;
    this.#catalogue = new FeatureCatalogue(declarations, transforms ?? []);
    const shared = { store, limits: this.#limits, clock: this.#clock };
    this.#writers = new Map(declarations.views.map((view) => [view.name, new FeatureWriter({ ...shared, view })]));
    const { aggregates, defaults } = declarations;
    this.#aggregates = new Map(aggregates.map((view) => [view.name, new AggregateView({ ...shared, view, defaults })]));
    this.#flushIntervalMs = flushIntervalMs ?? DEFAULT_FLUSH_INTERVAL_MS;
    this.#scheduleFlush();
  }

  async onlineFeatures(request: OnlineFeaturesRequest): Promise<OnlineFeaturesResult> {
    checkLimit(this.#limits, 'featuresPerRead', 'features', request.features.length);
    const plan = this.#catalogue.plan(request.features);
    const { rows, ids } = requestEntities(request, this.#catalogue.entities, new Set(plan.read.keys()), this.#limits);
    const gathered = await this.#gather(plan, ids, request);
    const transformErrors = this.#transform(plan.transforms, gathered, rows, request);
    const columns = request.features.map((name) => gathered.columns.get(name)!);
    const eventMs = request.features.map(
      (name, i) => gathered.eventMs.get(name) ?? new Float64Array(columns[i]!.statuses.length),
    );
    const { oldestEventMs, staleRows, unreadableRows } = gathered;
    return { rows, columns, eventMs, oldestEventMs, staleRows, unreadableRows, transformErrors };
  }

  async push({ view, rows }: PushRequest): Promise<PushResult> {
    const { kind } = this.#catalogue.view(view, 'view');
    if (kind === 'stored') return this.#writers.get(view)!.push(rows);
    if (kind === 'aggregate') return this.#aggregates.get(view)!.push(rows);
    throw invalidArgument('view', `${view} is a transformation, which stores nothing`);
  }

  reader(features: readonly string[]): FeatureReader {
    checkLimit(this.#limits, 'featuresPerRead', 'features', features.length);
    let first: string | undefined;
    for (const [i, name] of features.entries()) {
      const field = `features[${i}]`;
      const { entity } = this.#catalogue.viewOf(name, field);
      if (entity === undefined) throw invalidArgument(field, `${name} is computed at each request and cannot be read`);
      if (features.indexOf(name) !== i) throw invalidArgument(field, `${name} is asked for twice`);
      first ??= entity;
      if (entity !== first) throw invalidArgument(field, `is of entity ${entity}, but this reader is for ${first}`);
    }
    return this.#compile(features);
  }

  transform(name: string): FeatureTransform | undefined {
    return this.#catalogue.transform(name);
  }

  describe(): FeatureServiceDescription {
    return this.#catalogue.describe();
  }

  check(): Promise<void> {
    return this.#store.check();
  }

  close(): Promise<void> {
    this.#flushTimer?.cancel();
    this.#closing ??= this.#flush().finally(() => this.#store.close());
    return this.#closing;
  }

  async #gather(
    plan: RequestPlan,
    ids: ReadonlyMap<string, readonly string[]>,
    { nowMs, timeoutMs }: OnlineFeaturesRequest,
  ): Promise<Gathered> {
    const gathered: Gathered = {
      columns: new Map(),
      eventMs: new Map(),
      oldestEventMs: 0,
      staleRows: 0,
      unreadableRows: 0,
    };
    const reads = [...plan.read].map(async ([entity, features]) => {
      const read = await this.#readerOf(features).read(ids.get(entity)!, { nowMs, timeoutMs, eventTimes: true });
      for (const [i, name] of features.entries()) {
        gathered.columns.set(name, read.columns[i]!);
        gathered.eventMs.set(name, read.eventMs[i]!);
      }
      gathered.staleRows += read.staleRows;
      gathered.unreadableRows += read.unreadableRows;
      gathered.oldestEventMs = olderEvent(gathered.oldestEventMs, read.oldestEventMs);
    });
    await Promise.all(reads);
    return gathered;
  }

  #transform(
    transforms: readonly CompiledTransform[],
    gathered: Gathered,
    rows: number,
    { features, context = {} }: OnlineFeaturesRequest,
  ): TransformError[] {
    return transforms.flatMap((transform) => {
      const inputs = new Map(transform.contextColumns(context));
      for (const name of transform.inputs) inputs.set(name, gathered.columns.get(name)!);
      const { columns, error } = transform.run({ rows, columns: inputs }, features);
      for (const [name, column] of columns) gathered.columns.set(name, column);
      return error === undefined ? [] : [error];
    });
  }

  /** A reader for these features: made once, the least recently used dropped. */
  #readerOf(features: readonly string[]): CompiledFeatureReader {
    const key = features.join('\n');
    const reader = this.#readers.get(key) ?? this.#compile(features);
    this.#readers.delete(key);
    this.#readers.set(key, reader);
    for (const oldest of this.#readers.keys()) {
      if (this.#readers.size <= READERS_MAX) break;
      this.#readers.delete(oldest);
    }
    return reader;
  }

  /** Features of one entity that are known; those of views and of each aggregate view have readers of their own. */
  #compile(features: readonly string[]): CompiledFeatureReader {
    const stored = features.filter((name) => this.#aggregateOf(name) === undefined);
    const readers: CompiledFeatureReader[] = [];
    if (stored.length > 0) {
      const { views, defaults } = this.#declarations;
      readers.push(
        createFeatureReader({ store: this.#store, views, features: stored, defaults, limits: this.#limits }),
      );
    }
    for (const view of this.#aggregates.values()) {
      const own = features.filter((name) => this.#aggregateOf(name) === view);
      if (own.length > 0) readers.push(new AggregateFeatureReader(view, own));
    }
    return readers.length === 1 ? readers[0]! : new JoinedFeatureReader(features, readers);
  }

  #aggregateOf(feature: string): AggregateView | undefined {
    return this.#aggregates.get(feature.slice(0, feature.indexOf(':')));
  }

  async #flush(): Promise<void> {
    await Promise.all([...this.#aggregates.values()].map((view) => view.flush()));
  }

  #scheduleFlush(): void {
    if (this.#flushIntervalMs === 0 || this.#aggregates.size === 0 || this.#closing !== undefined) return;
    this.#flushTimer = this.#clock.schedule(this.#flushIntervalMs * 1000, () => {
      // What could not be written stays marked and is written next time.
      this.#flush().then(
        () => this.#scheduleFlush(),
        () => this.#scheduleFlush(),
      );
    });
  }
}
