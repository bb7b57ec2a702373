export type * from './scheduler.ts';
