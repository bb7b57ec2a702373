import { crc32 } from 'node:zlib';
import type { AggregateSpec, AggregateViewSpec } from './aggregate-spec.ts';
import { DistinctSketch } from './distinct-sketch.ts';
import { type EventValue, type FieldNeeds, FieldPane, type FieldPaneJson } from './field-pane.ts';

interface Pane {
  events: number;
  readonly fields: Map<string, FieldPane>;
}

/** An event with its values checked; null and missing fields left out. */
export interface CheckedEvent {
  readonly entityId: string;
  readonly eventMs: number;
  readonly values: ReadonlyMap<string, EventValue>;
}

const CHECKSUM_BYTES = 4;
const FORMAT = 1;

/** The panes of one entity. A window is the pane of the present and as many before it as it is long. */
export class EntityState {
  readonly #paneMs: number;
  readonly #panes = new Map<number, Pane>();
  newestMs = 0;

  constructor({ paneMs }: Pick<AggregateViewSpec, 'paneMs'>) {
    this.#paneMs = paneMs;
  }

  add(event: CheckedEvent, needs: readonly FieldNeeds[]): void {
    const index = Math.floor(event.eventMs / this.#paneMs);
    const pane = this.#panes.get(index) ?? { events: 0, fields: new Map<string, FieldPane>() };
    this.#panes.set(index, pane);
    pane.events++;
    this.newestMs = Math.max(this.newestMs, event.eventMs);
    for (const need of needs) {
      const value = event.values.get(need.field);
      if (value === undefined) continue;
      const field = pane.fields.get(need.field) ?? new FieldPane();
      pane.fields.set(need.field, field);
      field.add(need, event.eventMs, value);
    }
  }

  /** Forgets panes that no window reaches any more. */
  prune(nowMs: number, windowMaxMs: number): void {
    const first = this.#firstPane(nowMs, windowMaxMs);
    for (const index of this.#panes.keys()) if (index < first) this.#panes.delete(index);
  }

  /** The window's number; NaN where there is nothing to take the mean, minimum or maximum of. Not for `last`. */
  numberOf({ function: kind, field, windowMs }: AggregateSpec, nowMs: number): number {
    const first = this.#firstPane(nowMs, windowMs);
    const last = Math.floor(nowMs / this.#paneMs);
    let count = 0;
    let sum = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let distinct: DistinctSketch | undefined;
    for (const [index, pane] of this.#panes) {
      if (index < first || index > last) continue;
      if (field === undefined) {
        count += pane.events;
        continue;
      }
      const values = pane.fields.get(field);
      if (values === undefined) continue;
      count += values.count;
      sum += values.sum;
      min = Math.min(min, values.min);
      max = Math.max(max, values.max);
      if (kind === 'distinct' && values.distinct !== undefined) {
        distinct ??= new DistinctSketch();
        distinct.merge(values.distinct);
      }
    }
    if (kind === 'count') return count;
    if (kind === 'distinct') return distinct?.count() ?? 0;
    if (kind === 'sum') return sum;
    if (count === 0) return Number.NaN;
    return kind === 'mean' ? sum / count : kind === 'min' ? min : max;
  }

  /** The window's newest values, newest first. */
  lastOf({ field, size, windowMs }: AggregateSpec, nowMs: number): EventValue[] {
    const first = this.#firstPane(nowMs, windowMs);
    const last = Math.floor(nowMs / this.#paneMs);
    const values: FieldPane['last'][number][] = [];
    for (const [index, { fields }] of this.#panes) {
      if (index >= first && index <= last) values.push(...(fields.get(field ?? '')?.last ?? []));
    }
    return values
      .sort((a, b) => b.eventMs - a.eventMs)
      .slice(0, size)
      .map(({ value }) => value);
  }

  #firstPane(nowMs: number, windowMs: number): number {
    return Math.floor(nowMs / this.#paneMs) - Math.ceil(windowMs / this.#paneMs) + 1;
  }

  /** As a row: checksum, then JSON. */
  toRow(): Uint8Array {
    const panes = [...this.#panes].map(([index, { events, fields }]) => [
      index,
      events,
      [...fields].map(([name, field]) => [name, field.toJson()]),
    ]);
    const text = Buffer.from(JSON.stringify({ format: FORMAT, paneMs: this.#paneMs, newestMs: this.newestMs, panes }));
    const row = Buffer.alloc(CHECKSUM_BYTES + text.length);
    row.writeUInt32LE(crc32(text));
    row.set(text, CHECKSUM_BYTES);
    return row;
  }

  /** undefined when the row is damaged, or its panes have another length. */
  static fromRow(view: Pick<AggregateViewSpec, 'paneMs'>, row: Uint8Array): EntityState | undefined {
    const bytes = Buffer.from(row.buffer, row.byteOffset, row.length);
    if (row.length < CHECKSUM_BYTES || bytes.readUInt32LE() !== crc32(bytes.subarray(CHECKSUM_BYTES))) return undefined;
    const json = JSON.parse(bytes.toString('utf8', CHECKSUM_BYTES)) as StateJson;
    if (json.format !== FORMAT || json.paneMs !== view.paneMs) return undefined;
    const state = new EntityState(view);
    state.newestMs = json.newestMs;
    for (const [index, events, fields] of json.panes) {
      const panes = fields.map(([name, field]) => [name, FieldPane.fromJson(field)] as const);
      state.#panes.set(index, { events, fields: new Map(panes) });
    }
    return state;
  }
}

interface StateJson {
  readonly format: number;
  readonly paneMs: number;
  readonly newestMs: number;
  readonly panes: readonly (readonly [number, number, readonly (readonly [string, FieldPaneJson])[]])[];
}
