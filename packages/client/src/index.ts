export type * from './client-options.ts';
export * from './inference-result.ts';
export * from './rangefinder-client.ts';
