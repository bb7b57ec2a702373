import { columnBytes, type PlannedColumn } from '../columns/column-plan.ts';
import { allocateColumns } from '../columns/column-slab.ts';
import type {
  FeatureColumn,
  FeatureReader,
  FeatureReadResult,
  FeatureViewSpec,
  NumberedEntities,
  NumberedReadOptions,
} from '../feature-reader.ts';
import { UNREADABLE } from '../rows/row-scratch.ts';
import type { RowKey, RowStore } from '../row-store.ts';
import { checkEntityId } from '../values/entity-id.ts';
import type { FeatureValue } from '../values/feature-value.ts';
import { checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from './feature-limits.ts';
import { olderEvent } from './event-times.ts';
import { NumberedRecords } from './numbered-records.ts';
import { planViews, type PlannedView } from './planned-view.ts';
import { ViewDecoder } from './view-decoder.ts';

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
  readonly #decoder: ViewDecoder;
  readonly #records: NumberedRecords | undefined;

  constructor({ store, features }: FeatureReaderOptions, limits: FeatureLimits, views: readonly PlannedView[]) {
    this.#store = store;
    this.#limits = limits;
    this.#views = views;
    this.features = [...features];
    const planned: PlannedColumn[] = [];
    for (const { columns } of views) for (const column of columns) planned[column.at] = column.planned;
    this.#columns = planned;
    this.#bytesPerEntity = planned.reduce((sum, { slot }) => sum + columnBytes(slot, 1), 0);
    this.#decoder = new ViewDecoder(limits.rowBytes);
    this.#records = NumberedRecords.of(store, views, limits, this.#decoder);
  }

  async read(entityIds: readonly string[], options: DetailedReadOptions): Promise<DetailedReadResult> {
    this.#checkSize(entityIds.length);
    for (let i = 0; i < entityIds.length; i++) checkEntityId(this.#limits, entityIds[i]!, 'entities');
    let staleRows = 0;
    const rows = await this.#store.readMany(this.#keys(entityIds), {
      timeoutMs: options.timeoutMs,
      onStaleRows: (count) => {
        staleRows += count;
      },
    });
    return this.#decode(rows, entityIds.length, staleRows, options);
  }

  readNumbered(
    entities: NumberedEntities,
    options: NumberedReadOptions,
  ): FeatureReadResult | Promise<FeatureReadResult> {
    if (this.#records === undefined) return this.read(entities.ids, options);
    this.#checkSize(entities.ids.length);
    return this.#records.read(entities, options);
  }

  #checkSize(entities: number): void {
    checkLimit(this.#limits, 'entitiesPerRead', 'entities', entities);
    checkLimit(this.#limits, 'columnBytesPerRead', 'features × entities', entities * this.#bytesPerEntity);
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
      const own = view.columns.map(({ at }) => spaces[at]!);
      const span = { rows, from: i * entities, count: entities };
      const decoded = this.#decoder.decode(view, span, own, { nowMs, maxAgeMs: view.maxAgeMs });
      for (const start of decoded.starts) if (start === UNREADABLE) unreadableRows++;
      oldestEventMs = olderEvent(oldestEventMs, decoded.states.oldestEventMs);
      for (const [c, { planned, at }] of view.columns.entries()) {
        columns[at] = decoded.columns[c]!;
        if (eventTimes === true) eventMs[at] = decoded.states.eventTimes(planned.slot.index);
      }
    }
    return { columns, oldestEventMs, staleRows, unreadableRows, eventMs };
  }
}
