export * from './feature-reader.ts';
export type * from './row-store.ts';
