import type { FeatureReadResult, NumberedEntities, NumberedReadOptions } from '../feature-reader.ts';
import type { RowKey, RowStore } from '../row-store.ts';
import { checkEntityId } from '../values/entity-id.ts';
import type { FeatureLimits } from './feature-limits.ts';
import { olderEvent } from './event-times.ts';
import type { PlannedView } from './planned-view.ts';
import { BlockColumn } from './record-block.ts';
import { recordLayout, type RecordLayout } from './record-layout.ts';
import type { ViewDecoder } from './view-decoder.ts';
import { ViewRecords, type RowSource } from './view-records.ts';

interface RecordedView {
  readonly view: PlannedView;
  readonly layout: RecordLayout;
  readonly records: ViewRecords;
}

/** Reads of numbered entities from a store that shares its rows. */
export class NumberedRecords {
  readonly #store: RowStore;
  readonly #views: readonly RecordedView[];

  /** Undefined where the store gives a new row each time, or a feature has no fixed size. */
  static of(
    store: RowStore,
    views: readonly PlannedView[],
    limits: FeatureLimits,
    decoder: ViewDecoder,
  ): NumberedRecords | undefined {
    if (store.sharesRows !== true) return undefined;
    const check = (entityId: string): void => checkEntityId(limits, entityId, 'entities');
    const recorded: RecordedView[] = [];
    for (const view of views) {
      const layout = recordLayout(view.columns.map(({ planned }) => planned));
      if (layout === undefined) return undefined;
      const recordsBytes = limits.recordBytesKept / views.length;
      const records = new ViewRecords(view, layout, decoder, { recordsBytes, check });
      recorded.push({ view, layout, records });
    }
    return new NumberedRecords(store, recorded);
  }

  private constructor(store: RowStore, views: readonly RecordedView[]) {
    this.#store = store;
    this.#views = views;
  }

  read(entities: NumberedEntities, options: NumberedReadOptions): FeatureReadResult | Promise<FeatureReadResult> {
    const { resident } = this.#store;
    if (resident === undefined) return this.#ask(entities, options);
    const source = { resident, expiryMs: resident.begin(options) };
    return this.#result(entities, options, 0, () => source);
  }

  async #ask(entities: NumberedEntities, options: NumberedReadOptions): Promise<FeatureReadResult> {
    const { ids, numbers } = entities;
    const keys: RowKey[] = [];
    for (const { records } of this.#views) {
      for (let i = 0; i < ids.length; i++) keys.push(records.keyOf(ids[i]!, numbers[i]!));
    }
    let staleRows = 0;
    const rows = await this.#store.readMany(keys, {
      timeoutMs: options.timeoutMs,
      onStaleRows: (count) => {
        staleRows += count;
      },
    });
    return this.#result(entities, options, staleRows, (v) => ({ resident: undefined, rows, from: v * ids.length }));
  }

  #result(
    entities: NumberedEntities,
    { nowMs, allocate }: NumberedReadOptions,
    staleRows: number,
    sourceOf: (view: number) => RowSource,
  ): FeatureReadResult {
    const columns: BlockColumn[] = [];
    let oldestEventMs = 0;
    for (const [v, { view, layout, records }] of this.#views.entries()) {
      const found = records.read({ entities, source: sourceOf(v), nowMs, allocate });
      oldestEventMs = olderEvent(oldestEventMs, found.oldestEventMs);
      for (const [c, { planned, at }] of view.columns.entries())
        columns[at] = new BlockColumn(planned.name, found.block, layout.fields[c]!, c);
    }
    return { columns, oldestEventMs, staleRows };
  }
}
