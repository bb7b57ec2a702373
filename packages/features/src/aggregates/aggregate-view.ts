import { type Clock, didYouMean, invalidArgument, RangefinderError, systemClock } from '@rangefinder/base';
import { columnOfValues } from '../columns/column-of-values.ts';
import { FEATURE_STATUS, type FeatureColumn } from '../feature-reader.ts';
import { checkEventMs, checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from '../reader/feature-limits.ts';
import type { RowEntry, RowStore } from '../row-store.ts';
import type { PushResult, PushRow } from '../service/feature-service.ts';
import { entityIdText } from '../values/entity-id.ts';
import { aggregateFeature, type AggregateSpec, type AggregateViewSpec } from './aggregate-spec.ts';
import { type CheckedEvent, EntityState } from './entity-state.ts';
import { eventValue, fieldNeeds } from './event-values.ts';
import type { FieldNeeds } from './field-pane.ts';

export interface AggregateViewOptions {
  readonly store: RowStore;
  readonly view: AggregateViewSpec;
  readonly limits?: Partial<FeatureLimits>;
  readonly clock?: Clock;
  /** For loading states that are not in memory; 10 s. */
  readonly readTimeoutMs?: number;
}

export interface AggregateReadResult {
  readonly columns: readonly FeatureColumn[];
  /** Newest event of each entity, ms since the epoch; 0 for none. */
  readonly newestEventMs: Float64Array;
  readonly unreadableRows: number;
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
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;
  readonly #stateView: string;
  readonly #needs: readonly FieldNeeds[];
  readonly #windowMaxMs: number;
  readonly #states = new Map<string, CachedState>();
  #last: Promise<unknown> = Promise.resolve();
  #unreadableRows = 0;

  constructor({ store, view, limits, clock, readTimeoutMs }: AggregateViewOptions) {
    this.view = view;
    this.#store = store;
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
    const specs = features.map((name) => this.#specOf(name));
    let unreadableRows = 0;
    const found = await this.#find(entityIds, timeoutMs, () => unreadableRows++);
    const newestEventMs = Float64Array.from(entityIds, (id) => found.get(id)?.newestMs ?? 0);
    const columns = specs.map((spec) => {
      const values = entityIds.map((id) => found.get(id)?.valueOf(spec, nowMs) ?? null);
      const column = columnOfValues(`${this.view.name}:${spec.name}`, aggregateFeature(spec), values);
      for (const [i, id] of entityIds.entries()) if (!found.has(id)) column.statuses[i] = FEATURE_STATUS.NOT_FOUND;
      return column;
    });
    return { columns, newestEventMs, unreadableRows };
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
        : await this.#fetch(missing, this.#readTimeoutMs, () => this.#unreadableRows++);
    for (const id of entityIds) {
      const cached = this.#states.get(id) ?? { state: loaded.get(id) ?? new EntityState(this.view), dirty: false };
      this.#states.delete(id);
      this.#states.set(id, cached);
    }
  }

  async #find(
    entityIds: readonly string[],
    timeoutMs: number,
    unreadable: () => void,
  ): Promise<Map<string, EntityState>> {
    const found = new Map<string, EntityState>();
    const missing: string[] = [];
    for (const id of entityIds) {
      const cached = this.#states.get(id);
      if (cached === undefined) missing.push(id);
      else if (cached.state.newestMs > 0) found.set(id, cached.state);
    }
    if (missing.length === 0) return found;
    for (const [id, state] of await this.#fetch(missing, timeoutMs, unreadable)) found.set(id, state);
    return found;
  }

  async #fetch(
    entityIds: readonly string[],
    timeoutMs: number,
    unreadable: () => void,
  ): Promise<Map<string, EntityState>> {
    const keys = entityIds.map((entityId) => ({ view: this.#stateView, entityId }));
    const rows = await this.#store.readMany(keys, { timeoutMs });
    const states = new Map<string, EntityState>();
    for (const [i, row] of rows.entries()) {
      if (row === undefined) continue;
      const state = EntityState.fromRow(this.view, row);
      if (state === undefined) unreadable();
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
