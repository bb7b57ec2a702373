import { FEATURE_STATUS, type FeatureColumn, type FeatureReader, type FeatureReadResult } from '@rangefinder/features';
import { RangefinderError, type Clock } from '@rangefinder/base';
import { byteLengthOf, validateBytesElements } from '@rangefinder/tensor';
import { columnShape, emptyColumn, LastKnownFeatures, type ColumnShape } from '../fallback/last-known-features.ts';
import type { FeaturePort } from '../ports.ts';
import type { Cancellation } from './cancellation.ts';
import type { RequestMemory } from './request-memory.ts';
import { failure, reasonOf, settle, type Settled } from './settle.ts';

export type FeatureColumns = ReadonlyMap<string, FeatureColumn>;

export interface FeatureAnswer {
  readonly columns: FeatureColumns;
  /** What is not as it should be; undefined when all is fresh. */
  readonly degraded: { readonly kind: 'stale_features' | 'default_features'; readonly reason: string } | undefined;
}

export interface FeatureFallbacks {
  /** Entities whose last features are kept. */
  readonly lastKnown: number;
  readonly stale: boolean;
  readonly defaults: boolean;
}

/** Who is read. `numbers`: those of items, UNNUMBERED for others. */
export interface ReadEntities {
  readonly ids: readonly string[];
  readonly numbers: Uint32Array;
}

export interface FeatureRun {
  readonly clock: Clock;
  readonly limitUs: number;
  readonly signal: Cancellation;
  readonly memory: RequestMemory;
}

/** Between two copies of what was read. */
const KEEP_INTERVAL_US = 50_000;

/** The features of one entity that a ranker reads at one stage, with what to do when they cannot be had. */
export class FeatureSet {
  readonly features: readonly string[];
  readonly #reader: FeatureReader | undefined;
  readonly #shapes: readonly ColumnShape[];
  readonly #lastKnown: LastKnownFeatures;
  readonly #fallbacks: FeatureFallbacks;
  #keptUs = -Infinity;

  constructor(port: FeaturePort, entity: string, features: readonly string[], fallbacks: FeatureFallbacks) {
    this.features = features;
    this.#reader = features.length === 0 ? undefined : port.reader(entity, features);
    this.#shapes = features.map((name) => columnShape(name, port.describe(name)!));
    this.#fallbacks = fallbacks;
    this.#lastKnown = new LastKnownFeatures(fallbacks.stale ? fallbacks.lastKnown : 0, this.#shapes);
  }

  /** By the limit at the latest. Rejects with CANCELLED, and with what the store said where no fallback is allowed. */
  async read(entities: ReadEntities, run: FeatureRun): Promise<FeatureAnswer> {
    const { ids } = entities;
    const { clock, limitUs, signal } = run;
    if (this.#reader === undefined || ids.length === 0)
      return { columns: this.#empty(ids.length), degraded: undefined };
    const asked = this.#ask(this.#reader, entities, run);
    // What lies in this process is there at once; nothing can be late or be cancelled meanwhile.
    const settled = 'kind' in asked ? asked : await settle(clock, asked, limitUs, signal);
    if (settled.kind !== 'done') return this.#without(ids, settled);
    const { value } = settled;
    // What lies in this process need not be kept a second time: it cannot fail to answer.
    if (settled !== asked && value.staleRows === 0) this.#keep(ids, value, clock.nowUs());
    const reason = `${value.staleRows} rows from a copy`;
    return {
      columns: new Map(value.columns.map((column) => [column.name, column])),
      degraded: value.staleRows > 0 ? { kind: 'stale_features', reason } : undefined,
    };
  }

  #ask(
    reader: FeatureReader,
    { ids, numbers }: ReadEntities,
    { clock, limitUs, memory }: FeatureRun,
  ): Settled<FeatureReadResult> | Promise<FeatureReadResult> {
    const options = { nowMs: clock.wallMs(), timeoutMs: Math.max(0, limitUs - clock.nowUs()) / 1000 };
    if (reader.readNumbered === undefined)
      return reader.read(ids, options).then((result) => this.#checked(result, ids.length));
    try {
      const allocate = (words: number): Uint32Array => memory.numbers(words);
      const result = reader.readNumbered({ ids, numbers }, { ...options, allocate });
      if (result instanceof Promise) return result.then((one) => this.#checked(one, ids.length));
      return { kind: 'done', value: this.#checked(result, ids.length) };
    } catch (thrown) {
      return failure(thrown);
    }
  }

  /** Not after every read: under load the same items come again and again, and a copy of each would cost more than reading. */
  #keep(ids: readonly string[], result: FeatureReadResult, nowUs: number): void {
    if (nowUs - this.#keptUs < KEEP_INTERVAL_US) return;
    this.#keptUs = nowUs;
    this.#lastKnown.keep(ids, result);
  }

  #without(ids: readonly string[], settled: Exclude<Settled<unknown>, { kind: 'done' }>): FeatureAnswer {
    const reason = `feature store: ${reasonOf(settled)}`;
    const { columns, known } = this.#lastKnown.recall(ids);
    if (known < ids.length && !this.#fallbacks.defaults) throw new RangefinderError('UNAVAILABLE', reason);
    const kind = known > 0 ? 'stale_features' : 'default_features';
    return {
      columns: new Map(columns.map((column) => [column.name, column])),
      degraded: {
        kind,
        reason: known > 0 && known < ids.length ? `${reason}; ${ids.length - known} have defaults` : reason,
      },
    };
  }

  #empty(rows: number): FeatureColumns {
    return new Map(this.#shapes.map((shape) => [shape.name, emptyColumn(shape, rows)]));
  }

  /** A store that answers with something else is a store that failed. */
  #checked(result: FeatureReadResult, rows: number): FeatureReadResult {
    for (const [i, { name, dataType, width }] of this.#shapes.entries()) {
      const column = result.columns[i];
      if (column !== undefined && isStripOf(column, this.#shapes[i]!, rows)) continue;
      const wanted = byteLengthOf(dataType, rows * width);
      if (
        column?.name !== name ||
        column.dataType !== dataType ||
        column.width !== width ||
        column.statuses.length !== rows
      ) {
        throw new RangefinderError('INTERNAL', `expected ${rows} rows of ${name}, ${dataType} × ${width}`);
      }
      if (wanted === undefined) validateBytesElements(column.bytes, rows * width, name);
      else if (column.bytes.length !== wanted) {
        throw new RangefinderError('INTERNAL', `expected ${wanted} bytes of ${name}, got ${column.bytes.length}`);
      }
    }
    return result;
  }
}

/** Looking at `bytes` would have them laid out. */
function isStripOf({ name, dataType, width, strip }: FeatureColumn, shape: ColumnShape, rows: number): boolean {
  if (strip === undefined || name !== shape.name || dataType !== shape.dataType || width !== shape.width) return false;
  const words = Math.ceil((byteLengthOf(dataType, width) ?? Infinity) / 4);
  return strip.words.length === rows * strip.strideWords && strip.offsetWords + words <= strip.strideWords;
}

export function isPresent(column: FeatureColumn | undefined): column is FeatureColumn {
  return column?.statuses[0] === FEATURE_STATUS.PRESENT;
}
