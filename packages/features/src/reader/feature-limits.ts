import { invalidArgument, RangefinderError } from '@rangefinder/base';

/** Limits of the features room, checked before memory is taken. */
export const DEFAULT_FEATURE_LIMITS = Object.freeze({
  /** Entities in one read. */
  entitiesPerRead: 10_000,
  /** Features in one read. */
  featuresPerRead: 1_000,
  /** Bytes of one row, as the store holds it. Longer ones are refused when written and unreadable when read. */
  rowBytes: 256 * 1024,
  /** Bytes of the columns of one read, before BYTES are counted. */
  columnBytesPerRead: 256 * 1024 * 1024,
  /** Bytes of decoded rows, and of what they were decoded from, that one reader keeps by entity number. */
  recordBytesKept: 256 * 1024 * 1024,
  /** Rows in one push. */
  rowsPerPush: 10_000,
  /** How far an event time may lie ahead of this machine's clock, ms. A wrong one would outlast all later updates. */
  eventAheadMs: 24 * 3_600_000,
  /** UTF-8 bytes of an entity's id. */
  entityIdBytes: 1_536,
});

export type FeatureLimits = { readonly [name in keyof typeof DEFAULT_FEATURE_LIMITS]: number };

/** Throws PAYLOAD_TOO_LARGE that names the limit. */
export function checkLimit(limits: FeatureLimits, name: keyof FeatureLimits, field: string, count: number): void {
  if (count <= limits[name]) return;
  throw new RangefinderError('PAYLOAD_TOO_LARGE', `${field}: ${count} is past the limit of ${limits[name]} (${name})`, {
    field,
  });
}

/** Throws INVALID_ARGUMENT for a time that is no event time. */
export function checkEventMs(limits: FeatureLimits, eventMs: unknown, nowMs: number, field: string): number {
  if (typeof eventMs !== 'number' || !(eventMs > 0 && Number.isFinite(eventMs))) {
    throw invalidArgument(field, `expected an event time in ms since the epoch, got ${String(eventMs)}`);
  }
  if (eventMs > nowMs + limits.eventAheadMs) {
    throw invalidArgument(
      field,
      `${eventMs} lies more than ${limits.eventAheadMs} ms ahead (eventAheadMs); is it in ms?`,
    );
  }
  return eventMs;
}
