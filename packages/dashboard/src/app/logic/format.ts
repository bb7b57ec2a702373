/** Numbers as people read them. A dash stands where there is no number. */
export const NOTHING = '–';

type Maybe = number | null | undefined;

function missing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

/** Three significant digits at most: `0`, `0.42`, `8.1`, `1,240`, `12.4k`, `3.1M`. */
export function formatCount(value: Maybe): string {
  if (missing(value)) return NOTHING;
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9)}G`;
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e4) return `${trim(value / 1e3)}k`;
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return trim(value);
}

/** All digits, grouped: `371,204`. */
export function formatWhole(value: Maybe): string {
  return missing(value) ? NOTHING : Math.round(value).toLocaleString('en-US');
}

function trim(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

export function joinQuantity({ value, unit }: Quantity): string {
  return unit === '' ? value : `${value} ${unit}`;
}

/** Binary units, as memory is counted. */
export function bytesQuantity(bytes: Maybe): Quantity {
  if (missing(bytes)) return { value: NOTHING, unit: '' };
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return { value: trim(size), unit: units[unit]! };
}

export function formatBytes(bytes: Maybe): string {
  return joinQuantity(bytesQuantity(bytes));
}

export function millisecondsQuantity(ms: Maybe): Quantity {
  if (missing(ms)) return { value: NOTHING, unit: '' };
  if (ms === 0) return { value: '0', unit: 'ms' };
  if (Math.abs(ms) < 0.1) return { value: steady(ms * 1000), unit: 'µs' };
  if (Math.abs(ms) < 1000) return { value: steady(ms), unit: 'ms' };
  if (Math.abs(ms) < 60_000) return { value: steady(ms / 1000), unit: 's' };
  return { value: steady(ms / 60_000), unit: 'min' };
}

/** Three digits with their zeros, so that a figure that changes every second does not change its width. */
function steady(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** For the marks of a scale: `5 ms`, not `5.00 ms`. */
export function formatMsMark(ms: Maybe): string {
  const { value, unit } = millisecondsQuantity(ms);
  return joinQuantity({ value: value.includes('.') ? String(Number(value)) : value, unit });
}

export function formatMs(ms: Maybe): string {
  return joinQuantity(millisecondsQuantity(ms));
}

export function formatUs(us: Maybe): string {
  return formatMs(missing(us) ? us : us / 1000);
}

/** How long ago or how long since: `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Local wall-clock time, `14:03:27`. */
export function formatTime(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** A tensor element in little room. */
export function formatElement(value: number | bigint | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint' || Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}
