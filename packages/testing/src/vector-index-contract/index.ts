export * from './vector-index-contract.ts';
export * from './vector-index-model.ts';
export * from './vector-index-subject.ts';
export * from './vector-oracle.ts';
