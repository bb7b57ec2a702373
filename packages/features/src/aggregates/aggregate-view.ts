import { type Clock, didYouMean, invalidArgument, RangefinderError, systemClock } from '@rangefinder/base';
import type { FeatureColumn } from '../feature-reader.ts';
import { checkEventMs, checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from '../reader/feature-limits.ts';
import type { RowEntry, RowStore } from '../row-store.ts';
import type { PushResult, PushRow } from '../service/feature-service.ts';
import { checkEntityId, entityIdText } from '../values/entity-id.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { aggregateColumn } from './aggregate-column.ts';
import type { AggregateSpec, AggregateViewSpec } from './aggregate-spec.ts';
import { type CheckedEvent, EntityState } from './entity-state.ts';
import { eventValue, fieldNeeds } from './event-values.ts';
import type { FieldNeeds } from './field-pane.ts';

export interface AggregateViewOptions {
  readonly store: RowStore;
  readonly view: AggregateViewSpec;
  /** `view:feature` → what stands where there is no value, in place of zero. */
  readonly defaults?: Readonly<Record<string, FeatureValue>>;
  readonly limits?: Partial<FeatureLimits>;
  readonly clock?: Clock;
  /** For loading states that are not in memory; 10 s. */
  readonly readTimeoutMs?: number;
}

export interface AggregateReadResult {
  readonly columns: readonly FeatureColumn[];
  /** Newest event of each entity, ms since the epoch; 0 for none. */
  readonly newestEventMs: Float64Array;
  /** States that came from a copy because the store did not answer. */
  readonly staleRows: number;
  readonly unreadableRows: number;
}

interface FetchOptions {
  readonly timeoutMs: number;
  readonly onUnreadable: () => void;
  readonly onStaleRows?: (rows: number) => void;
}

interface CachedState {
  readonly state: EntityState;
  dirty: boolean;
}

/**
 * One aggregate view: events in, features over sliding windows out. States live in memory, the least recently used go to
 * the store; a state is evicted only after it was written. An event counts for every read that begins after its push
 * resolved. One process owns an entity's events: two that push events of one entity overwrite each other's states.
 */
export class AggregateView {
  readonly view: AggregateViewSpec;
  readonly #store: RowStore;
  readonly #limits: FeatureLimits;
  readonly #defaults: Readonly<Record<string, FeatureValue>>;
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;
  readonly #stateView: string;
  readonly #needs: readonly FieldNeeds[];
  readonly #windowMaxMs: number;
  readonly #states = new Map<string, CachedState>();
  #last: Promise<unknown> = Promise.resolve();
  #unreadableRows = 0;

  constructor({ store, view, defaults, limits, clock, readTimeoutMs }: AggregateViewOptions) {
    this.view = view;
    this.#store = store;
    this.#defaults = defaults ?? {};
    this.#limits = { ...DEFAULT_FEATURE_LIMITS, ...limits };
    this.#clock = clock ?? systemClock;
    this.#readTimeoutMs = readTimeoutMs ?? 10_000;
    this.#stateView = `${view.name}#state`;
    this.#needs = fieldNeeds(view.features);
    this.#windowMaxMs = Math.max(...view.features.map(({ windowMs }) => windowMs));
  }

  get cachedEntities(): number {
    return this.#states.size;
  }

  /** States in the store that could not be read and were begun anew. */
  get unreadableRows(): number {
    return this.#unreadableRows;
  }

  /** All events are checked before the first counts: INVALID_ARGUMENT names event and field. Rejects as the store does. */
  async push(events: readonly PushRow[]): Promise<PushResult> {
    checkLimit(this.#limits, 'rowsPerPush', 'rows', events.length);
    const nowMs = this.#clock.wallMs();
    const checked = events.map((event, i) => this.#check(event, nowMs, `rows[${i}]`));
    return this.#inTurn(() => this.#apply(checked, nowMs));
  }

  async read(
    entityIds: readonly string[],
    features: readonly string[],
    { nowMs, timeoutMs }: { readonly nowMs: number; readonly timeoutMs: number },
  ): Promise<AggregateReadResult> {
    checkLimit(this.#limits, 'entitiesPerRead', 'entities', entityIds.length);
    for (const id of entityIds) checkEntityId(this.#limits, id, 'entities');
    const specs = features.map((name) => this.#specOf(name));
    let staleRows = 0;
    let unreadableRows = 0;
    const states = await this.#find(entityIds, {
      timeoutMs,
      onUnreadable: () => unreadableRows++,
      onStaleRows: (rows) => (staleRows += rows),
    });
    const newestEventMs = Float64Array.from(states, (state) => state?.newestMs ?? 0);
    const columns = specs.map((spec) => {
      const name = `${this.view.name}:${spec.name}`;
      return aggregateColumn(name, spec, states, nowMs, this.#defaults[name] ?? null);
    });
    return { columns, newestEventMs, staleRows, unreadableRows };
  }

  /** Writes what has changed since it was last written; answers how many states. What fails is tried again next time. */
  flush(): Promise<number> {
    return this.#inTurn(async () => {
      const dirty = [...this.#states].filter(([, cached]) => cached.dirty);
      await this.#write(dirty);
      return dirty.length;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #specOf(name: string): AggregateSpec {
    const spec = this.view.features.find((each) => each.name === name);
    if (spec !== undefined) return spec;
    const names = this.view.features.map((each) => each.name);
    throw invalidArgument(
      'features',
      `aggregate view ${this.view.name} has no feature ${name}${didYouMean(name, names)}`,
    );
  }

  #check({ entityId, eventMs, values }: PushRow, nowMs: number, field: string): CheckedEvent {
    const kept = new Map<string, ReturnType<typeof eventValue>>();
    for (const need of this.#needs) {
      const value = Object.hasOwn(values, need.field) ? values[need.field] : null;
      if (value !== null && value !== undefined)
        kept.set(need.field, eventValue(need, value, `${field}.${need.field}`));
    }
    return {
      entityId: entityIdText(this.#limits, entityId, `${field}.${this.view.entity}`),
      eventMs: checkEventMs(this.#limits, eventMs, nowMs, `${field}.eventMs`),
      values: kept,
    };
  }

  async #apply(events: readonly CheckedEvent[], nowMs: number): Promise<PushResult> {
    await this.#load([...new Set(events.map(({ entityId }) => entityId))]);
    let applied = 0;
    for (const event of events) {
      const cached = this.#states.get(event.entityId)!;
      // The present bounds the newest event, or one from the future would make all others late.
      if (event.eventMs < Math.min(cached.state.newestMs, nowMs) - this.view.latenessMs) continue;
      cached.state.add(event, this.#needs);
      cached.state.prune(Math.min(cached.state.newestMs, nowMs), this.#windowMaxMs);
      cached.dirty = true;
      applied++;
    }
    await this.#evict();
    return { applied, late: events.length - applied };
  }

  /** Brings states into memory, as the most recently used. */
  async #load(entityIds: readonly string[]): Promise<void> {
    const missing = entityIds.filter((id) => !this.#states.has(id));
    const loaded =
      missing.length === 0
        ? new Map<string, EntityState>()
        : await this.#fetch(missing, { timeoutMs: this.#readTimeoutMs, onUnreadable: () => this.#unreadableRows++ });
    for (const id of entityIds) {
      const cached = this.#states.get(id) ?? { state: loaded.get(id) ?? new EntityState(this.view), dirty: false };
      this.#states.delete(id);
      this.#states.set(id, cached);
    }
  }

  /** By position; undefined where nothing is known. Those in memory are the newest there are, the others are fetched. */
  async #find(entityIds: readonly string[], options: FetchOptions): Promise<(EntityState | undefined)[]> {
    const states: (EntityState | undefined)[] = Array.from({ length: entityIds.length });
    const missing: number[] = [];
    for (let i = 0; i < entityIds.length; i++) {
      const cached = this.#states.get(entityIds[i]!);
      if (cached === undefined) missing.push(i);
      else if (cached.state.newestMs > 0) states[i] = cached.state;
    }
    if (missing.length === 0) return states;
    const fetched = await this.#fetch(
      missing.map((i) => entityIds[i]!),
      options,
    );
    // What came into memory meanwhile has events that the store may not.
    for (const i of missing) {
      const state = this.#states.get(entityIds[i]!)?.state ?? fetched.get(entityIds[i]!);
      if (state !== undefined && state.newestMs > 0) states[i] = state;
    }
    return states;
  }

  async #fetch(entityIds: readonly string[], options: FetchOptions): Promise<Map<string, EntityState>> {
    const { timeoutMs, onUnreadable, onStaleRows } = options;
    const keys = entityIds.map((entityId) => ({ view: this.#stateView, entityId }));
    const rows = await this.#store.readMany(keys, {
      timeoutMs,
      ...(onStaleRows === undefined ? {} : { onStaleRows }),
    });
    const states = new Map<string, EntityState>();
    for (const [i, row] of rows.entries()) {
      if (row === undefined) continue;
      const state = EntityState.fromRow(this.view, row);
      if (state === undefined) onUnreadable();
      else states.set(entityIds[i]!, state);
    }
    return states;
  }

  async #evict(): Promise<void> {
    const excess = this.#states.size - this.view.keysMax;
    if (excess <= 0) return;
    const oldest = [...this.#states].slice(0, excess);
    await this.#write(oldest.filter(([, { dirty }]) => dirty)).catch((thrown: unknown) => {
      throw new RangefinderError('UNAVAILABLE', `aggregate states of ${this.view.name} cannot be moved to the store`, {
        cause: thrown,
      });
    });
    for (const [id] of oldest) this.#states.delete(id);
  }

  async #write(states: readonly (readonly [string, CachedState])[]): Promise<void> {
    if (states.length === 0) return;
    const entries = states.map(([entityId, { state }]): RowEntry => {
      const expireMs = Math.max(state.newestMs, this.#clock.wallMs()) + 2 * this.#windowMaxMs;
      return { view: this.#stateView, entityId, row: state.toRow(), expireMs };
    });
    await this.#store.writeMany(entries);
    for (const [, cached] of states) cached.dirty = false;
  }
}
