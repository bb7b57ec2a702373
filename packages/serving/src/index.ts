export type * from './model-server.ts';
