import { invalidArgument } from '@rangefinder/base';
import type { JsonObject, JsonScalar, JsonValue } from '../json/value.ts';

/** Body of Feast's `POST /get-online-features`, as its Python feature server takes it. */
export interface FeastOnlineRequest {
  /** `view:feature`; undefined when a feature service is named instead. */
  readonly features: readonly string[] | undefined;
  readonly featureService: string | undefined;
  /** Join keys, and the request data of on-demand views: a list for each, all of one length. */
  readonly entities: Readonly<Record<string, readonly JsonScalar[]>>;
  readonly rows: number;
  /** `view__feature` instead of `feature` in the answer. */
  readonly fullFeatureNames: boolean;
}

/** Body of Feast's `POST /push`. */
export interface FeastPushRequest {
  readonly pushSourceName: string;
  /** Column → values, all of one length. */
  readonly columns: Readonly<Record<string, readonly JsonValue[]>>;
  readonly rows: number;
  readonly to: 'online' | 'offline' | 'online_and_offline';
}

const PUSH_TARGETS = ['online', 'offline', 'online_and_offline'] as const;

/** Throws INVALID_ARGUMENT that names the field. Keys that Feast has and we have no use for are passed over. */
export function feastOnlineRequest(body: JsonValue): FeastOnlineRequest {
  const request = objectOf(body, 'request body');
  const { features, feature_service: service, entities } = request;
  const featureService = service === null || service === undefined ? undefined : textOf(service, 'feature_service');
  const names = features === null || features === undefined ? undefined : listOf(features, 'features');
  const fullFeatureNames = request['full_feature_names'] ?? false;
  if (typeof fullFeatureNames !== 'boolean') throw invalidArgument('full_feature_names', 'expected true or false');
  // Feast goes by the service when both are given.
  if (featureService === undefined && (names === undefined || names.length === 0)) {
    throw invalidArgument('features', 'expected at least one view:feature, or a feature_service');
  }
  const columns = scalarColumns(objectOf(entities ?? null, 'entities'));
  return {
    features: featureService === undefined ? names?.map((name, i) => textOf(name, `features[${i}]`)) : undefined,
    featureService,
    entities: columns,
    rows: rowsOf(columns, 'entities'),
    fullFeatureNames,
  };
}

/** Throws INVALID_ARGUMENT that names the field. `df` is a dict of lists or, as pandas writes it, of dicts by index. */
export function feastPushRequest(body: JsonValue): FeastPushRequest {
  const request = objectOf(body, 'request body');
  const { push_source_name: source, df, to = 'online' } = request;
  const target = PUSH_TARGETS.find((name) => name === to);
  if (target === undefined) throw invalidArgument('to', `expected ${PUSH_TARGETS.join(', ')}`);
  const columns = Object.fromEntries(
    Object.entries(objectOf(df ?? null, 'df')).map(([name, column]) => [name, columnOf(column, `df.${name}`)]),
  );
  return {
    pushSourceName: textOf(source ?? null, 'push_source_name'),
    columns,
    rows: rowsOf(columns, 'df'),
    to: target,
  };
}

function scalarColumns(columns: JsonObject): Record<string, readonly JsonScalar[]> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => {
      const field = `entities.${name}`;
      // The form that Feast's Java server takes: {"val": [...]}.
      const list = isObject(values) && values['val'] !== undefined ? values['val'] : values;
      const scalars = listOf(list, field);
      for (const [i, value] of scalars.entries()) {
        if (typeof value === 'object' && value !== null) throw invalidArgument(`${field}[${i}]`, 'expected one value');
      }
      return [name, scalars as JsonScalar[]];
    }),
  );
}

function columnOf(value: JsonValue, field: string): readonly JsonValue[] {
  return isObject(value) ? Object.values(value) : listOf(value, field);
}

function rowsOf(columns: Readonly<Record<string, readonly unknown[]>>, field: string): number {
  const [first, ...others] = Object.entries(columns);
  if (first === undefined) throw invalidArgument(field, 'expected at least one column');
  const [name, { length }] = first;
  if (length === 0) throw invalidArgument(`${field}.${name}`, 'expected at least one value');
  for (const [other, values] of others) {
    if (values.length !== length) {
      throw invalidArgument(`${field}.${other}`, `expected ${length} values as in ${name}, got ${values.length}`);
    }
  }
  return length;
}

function objectOf(value: JsonValue, field: string): JsonObject {
  if (isObject(value)) return value;
  throw invalidArgument(field, 'expected an object');
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: JsonValue, field: string): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw invalidArgument(field, 'expected a list');
}

function textOf(value: JsonValue, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidArgument(field, 'expected a name');
}
