import type { InferenceRequest, InferenceResponse } from '@rangefinder/tensor';
import type { YieldToEventLoop } from './decode-options.ts';

export interface EncodedBody {
  readonly contentType: 'application/json' | 'application/octet-stream';
  /** For the Inference-Header-Content-Length header; undefined for a body that is all JSON (the header is then left out). */
  readonly headerContentLength: number | undefined;
  /** Sum of the chunks. */
  readonly contentLength: number;
  /** Binary tensors are views on the response's own bytes. */
  readonly chunks: readonly Uint8Array[];
}

/** Synchronous for small bodies, a promise for large JSON ones. */
export function encodeInferResponse(
  _response: InferenceResponse,
  _request: Pick<InferenceRequest, 'outputs' | 'parameters'>,
  _options: { readonly yieldToEventLoop?: YieldToEventLoop } = {},
): EncodedBody | Promise<EncodedBody> {
  throw new Error('under construction');
}
