import { type Clock, invalidArgument, systemClock, type Timer } from '@rangefinder/base';
import { AggregateView } from '../aggregates/aggregate-view.ts';
import { columnOfValues } from '../columns/column-of-values.ts';
import type { FeatureColumn } from '../feature-reader.ts';
import { checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from '../reader/feature-limits.ts';
import { type CompiledFeatureReader, createFeatureReader } from '../reader/row-feature-reader.ts';
import type { RowStore } from '../row-store.ts';
import { type OnDemandTransform, runTransform } from '../transforms/on-demand-transform.ts';
import type { FeatureDeclarations } from '../views/feature-declarations.ts';
import { FeatureWriter } from '../writer/feature-writer.ts';
import { FeatureCatalogue, type RequestPlan } from './feature-catalogue.ts';
import type {
  FeatureService,
  FeatureServiceDescription,
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
    this.#aggregates = new Map(
      declarations.aggregates.map((view) => [view.name, new AggregateView({ ...shared, view })]),
    );
    this.#flushIntervalMs = flushIntervalMs ?? DEFAULT_FLUSH_INTERVAL_MS;
    this.#scheduleFlush();
  }

  async onlineFeatures(request: OnlineFeaturesRequest): Promise<OnlineFeaturesResult> {
    checkLimit(this.#limits, 'featuresPerRead', 'features', request.features.length);
    const plan = this.#catalogue.plan(request.features);
    const { rows, ids } = requestEntities(request, this.#catalogue.entities, plan.entities, this.#limits);
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
    const stored = [...plan.stored].map(async ([entity, features]) => {
      const read = await this.#readerOf(features).read(ids.get(entity)!, { nowMs, timeoutMs, eventTimes: true });
      for (const [i, name] of features.entries()) {
        gathered.columns.set(name, read.columns[i]!);
        gathered.eventMs.set(name, read.eventMs[i]!);
      }
      gathered.staleRows += read.staleRows;
      gathered.unreadableRows += read.unreadableRows;
      noteEvent(gathered, read.oldestEventMs);
    });
    const aggregated = [...plan.aggregated].map(async ([name, features]) => {
      const view = this.#aggregates.get(name)!;
      const read = await view.read(ids.get(view.view.entity)!, features, { nowMs, timeoutMs });
      for (const [i, feature] of features.entries()) {
        gathered.columns.set(`${name}:${feature}`, read.columns[i]!);
        gathered.eventMs.set(`${name}:${feature}`, read.newestEventMs);
      }
      gathered.unreadableRows += read.unreadableRows;
      for (const eventMs of read.newestEventMs) noteEvent(gathered, eventMs);
    });
    await Promise.all([...stored, ...aggregated]);
    return gathered;
  }

  #transform(
    transforms: readonly OnDemandTransform[],
    gathered: Gathered,
    rows: number,
    { context }: OnlineFeaturesRequest,
  ): TransformError[] {
    return transforms.flatMap((transform) => {
      const inputs = new Map(transform.inputs.map((name) => [name, gathered.columns.get(name)!]));
      for (const spec of transform.context) {
        const values = context !== undefined && Object.hasOwn(context, spec.name) ? context[spec.name] : undefined;
        if (values === undefined) {
          throw invalidArgument(
            `context.${spec.name}`,
            `expected values, because ${transform.name} reads them; got nothing`,
          );
        }
        inputs.set(spec.name, columnOfValues(`context.${spec.name}`, spec, values));
      }
      const { columns, error } = runTransform(transform, { rows, columns: inputs });
      for (const [name, column] of columns) gathered.columns.set(name, column);
      return error === undefined ? [] : [error];
    });
  }

  /** A reader for these features: made once, the least recently used dropped. */
  #readerOf(features: readonly string[]): CompiledFeatureReader {
    const key = features.join('\n');
    const { views, defaults } = this.#declarations;
    const reader =
      this.#readers.get(key) ??
      createFeatureReader({ store: this.#store, views, features, defaults, limits: this.#limits });
    this.#readers.delete(key);
    this.#readers.set(key, reader);
    for (const oldest of this.#readers.keys()) {
      if (this.#readers.size <= READERS_MAX) break;
      this.#readers.delete(oldest);
    }
    return reader;
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

function noteEvent(gathered: Gathered, eventMs: number): void {
  if (eventMs === 0) return;
  if (gathered.oldestEventMs === 0 || eventMs < gathered.oldestEventMs) gathered.oldestEventMs = eventMs;
}
