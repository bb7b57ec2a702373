/**
 * Microseconds on the clock that all threads of the process share. `performance.now()` alone counts from the start of each
 * thread; the difference is measured once.
 */
export function monotonicClock(): () => number {
  const offsetUs = Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000;
  return () => performance.now() * 1000 + offsetUs;
}
