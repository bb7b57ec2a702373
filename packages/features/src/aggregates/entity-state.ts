import { crc32 } from 'node:zlib';
import type { FeatureValue } from '../values/feature-value.ts';
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

  /** null where there is nothing to take the mean, minimum or maximum of. */
  valueOf(spec: AggregateSpec, nowMs: number): FeatureValue {
    const panes = this.#window(spec.windowMs, nowMs);
    const { field } = spec;
    if (field === undefined) return panes.reduce((sum, { events }) => sum + events, 0);
    return aggregateOf(
      spec,
      panes.flatMap(({ fields }) => fields.get(field) ?? []),
    );
  }

  #window(windowMs: number, nowMs: number): Pane[] {
    const first = this.#firstPane(nowMs, windowMs);
    const last = Math.floor(nowMs / this.#paneMs);
    const panes: Pane[] = [];
    for (const [index, pane] of this.#panes) if (index >= first && index <= last) panes.push(pane);
    return panes;
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

function aggregateOf(spec: AggregateSpec, panes: readonly FieldPane[]): FeatureValue {
  const count = panes.reduce((sum, pane) => sum + pane.count, 0);
  const sum = (): number => panes.reduce((total, pane) => total + pane.sum, 0);
  switch (spec.function) {
    case 'count':
      return count;
    case 'sum':
      return sum();
    case 'mean':
      return count === 0 ? null : sum() / count;
    case 'min':
      return count === 0 ? null : panes.reduce((least, pane) => Math.min(least, pane.min), Number.POSITIVE_INFINITY);
    case 'max':
      return count === 0 ? null : panes.reduce((most, pane) => Math.max(most, pane.max), Number.NEGATIVE_INFINITY);
    case 'distinct':
      return distinctOf(panes);
    case 'last':
      return panes
        .flatMap(({ last }) => last)
        .sort((a, b) => b.eventMs - a.eventMs)
        .slice(0, spec.size)
        .map(({ value }) => value);
  }
}

function distinctOf(panes: readonly FieldPane[]): number {
  const union = new DistinctSketch();
  for (const { distinct } of panes) if (distinct !== undefined) union.merge(distinct);
  return union.count();
}
