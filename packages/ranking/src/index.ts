export * from './config/ranker-config.ts';
export { RANKER_SCHEMA, type WrittenFilter } from './config/ranker-schema.ts';
export { createRanker } from './funnel-ranker.ts';
export * from './ports.ts';
export type * from './rank-observer.ts';
export * from './rank-request.ts';
export * from './rank-response.ts';
export type * from './ranker.ts';
