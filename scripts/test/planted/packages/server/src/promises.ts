type Outcome = 'succeeded' | 'failed';

async function work(): Promise<boolean> {
  await new Promise((resolve) => {
    resolve(true);
  });
  return true;
}

export function forgets(): void {
  work(); // plant: no-floating-promises
}

export function alwaysTrue(): number {
  if (work()) return 1; // plant: no-misused-promises
  return 0;
}

export function incomplete(outcome: Outcome): number {
  switch (outcome) { // plant: switch-exhaustiveness-check
    case 'failed':
      return 1;
  }
  return 0;
}

export function throwsText(): never {
  throw 'text'; // plant: only-throw-error
}
