/** A promise of the scheduler that did not hold. `check` names it; the simulation adds seed and time. */
export class SafetyViolation extends Error {
  readonly check: string;

  constructor(check: string, detail: string) {
    super(`${check}: ${detail}`);
    this.name = 'SafetyViolation';
    this.check = check;
  }
}

export function ensure(condition: boolean, check: string, detail: () => string): asserts condition {
  if (!condition) throw new SafetyViolation(check, detail());
}
