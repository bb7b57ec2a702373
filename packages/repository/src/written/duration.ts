const UNIT_MICROSECONDS: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  μs: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

const DURATION = /^(\d{1,15}(?:\.\d{1,9})?)\s*(us|µs|μs|ms|s|m|h)$/;

/** `2ms` → 2000, `1.5s` → 1500000; undefined for what is no duration with a unit. Rounded to whole microseconds. */
export function microsecondsOf(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * UNIT_MICROSECONDS[match[2]!]!);
}
