import type { FeatureSpec } from '../feature-reader.ts';
import type { WrittenAggregateView } from '../views/view-schema.ts';

export type AggregateFunction = 'count' | 'sum' | 'mean' | 'min' | 'max' | 'last' | 'distinct';

export interface AggregateSpec {
  readonly name: string;
  readonly function: AggregateFunction;
  /** The field of the event; undefined only for `count`, which then counts all events. */
  readonly field: string | undefined;
  readonly windowMs: number;
  /** `last`: how many values, newest first. */
  readonly size: number;
  /** Of the column: INT64 for count and distinct, FP64 for sum, mean, min and max, and for `last` what was declared. */
  readonly dataType: 'INT64' | 'FP64' | 'BYTES';
}

export interface AggregateViewSpec {
  readonly name: string;
  readonly entity: string;
  /** Windows are made of panes that begin at multiples of this. */
  readonly paneMs: number;
  /** Events so much older than the newest of their entity still count; older ones are refused as late. */
  readonly latenessMs: number;
  /** Entities kept in memory; the rest lie in the store. */
  readonly keysMax: number;
  readonly features: readonly AggregateSpec[];
}

export function aggregateViewSpec({
  name,
  entity,
  paneMs,
  latenessMs,
  keysMax,
  features,
}: WrittenAggregateView): AggregateViewSpec {
  const specs = features.map((feature): AggregateSpec => ({
    name: feature.name,
    function: feature.function,
    field: feature.field,
    windowMs: feature.windowMs,
    size: feature.size,
    dataType: columnType(feature.function, feature.dataType),
  }));
  return { name, entity, paneMs, latenessMs, keysMax, features: specs };
}

/** The aggregate as a feature of a view. */
export function aggregateFeature({ name, dataType, size, function: kind }: AggregateSpec): FeatureSpec {
  return { name, dataType, container: kind === 'last' ? { kind: 'list', maxLength: size } : undefined };
}

function columnType(
  kind: AggregateFunction,
  written: AggregateSpec['dataType'] | undefined,
): AggregateSpec['dataType'] {
  if (kind === 'count' || kind === 'distinct') return 'INT64';
  return kind === 'last' ? (written ?? 'FP64') : 'FP64';
}
