const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const INTERRUPTED = 130;

export interface StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>;
  /** Puts the signals back to what they do without us. */
  release(): void;
}

/** The first stop signal asks politely; the second ends the process where it stands. */
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
  return {
    first,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
