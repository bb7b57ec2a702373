/** The older of two event times, of which 0 is none. */
export function olderEvent(a: number, b: number): number {
  return a === 0 || (b > 0 && b < a) ? b : a;
}
