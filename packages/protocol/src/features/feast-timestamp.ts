import { invalidArgument } from '@rangefinder/base';
import type { JsonValue } from '../json/value.ts';

/** ISO 8601 as programs write it: `T` or a blank between date and time, a zone or none, any number of decimals. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;

/** Ms since the epoch of a timestamp in a pushed data frame; without a zone it is UTC, as Feast takes it. */
export function feastTimestampMs(value: JsonValue, field: string): number {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match !== null) {
    const [, date, time = '00:00:00', decimals = '', zone = 'Z'] = match;
    const seconds = time.length === 5 ? `${time}:00` : time;
    const fraction = decimals.slice(0, 4);
    // A calendar, no clock.
    // oxlint-disable-next-line no-restricted-globals
    const ms = Date.parse(`${date}T${seconds}${fraction}${normalZone(zone)}`);
    if (!Number.isNaN(ms)) return ms;
  }
  throw invalidArgument(field, 'expected a timestamp like 2026-01-31T12:00:00.000Z');
}

/** As protobuf writes a Timestamp in JSON: no decimals where there are none. */
export function feastTimestampText(ms: number): string {
  if (ms === 0) return EPOCH;
  // oxlint-disable-next-line no-restricted-globals
  const text = new Date(ms).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

const EPOCH = '1970-01-01T00:00:00Z';

function normalZone(zone: string): string {
  if (zone === 'Z') return zone;
  if (zone.length === 3) return `${zone}:00`;
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
