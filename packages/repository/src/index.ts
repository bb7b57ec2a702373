export type * from './model-config.ts';
export type * from './model-repository.ts';
export type * from './model-signature.ts';
