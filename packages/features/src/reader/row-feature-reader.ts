import { didYouMean, invalidArgument } from '@rangefinder/base';
import { decodeColumn } from '../columns/column-decoder.ts';
import { columnBytes, type PlannedColumn } from '../columns/column-plan.ts';
import { allocateColumns } from '../columns/column-slab.ts';
import { RowStates } from '../columns/row-states.ts';
import type { FeatureColumn, FeatureReader, FeatureReadResult, FeatureViewSpec } from '../feature-reader.ts';
import { rowLayout, type RowLayout } from '../rows/row-layout.ts';
import { RowScratch, UNREADABLE } from '../rows/row-scratch.ts';
import type { RowKey, RowStore } from '../row-store.ts';
import { checkEntityId } from '../values/entity-id.ts';
import { encodeValue } from '../values/value-encoder.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from './feature-limits.ts';
import { splitFeatureName } from './feature-name.ts';

export interface FeatureReaderOptions {
  readonly store: RowStore;
  readonly views: readonly FeatureViewSpec[];
  /** `view:feature`, all of one entity; the order of the columns. */
  readonly features: readonly string[];
  /** `view:feature` → what stands where the status is not PRESENT, in place of zero. */
  readonly defaults?: Readonly<Record<string, FeatureValue>>;
  readonly limits?: Partial<FeatureLimits>;
}

/** What this reader tells besides. */
export interface DetailedReadResult extends FeatureReadResult {
  /** Rows that were there but could not be read: damaged, too long, or of other features. Served as NOT_FOUND. */
  readonly unreadableRows: number;
  /** Event time of each row of each column in ms, 0 for none; empty unless asked for. */
  readonly eventMs: readonly Float64Array[];
}

export interface DetailedReadOptions {
  readonly nowMs: number;
  readonly timeoutMs: number;
  /** Also answer the event times. They cost as much memory as a column of FP64 each. */
  readonly eventTimes?: boolean;
}

export interface CompiledFeatureReader extends FeatureReader {
  /** Throws as the options say; the result may be used until the end, nothing of it is reused. */
  read(entityIds: readonly string[], options: DetailedReadOptions): Promise<DetailedReadResult>;
}

interface PlannedView {
  readonly layout: RowLayout;
  readonly maxAgeMs: number;
  readonly columns: readonly { readonly planned: PlannedColumn; readonly at: number }[];
}

/** Compiles a reader. INVALID_ARGUMENT names a feature that is unknown, asked for twice or of another entity. */
export function createFeatureReader(options: FeatureReaderOptions): CompiledFeatureReader {
  const limits = { ...DEFAULT_FEATURE_LIMITS, ...options.limits };
  checkLimit(limits, 'featuresPerRead', 'features', options.features.length);
  return new RowFeatureReader(options, limits, planViews(options));
}

class RowFeatureReader implements CompiledFeatureReader {
  readonly features: readonly string[];
  readonly #store: RowStore;
  readonly #limits: FeatureLimits;
  readonly #views: readonly PlannedView[];
  readonly #columns: readonly PlannedColumn[];
  readonly #bytesPerEntity: number;
  readonly #scratch = new RowScratch();

  constructor({ store, features }: FeatureReaderOptions, limits: FeatureLimits, views: readonly PlannedView[]) {
    this.#store = store;
    this.#limits = limits;
    this.#views = views;
    this.features = [...features];
    const planned: PlannedColumn[] = [];
    for (const { columns } of views) for (const column of columns) planned[column.at] = column.planned;
    this.#columns = planned;
    this.#bytesPerEntity = planned.reduce((sum, { slot }) => sum + columnBytes(slot, 1), 0);
  }

  async read(entityIds: readonly string[], options: DetailedReadOptions): Promise<DetailedReadResult> {
    const limits = this.#limits;
    checkLimit(limits, 'entitiesPerRead', 'entities', entityIds.length);
    checkLimit(limits, 'columnBytesPerRead', 'features × entities', entityIds.length * this.#bytesPerEntity);
    for (let i = 0; i < entityIds.length; i++) checkEntityId(limits, entityIds[i]!, 'entities');
    let staleRows = 0;
    const rows = await this.#store.readMany(this.#keys(entityIds), {
      timeoutMs: options.timeoutMs,
      onStaleRows: (count) => {
        staleRows += count;
      },
    });
    return this.#decode(rows, entityIds.length, staleRows, options);
  }

  #keys(entityIds: readonly string[]): RowKey[] {
    return this.#views.flatMap(({ layout: { view } }) => entityIds.map((entityId) => ({ view, entityId })));
  }

  #decode(
    rows: readonly (Uint8Array | undefined)[],
    entities: number,
    staleRows: number,
    { nowMs, eventTimes }: DetailedReadOptions,
  ): DetailedReadResult {
    const spaces = allocateColumns(this.#columns, entities);
    const columns: FeatureColumn[] = Array.from({ length: this.#columns.length });
    const eventMs: Float64Array[] = [];
    let oldestEventMs = 0;
    let unreadableRows = 0;
    for (const [i, view] of this.#views.entries()) {
      const starts = this.#gather(view.layout, rows, i * entities, entities);
      for (const start of starts) if (start === UNREADABLE) unreadableRows++;
      const states = new RowStates(this.#scratch, starts, nowMs, view.maxAgeMs);
      if (states.oldestEventMs > 0 && (oldestEventMs === 0 || states.oldestEventMs < oldestEventMs)) {
        oldestEventMs = states.oldestEventMs;
      }
      for (const { planned, at } of view.columns) {
        columns[at] = decodeColumn(planned, spaces[at]!, this.#scratch, states);
        if (eventTimes === true) eventMs[at] = states.eventTimes(planned.slot.index);
      }
    }
    return { columns, oldestEventMs, staleRows, unreadableRows, eventMs };
  }

  /** Copies one view's rows side by side; answers where each starts, UNREADABLE, or below that for no row. */
  #gather(layout: RowLayout, rows: readonly (Uint8Array | undefined)[], from: number, count: number): Int32Array {
    const { rowBytes } = this.#limits;
    let total = 0;
    for (let i = 0; i < count; i++) total += Math.min(rows[from + i]?.length ?? 0, rowBytes);
    this.#scratch.begin(layout, total);
    const starts = new Int32Array(count).fill(NO_ROW);
    for (let i = 0; i < count; i++) {
      const row = rows[from + i];
      if (row !== undefined) starts[i] = row.length > rowBytes ? UNREADABLE : this.#scratch.add(row);
    }
    return starts;
  }
}

const NO_ROW = UNREADABLE - 1;

function planViews({ views, features, defaults }: FeatureReaderOptions): PlannedView[] {
  const planned = new Map<
    string,
    { layout: RowLayout; maxAgeMs: number; entity: string; columns: PlannedView['columns'][number][] }
  >();
  for (const [at, name] of features.entries()) {
    if (features.indexOf(name) !== at) throw invalidArgument(`features[${at}]`, `${name} is asked for twice`);
    const { view: viewName, feature } = splitFeatureName(name, `features[${at}]`);
    const view = views.find((candidate) => candidate.name === viewName);
    if (view === undefined) {
      throw invalidArgument(
        `features[${at}]`,
        `there is no view ${viewName}${didYouMean(
          viewName,
          views.map((each) => each.name),
        )}`,
      );
    }
    const entry = planned.get(viewName) ?? {
      layout: rowLayout(view),
      maxAgeMs: view.maxAgeMs,
      entity: view.entity,
      columns: [],
    };
    const slot = entry.layout.slots.find(({ spec }) => spec.name === feature);
    if (slot === undefined) {
      const hint = didYouMean(
        feature,
        view.features.map((each) => each.name),
      );
      throw invalidArgument(`features[${at}]`, `view ${viewName} has no feature ${feature}${hint}`);
    }
    const first = planned.values().next().value ?? entry;
    if (first.entity !== entry.entity) {
      throw invalidArgument(`features[${at}]`, `is of entity ${entry.entity}, but this reader is for ${first.entity}`);
    }
    const value = Object.hasOwn(defaults ?? {}, name) ? defaults?.[name] : undefined;
    const whenAbsent = value === undefined ? undefined : encodeValue(slot.spec, value, `defaults.${name}`);
    entry.columns.push({ planned: { name, slot, whenAbsent }, at });
    planned.set(viewName, entry);
  }
  return [...planned.values()];
}
