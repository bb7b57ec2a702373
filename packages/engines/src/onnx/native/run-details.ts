/** What the executor tells of a run that did not simply fill the slot's predicted outputs. */
export type RunDetails = FailedRun | CollectedRun;

export interface FailedRun {
  readonly slot: number;
  readonly kind: 'failed';
  readonly reason: 'engine' | 'input';
  readonly ortCode: number;
  readonly message: string;
}

export interface CollectedRun {
  readonly slot: number;
  readonly kind: 'collected';
  /** The outputs had been predicted, and wrongly. */
  readonly mispredicted: boolean;
  readonly outputs: readonly CollectedOutput[];
}

export interface CollectedOutput {
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Where in the slot's output area; -1 when `memory` holds it. */
  readonly offset: number;
  /** Memory of its own, for what did not fit. */
  readonly memory: SharedArrayBuffer | undefined;
  /** An optional output that the model left empty. */
  readonly absent: boolean;
}
