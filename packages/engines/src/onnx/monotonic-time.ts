const SAMPLES = 16;

/**
 * Microseconds on the clock that all threads of the process share. `performance.now()` alone counts from the start of each
 * thread; the difference is measured here, by the sample that nothing interrupted.
 */
export function monotonicClock(): () => number {
  let offsetUs = 0;
  let shortestUs = Infinity;
  for (let i = 0; i < SAMPLES; i += 1) {
    const before = performance.now();
    const shared = process.hrtime.bigint();
    const after = performance.now();
    if (after - before >= shortestUs) continue;
    shortestUs = after - before;
    offsetUs = Number(shared) / 1000 - ((before + after) / 2) * 1000;
  }
  return () => performance.now() * 1000 + offsetUs;
}
