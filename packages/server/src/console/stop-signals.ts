const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const INTERRUPTED = 130;
/** Longest of all; what counts is that there is a timer. */
const AWAKE_MS = 2 ** 31 - 1;

export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>;
  /** Puts the signals back to what they do without us. */
  release(): void;
}

/**
 * The first stop signal asks politely; the second ends the process where it stands. Until `release` the process stays, even
 * while nothing is open yet that would keep it.
 */
export function stopSignals(): StopSignals {
  let resolveFirst: (signal: string) => void;
  let stopping = false;
  const first = new Promise<string>((resolve) => (resolveFirst = resolve));
  const onSignal = (signal: string): void => {
    // oxlint-disable-next-line unicorn/no-process-exit -- the second signal is a demand to end here and now
    if (stopping) process.exit(INTERRUPTED);
    stopping = true;
    resolveFirst(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const awake = setInterval(() => {}, AWAKE_MS);
  return {
    first,
    release: () => {
      clearInterval(awake);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
