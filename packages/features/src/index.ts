export * from './feature-reader.ts';
export type * from './row-store.ts';
export type * from './service/feature-service.ts';
export type * from './values/feature-value.ts';
export { MemoryRowStore, type MemoryRowStoreOptions } from './stores/memory-row-store.ts';
export * from './stores/external-stores.ts';
