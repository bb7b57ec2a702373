export { ManagedModelServer, type ModelServerParts } from './managed-model-server.ts';
export type * from './model-server.ts';
export { DEFAULT_SERVING_OPTIONS, type ServingOptions } from './serving-options.ts';
