import type { KernelModule, SharedMemory } from './kernel.ts';

/** What a graph thread is told once. */
export interface GraphThreadData {
  readonly module: KernelModule;
  readonly memory: SharedMemory;
  readonly headerAt: number;
  readonly scratch: GraphScratch;
}

/** Addresses of memory that one thread has for itself. */
export interface GraphScratch {
  readonly beam: number;
  readonly gathered: number;
  readonly codes: number;
  readonly chosen: number;
  readonly pool: number;
}

export type GraphTask =
  | { readonly kind: 'search'; readonly request: number }
  | {
      readonly kind: 'insert';
      readonly slots: number;
      readonly source: number;
      readonly count: number;
      readonly stride: number;
    }
  | { readonly kind: 'repair'; readonly from: number; readonly to: number }
  | { readonly kind: 'marks'; readonly visited: number; readonly excluded: number; readonly bytes: number }
  /** Answered when everything sent before is done. */
  | { readonly kind: 'barrier' };

/** Tasks go in batches, and so do the answers: one text for each task that failed, undefined for the others. */
export interface GraphAnswer {
  readonly failures: readonly (string | undefined)[];
}
