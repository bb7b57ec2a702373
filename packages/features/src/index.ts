export * from './feature-reader.ts';
export type * from './row-store.ts';
export type * from './service/feature-service.ts';
export type * from './values/feature-value.ts';
export { LmdbRowStore, type LmdbRowStoreOptions } from './stores/lmdb-row-store.ts';
export { MemoryRowStore, type MemoryRowStoreOptions } from './stores/memory-row-store.ts';
export { writeColumn, type WriteColumnOptions, writtenBytes } from './columns/write-column.ts';
export { DEFAULT_FEATURE_LIMITS, type FeatureLimits } from './reader/feature-limits.ts';
export {
  type CompiledFeatureReader,
  createFeatureReader,
  type DetailedReadOptions,
  type DetailedReadResult,
  type FeatureReaderOptions,
} from './reader/row-feature-reader.ts';
export * from './stores/external-stores.ts';
export { FeatureWriter, type FeatureWriterOptions } from './writer/feature-writer.ts';
export type { AggregateFunction, AggregateSpec, AggregateViewSpec } from './aggregates/aggregate-spec.ts';
export { type AggregateReadResult, AggregateView, type AggregateViewOptions } from './aggregates/aggregate-view.ts';
export {
  compileFeatureDeclarations,
  type EntitySpec,
  type FeatureDeclarations,
  parseFeatureDeclarations,
} from './views/feature-declarations.ts';
export { columnOfValues } from './columns/column-of-values.ts';
export { columnNumbers, columnTexts } from './columns/column-values.ts';
export { createFeatureService, type FeatureServiceOptions } from './service/local-feature-service.ts';
export type { OnDemandTransform, TransformInput } from './transforms/on-demand-transform.ts';
export { importFeatures, type ImportOptions, type ImportProgress } from './imports/feature-import.ts';
export {
  type ImportFormat,
  type ImportRecord,
  openRecords,
  recordFormat,
  type RecordSource,
} from './imports/record-sources.ts';
