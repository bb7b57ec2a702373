export type * from './vector-index.ts';
