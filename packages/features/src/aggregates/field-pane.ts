import { DistinctSketch, type DistinctJson } from './distinct-sketch.ts';
import { valueHash } from './value-hash.ts';

export type EventValue = string | number | bigint | boolean;

/** Which of a field's values the view's features need; the rest is not kept. */
export interface FieldNeeds {
  readonly field: string;
  readonly numeric: boolean;
  /** 0 for none. */
  readonly lastSize: number;
  readonly distinct: boolean;
}

interface TimedValue {
  readonly eventMs: number;
  readonly value: EventValue;
}

/** What one pane knows of one field of one entity. */
export class FieldPane {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Newest first; of equal times the one that came later. */
  readonly last: TimedValue[] = [];
  distinct: DistinctSketch | undefined;

  add(needs: FieldNeeds, eventMs: number, value: EventValue): void {
    this.count++;
    if (needs.numeric) {
      const number = Number(value);
      this.sum += number;
      this.min = Math.min(this.min, number);
      this.max = Math.max(this.max, number);
    }
    if (needs.lastSize > 0) {
      const older = this.last.findIndex((each) => each.eventMs <= eventMs);
      this.last.splice(older < 0 ? this.last.length : older, 0, { eventMs, value });
      if (this.last.length > needs.lastSize) this.last.pop();
    }
    if (needs.distinct) {
      this.distinct ??= new DistinctSketch();
      this.distinct.add(valueHash(value));
    }
  }

  toJson(): FieldPaneJson {
    const { count, sum, min, max, last, distinct } = this;
    return {
      count,
      sum,
      ...(min <= max ? { min, max } : {}),
      last: last.map(({ eventMs, value }) => [eventMs, typeof value === 'bigint' ? { integer: `${value}` } : value]),
      ...(distinct === undefined ? {} : { distinct: distinct.toJson() }),
    };
  }

  static fromJson(json: FieldPaneJson): FieldPane {
    const pane = new FieldPane();
    pane.count = json.count;
    pane.sum = json.sum;
    pane.min = json.min ?? pane.min;
    pane.max = json.max ?? pane.max;
    for (const [eventMs, value] of json.last) {
      pane.last.push({ eventMs, value: typeof value === 'object' ? BigInt(value.integer) : value });
    }
    if (json.distinct !== undefined) pane.distinct = DistinctSketch.fromJson(json.distinct);
    return pane;
  }
}

export interface FieldPaneJson {
  readonly count: number;
  readonly sum: number;
  readonly min?: number;
  readonly max?: number;
  readonly last: readonly (readonly [number, string | number | boolean | { readonly integer: string }])[];
  readonly distinct?: DistinctJson;
}
