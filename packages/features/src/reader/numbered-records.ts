import type { FeatureReadResult, NumberedEntities, NumberedReadOptions } from '../feature-reader.ts';
import type { RowKey, RowStore } from '../row-store.ts';
import { checkEntityId } from '../values/entity-id.ts';
import type { FeatureLimits } from './feature-limits.ts';
import type { PlannedView } from './planned-view.ts';
import { BlockColumn } from './record-block.ts';
import { recordLayout, type RecordLayout } from './record-layout.ts';
import type { ViewDecoder } from './view-decoder.ts';
import { ViewRecords } from './view-records.ts';

interface RecordedView {
  readonly view: PlannedView;
  readonly layout: RecordLayout;
  readonly records: ViewRecords;
}

/** Reads of numbered entities from a store that shares its rows. */
export class NumberedRecords {
  readonly #store: RowStore;
  readonly #views: readonly RecordedView[];
  readonly #check: (entityId: string) => void;

  /** Undefined where the store gives a new row each time, or a feature has no fixed size. */
  static of(
    store: RowStore,
    views: readonly PlannedView[],
    limits: FeatureLimits,
    decoder: ViewDecoder,
  ): NumberedRecords | undefined {
    if (store.sharesRows !== true) return undefined;
    const recorded: RecordedView[] = [];
    for (const view of views) {
      const layout = recordLayout(view.columns.map(({ planned }) => planned));
      if (layout === undefined) return undefined;
      const records = new ViewRecords(view, layout, decoder, limits.recordBytesKept / views.length);
      recorded.push({ view, layout, records });
    }
    return new NumberedRecords(store, recorded, limits);
  }

  private constructor(store: RowStore, views: readonly RecordedView[], limits: FeatureLimits) {
    this.#store = store;
    this.#views = views;
    this.#check = (entityId) => checkEntityId(limits, entityId, 'entities');
  }

  read(entities: NumberedEntities, options: NumberedReadOptions): FeatureReadResult | Promise<FeatureReadResult> {
    const { resident } = this.#store;
    if (resident === undefined) return this.#ask(entities, options);
    const expiryMs = resident.begin(options);
    return this.#result(entities, options, 0, ({ records }) => ({
      rows: records.residentRows(resident, entities, expiryMs, this.#check),
      from: 0,
    }));
  }

  async #ask(entities: NumberedEntities, options: NumberedReadOptions): Promise<FeatureReadResult> {
    const { ids, numbers } = entities;
    const keys: RowKey[] = [];
    for (const { records } of this.#views) {
      for (let i = 0; i < ids.length; i++) keys.push(records.keyOf(ids[i]!, numbers[i]!, this.#check));
    }
    let staleRows = 0;
    const rows = await this.#store.readMany(keys, {
      timeoutMs: options.timeoutMs,
      onStaleRows: (count) => {
        staleRows += count;
      },
    });
    return this.#result(entities, options, staleRows, (_, v) => ({ rows, from: v * ids.length }));
  }

  #result(
    { numbers }: NumberedEntities,
    { nowMs, allocate }: NumberedReadOptions,
    staleRows: number,
    rowsOf: (view: RecordedView, index: number) => { rows: readonly (Uint8Array | undefined)[]; from: number },
  ): FeatureReadResult {
    const columns: BlockColumn[] = [];
    let oldestEventMs = 0;
    let unreadableRows = 0;
    for (const [v, recorded] of this.#views.entries()) {
      const { view, layout, records } = recorded;
      const found = records.read({ numbers, nowMs, allocate, ...rowsOf(recorded, v) });
      oldestEventMs = oldestOf(oldestEventMs, found.oldestEventMs);
      unreadableRows += found.unreadableRows;
      for (const [c, { planned, at }] of view.columns.entries())
        columns[at] = new BlockColumn(planned.name, found.block, layout.fields[c]!, c);
    }
    const result = { columns, oldestEventMs, staleRows, unreadableRows };
    return result;
  }
}

/** 0 is none. */
export function oldestOf(a: number, b: number): number {
  return a === 0 || (b > 0 && b < a) ? b : a;
}
