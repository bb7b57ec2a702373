import type { KernelModule, SharedMemory } from './kernel.ts';
import type { TaskBoardShape } from './task-board.ts';

/** What a graph thread is told once. */
export interface GraphThreadData {
  readonly thread: number;
  readonly module: KernelModule;
  readonly memory: SharedMemory;
  readonly headerAt: number;
  readonly scratch: GraphScratch;
  readonly board: TaskBoardShape & { readonly buffer: SharedArrayBuffer };
}

/** Addresses of memory that one thread has for itself. */
export interface GraphScratch {
  readonly beam: number;
  readonly gathered: number;
  readonly codes: number;
  readonly chosen: number;
  readonly pool: number;
}

/** Kinds of tasks on the board. */
export const TASK = Object.freeze({ search: 0, insert: 1, repair: 2, marks: 3, barrier: 4 });

/** A task that any thread may do, as the kernel's function takes it. */
export type SharedTask =
  | {
      readonly kind: 'insert';
      readonly slots: number;
      readonly source: number;
      readonly count: number;
      readonly stride: number;
    }
  | { readonly kind: 'repair'; readonly from: number; readonly to: number };

/** A task that every thread must do. */
export type OwnTask =
  | { readonly kind: 'marks'; readonly visited: number; readonly excluded: number; readonly bytes: number }
  /** Done when everything that the thread began before is done. */
  | { readonly kind: 'barrier' };

/** Sent when tasks are finished, null, or when one failed. */
export type GraphMessage = { readonly task: number; readonly failure: string } | null;
