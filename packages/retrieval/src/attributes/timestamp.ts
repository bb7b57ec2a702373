import { invalidArgument } from '@rangefinder/base';

const ISO_8601 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Unix milliseconds from a number of them or from ISO 8601 text; a time of day needs its zone. */
export function parseTimestamp(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && ISO_8601.test(value)) {
    const parsed = Date.parse(value);
    if (!Number.isNaN(parsed)) return parsed;
  }
  throw invalidArgument(path, 'expected Unix milliseconds or ISO 8601 text with a time zone');
}
