/** Every check by its name. For each there is a mutant that trips over it. */
export const CHECKS = [
  'known request',
  'batch id',
  'instance',
  'batch',
  'batch rows',
  'batch limit',
  'shape',
  'split',
  'part twice',
  'rows once',
  'no work after the end',
  'one outcome',
  'order in batch',
  'order',
  'oldest first',
  'preserve ordering',
  'explanation',
  'admission',
  'refusal',
  'deadline evidence',
  'deadline refusal',
  'deadline',
  'queue timeout',
  'abort',
  'work conserving',
  'wake',
  'snapshot',
  'idle',
  'liveness',
] as const;

export type Check = (typeof CHECKS)[number];

/** A promise of the scheduler that did not hold. The simulation adds seed and time. */
export class SafetyViolation extends Error {
  readonly check: Check;

  constructor(check: Check, detail: string) {
    super(`${check}: ${detail}`);
    this.name = 'SafetyViolation';
    this.check = check;
  }
}

export function ensure(condition: boolean, check: Check, detail: () => string): asserts condition {
  if (!condition) throw new SafetyViolation(check, detail());
}
