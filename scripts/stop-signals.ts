/**
 * The receiving end of scripts/bootstrap/launch.mjs: a stop signal that the parent saw and this process did not is raised
 * here, once. A parent that is gone means stop, too.
 */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Stop = (typeof STOPS)[number];

/** Longer than a signal to the process group needs to arrive, shorter than anybody notices. */
const GRACE_MS = 150;

export function listenForStops(): void {
  if (process.channel === undefined || process.channel === null) return;
  const lastSeenMs = new Map<Stop, number>();
  for (const stop of STOPS) process.prependListener(stop, () => lastSeenMs.set(stop, performance.now()));
  // A terminal that was closed: stop as for SIGTERM, which the server knows.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));

  process.on('message', (message) => {
    const stop = stopOf(message);
    if (stop === undefined) return;
    const toldMs = performance.now();
    setTimeout(() => {
      const reached = (lastSeenMs.get(stop) ?? -Infinity) > toldMs - 1000;
      if (!reached) process.kill(process.pid, stop);
    }, GRACE_MS).unref();
  });
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone keeps no process alive.
  process.channel.unref();
}

function stopOf(message: unknown): Stop | undefined {
  if (typeof message !== 'object' || message === null || !('stop' in message)) return undefined;
  return STOPS.find((stop) => stop === message.stop);
}
