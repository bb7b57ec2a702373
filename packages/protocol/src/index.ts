export type { EncodedBody } from './inference/body-writer.ts';
export type * from './inference/decode-options.ts';
export * from './inference/output-format.ts';
export * from './inference/request-decoder.ts';
export * from './inference/request-encoder.ts';
export * from './inference/response-decoder.ts';
export * from './inference/response-encoder.ts';
export { parseJsonBody } from './json/document.ts';
export type { JsonObject, JsonScalar, JsonValue } from './json/value.ts';
