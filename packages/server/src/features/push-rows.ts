import { invalidArgument, RangefinderError } from '@rangefinder/base';
import type { EntityId, FeatureValue, FeatureViewDescription, PushRequest, PushRow } from '@rangefinder/features';
import { feastTimestampMs, type FeastPushRequest, type JsonValue } from '@rangefinder/protocol';
import type { FeatureNames } from './feature-names.ts';

/** The column of a data frame that says when its rows were true, by the name that Feast's own examples use. */
const TIMESTAMP_COLUMN = 'event_timestamp';

/** One push to each view of the source. Throws NOT_FOUND for an unknown source, INVALID_ARGUMENT naming the column. */
export function pushRequests(body: FeastPushRequest, names: FeatureNames): PushRequest[] {
  const views = names.viewsOfPushSource(body.pushSourceName);
  if (body.to !== 'online') {
    throw new RangefinderError('UNSUPPORTED', 'to: expected online, there is no offline store here', { field: 'to' });
  }
  const timestamps = columnOf(body, TIMESTAMP_COLUMN);
  const eventMs = timestamps.map((value, i) => feastTimestampMs(value, `df.${TIMESTAMP_COLUMN}[${i}]`));
  return views.map((view) => ({ view: view.name, rows: rowsFor(body, view, names, eventMs) }));
}

/** Columns that the view does not have, such as a time of creation, are passed over, as Feast does. */
function rowsFor(
  body: FeastPushRequest,
  view: FeatureViewDescription,
  names: FeatureNames,
  eventMs: readonly number[],
): PushRow[] {
  const joinKey = names.joinKeyOf(view.entity ?? '');
  const ids = columnOf(body, Object.hasOwn(body.columns, joinKey) ? joinKey : (view.entity ?? joinKey));
  // The rows of an aggregate view are events, whose columns are not the features that come of them.
  const wanted = view.kind === 'aggregate' ? view.fields : view.features.map(({ name }) => name);
  const columns = Object.entries(body.columns).filter(([name]) => wanted.includes(name));
  if (columns.length === 0 && wanted.length > 0) {
    throw invalidArgument('df', `expected at least one column of the view ${view.name}: ${wanted.join(', ')}`);
  }
  return ids.map((id, row) => ({
    entityId: entityIdOf(id, `df.${joinKey}[${row}]`),
    eventMs: eventMs[row] ?? 0,
    values: Object.fromEntries(
      columns.map(([name, values]) => [name, valueOf(values[row] ?? null, `df.${name}[${row}]`)]),
    ),
  }));
}

function columnOf(body: FeastPushRequest, name: string): readonly JsonValue[] {
  if (Object.hasOwn(body.columns, name)) return body.columns[name]!;
  throw invalidArgument('df', `expected a column ${name}`);
}

function entityIdOf(value: JsonValue, field: string): EntityId {
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw invalidArgument(field, 'expected the id of an entity: text or a whole number');
}

/** JSON has no objects among a feature's values; what else does not fit is the service's to refuse. */
function valueOf(value: JsonValue, field: string): FeatureValue {
  const scalars = Array.isArray(value) ? value : [value];
  if (scalars.some((one) => typeof one === 'object' && one !== null)) {
    throw invalidArgument(field, 'expected a value or a list of values');
  }
  return value as FeatureValue;
}
