import type { FeatureColumn, FeatureReader, FeatureSpec } from '../feature-reader.ts';
import type { TransformInput } from '../transforms/on-demand-transform.ts';
import type { FeatureValue } from '../values/feature-value.ts';

/** Entities and request context of one request, by join key or entity name; see `FeatureService.onlineFeatures`. */
export type EntityIds = Readonly<Record<string, readonly EntityId[]>>;

/** Integers are stored as decimal text, so 7, 7n and "7" are the same entity. */
export type EntityId = string | number | bigint;

export interface OnlineFeaturesRequest {
  /** `view:feature`, where the view may also be an aggregate view or an on-demand transformation. */
  readonly features: readonly string[];
  /** One list for each entity that the features need. Lists have equal lengths; a list of one is for all rows. */
  readonly entities: EntityIds;
  /** Columns for on-demand transformations that read from the request; one value a row, or one for all rows. */
  readonly context?: Readonly<Record<string, readonly FeatureValue[]>>;
  /** Wall-clock ms since the epoch against which ages and windows are taken. */
  readonly nowMs: number;
  /** For the store's answer; Infinity for no limit. */
  readonly timeoutMs: number;
}

export interface OnlineFeaturesResult {
  /** Rows of the request: the longest list of entities. */
  readonly rows: number;
  /**
   * In the order asked for. A column has `rows` rows, or one where the entity is the same for all: `statuses.length` tells.
   * `writeColumn` broadcasts it while it writes a tensor.
   */
  readonly columns: readonly FeatureColumn[];
  /** For each column the event time of each of its rows in ms since the epoch; 0 where there is none. */
  readonly eventMs: readonly Float64Array[];
  readonly oldestEventMs: number;
  readonly staleRows: number;
  /** Rows that were there but could not be read: damaged, or written for a view of other features. Served as NOT_FOUND. */
  readonly unreadableRows: number;
  /** On-demand transformations that failed, for all rows or some; these are NULL_VALUE. */
  readonly transformErrors: readonly TransformError[];
}

export interface TransformError {
  readonly transform: string;
  readonly message: string;
  /** How many have no value because of it. */
  readonly rows: number;
}

/** An on-demand transformation for callers that read its inputs themselves. */
export interface FeatureTransform {
  readonly name: string;
  /** Stored and aggregated features, `view:feature`. */
  readonly inputs: readonly string[];
  readonly context: readonly FeatureSpec[];
  readonly outputs: readonly FeatureSpec[];
  /** Context as columns, by its names. Throws INVALID_ARGUMENT that names `context.X` for values that miss or do not fit. */
  contextColumns(context: Readonly<Record<string, readonly FeatureValue[]>>): ReadonlyMap<string, FeatureColumn>;
  /** Never throws. `wanted`, as `transform:output`: only these; left out: all. */
  run(input: TransformInput, wanted?: readonly string[]): TransformOutcome;
}

export interface TransformOutcome {
  /** By `transform:output`. */
  readonly columns: ReadonlyMap<string, FeatureColumn>;
  readonly error: TransformError | undefined;
}

export interface PushRow {
  readonly entityId: EntityId;
  /** When this was true, in ms since the epoch. */
  readonly eventMs: number;
  /** Any of the view's features; the others stay as they are. null writes a NULL. */
  readonly values: Readonly<Record<string, FeatureValue>>;
}

export interface PushRequest {
  /** A feature view: values are merged into its rows. An aggregate view: the rows are events. */
  readonly view: string;
  readonly rows: readonly PushRow[];
}

export interface PushResult {
  /** Rows of the request that changed something. */
  readonly applied: number;
  /** Rows in which everything was older than what the store has, and events too late for their window. */
  readonly late: number;
}

/** Features by name over one row store: what the HTTP endpoints and the funnel call. */
export interface FeatureService {
  /** INVALID_ARGUMENT names the feature or entity that is unknown or missing; else rejects as `RowStore.readMany` does. */
  onlineFeatures(request: OnlineFeaturesRequest): Promise<OnlineFeaturesResult>;
  /**
   * A reader for stored and aggregated features of one entity, compiled once, for callers that read the same ones again and
   * again. INVALID_ARGUMENT names a feature that is unknown, asked for twice, of another entity or computed at the request.
   */
  reader(features: readonly string[]): FeatureReader;
  /** The transformation of this name. */
  transform(name: string): FeatureTransform | undefined;
  /** All rows are checked before the first is written. Readable when it resolves. */
  push(request: PushRequest): Promise<PushResult>;
  /** What is declared, for discovery and for telling entities from request context. */
  describe(): FeatureServiceDescription;
  check(): Promise<void>;
  /** Writes what aggregates hold and closes the store. */
  close(): Promise<void>;
}

export interface FeatureServiceDescription {
  readonly entities: readonly { readonly name: string; readonly joinKey: string }[];
  readonly views: readonly FeatureViewDescription[];
}

export interface DescribedSpec extends FeatureSpec {
  /** What stands where there is no value, in place of zero. */
  readonly default?: FeatureValue;
}

export interface FeatureViewDescription {
  readonly name: string;
  readonly kind: 'stored' | 'aggregate' | 'transform';
  /** undefined for transformations. */
  readonly entity: string | undefined;
  readonly features: readonly DescribedSpec[];
  /** Of an aggregate view: fields of its events that count. Empty for others, and where events alone are counted. */
  readonly fields: readonly string[];
  /** Names of the request context that a transformation reads. */
  readonly context: readonly string[];
}
