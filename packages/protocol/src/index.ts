export type * from './inference/decode-options.ts';
export * from './inference/request-decoder.ts';
export * from './inference/response-encoder.ts';
