import { type Clock, didYouMean, invalidArgument, RangefinderError, systemClock } from '@rangefinder/base';
import type { FeatureViewSpec } from '../feature-reader.ts';
import { checkEventMs, checkLimit, DEFAULT_FEATURE_LIMITS, type FeatureLimits } from '../reader/feature-limits.ts';
import { decodeCells, emptyCells, encodeRow, newestEventMs, type RowCells } from '../rows/row-cells.ts';
import { rowLayout, type RowLayout } from '../rows/row-layout.ts';
import type { RowEntry, RowStore } from '../row-store.ts';
import type { PushResult, PushRow } from '../service/feature-service.ts';
import { entityIdText } from '../values/entity-id.ts';
import { type EncodedValue, encodeValue } from '../values/value-encoder.ts';

export interface FeatureWriterOptions {
  readonly store: RowStore;
  readonly view: FeatureViewSpec;
  readonly limits?: Partial<FeatureLimits>;
  readonly clock?: Clock;
  /** For reading the rows that a push merges into; 10 s. */
  readonly readTimeoutMs?: number;
}

/** A row of a push, checked and encoded. */
interface Update {
  readonly entityId: string;
  readonly eventMs: number;
  readonly values: readonly { readonly index: number; readonly value: EncodedValue | undefined }[];
}

/**
 * Writes one view's rows. A push is merged into what the store has, feature by feature: the later event time wins, and of
 * two equal ones the later push. Pushes through one writer come one after the other; of two processes that push features
 * of the same entity at the same moment, the last one's row stays.
 */
export class FeatureWriter {
  readonly view: FeatureViewSpec;
  readonly #store: RowStore;
  readonly #limits: FeatureLimits;
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;
  readonly #layout: RowLayout;
  readonly #indexes: ReadonlyMap<string, number>;
  #last: Promise<unknown> = Promise.resolve();
  #unreadableRows = 0;

  constructor({ store, view, limits, clock, readTimeoutMs }: FeatureWriterOptions) {
    this.view = view;
    this.#store = store;
    this.#limits = { ...DEFAULT_FEATURE_LIMITS, ...limits };
    this.#clock = clock ?? systemClock;
    this.#readTimeoutMs = readTimeoutMs ?? 10_000;
    this.#layout = rowLayout(view);
    this.#indexes = new Map(view.features.map(({ name }, index) => [name, index]));
  }

  /** Rows in the store that a push replaced as a whole because they could not be read. */
  get unreadableRows(): number {
    return this.#unreadableRows;
  }

  /**
   * All rows are checked before the first is written: INVALID_ARGUMENT names row and feature, `rows[3].age`. Resolves when
   * the rows are readable; rejects as the store does.
   */
  async push(
    rows: readonly PushRow[],
    fieldOf: (row: number) => string = (row) => `rows[${row}]`,
  ): Promise<PushResult> {
    checkLimit(this.#limits, 'rowsPerPush', 'rows', rows.length);
    const nowMs = this.#clock.wallMs();
    const updates = rows.map((row, i) => this.#updateOf(row, nowMs, fieldOf(i)));
    const turn = this.#last.then(() => this.#apply(updates, nowMs));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #updateOf({ entityId, eventMs, values }: PushRow, nowMs: number, field: string): Update {
    const encoded = Object.entries(values).map(([name, value]) => {
      const index = this.#indexes.get(name);
      if (index === undefined) {
        throw invalidArgument(
          `${field}.${name}`,
          `is no feature of view ${this.view.name}${didYouMean(name, this.#indexes.keys())}`,
        );
      }
      return { index, value: encodeValue(this.view.features[index]!, value, `${field}.${name}`) };
    });
    return {
      entityId: entityIdText(this.#limits, entityId, `${field}.${this.view.entity}`),
      eventMs: checkEventMs(this.#limits, eventMs, nowMs, `${field}.eventMs`),
      values: encoded,
    };
  }

  async #apply(updates: readonly Update[], nowMs: number): Promise<PushResult> {
    const cells = await this.#cellsOf([...new Set(updates.map(({ entityId }) => entityId))]);
    const changed = new Set<string>();
    let applied = 0;
    for (const update of updates) {
      if (!merge(cells.get(update.entityId)!, update)) continue;
      changed.add(update.entityId);
      applied++;
    }
    const entries = [...changed].map((entityId) => this.#entryOf(entityId, cells.get(entityId)!, nowMs));
    await this.#store.writeMany(entries);
    return { applied, late: updates.length - applied };
  }

  async #cellsOf(entityIds: readonly string[]): Promise<Map<string, RowCells>> {
    const keys = entityIds.map((entityId) => ({ view: this.view.name, entityId }));
    const rows = await this.#store.readMany(keys, { timeoutMs: this.#readTimeoutMs });
    return new Map(entityIds.map((entityId, i) => [entityId, this.#readCells(rows[i])]));
  }

  #readCells(row: Uint8Array | undefined): RowCells {
    if (row === undefined) return emptyCells(this.#layout);
    const cells = decodeCells(this.#layout, row);
    if (cells === undefined) this.#unreadableRows++;
    return cells ?? emptyCells(this.#layout);
  }

  #entryOf(entityId: string, cells: RowCells, nowMs: number): RowEntry {
    const row = encodeRow(this.#layout, cells);
    if (row.length > this.#limits.rowBytes) {
      const message = `the row of ${this.view.entity} ${entityId} takes ${row.length} bytes, the limit is ${this.#limits.rowBytes} (rowBytes)`;
      throw new RangefinderError('PAYLOAD_TOO_LARGE', `${this.view.name}: ${message}`, { field: this.view.name });
    }
    const { maxAgeMs } = this.view;
    // Twice the age limit: for as long again readers say OUTSIDE_MAX_AGE, which tells more than NOT_FOUND.
    const expireMs = maxAgeMs === 0 ? 0 : Math.max(newestEventMs(cells), nowMs) + 2 * maxAgeMs;
    return { view: this.view.name, entityId, row, expireMs };
  }
}

/** Whether anything of the update was new enough. */
function merge(cells: RowCells, { eventMs, values }: Update): boolean {
  let changed = false;
  for (const { index, value } of values) {
    if (eventMs < cells.eventMs[index]!) continue;
    cells.values[index] = value;
    cells.eventMs[index] = eventMs;
    changed = true;
  }
  return changed;
}
