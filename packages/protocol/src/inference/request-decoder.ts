import type { InferenceRequest } from '@rangefinder/tensor';
import type { InferRequestBody } from './decode-options.ts';

/** Synchronous for small bodies, a promise for large JSON ones. */
export function decodeInferRequest(_body: InferRequestBody): InferenceRequest | Promise<InferenceRequest> {
  throw new Error('under construction');
}
