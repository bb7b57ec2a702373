import assert from 'node:assert/strict';
import { DEFAULT_LIMITS, RangefinderError, type ErrorCode } from '@rangefinder/base';
import type { InferenceRequest, Tensor } from '@rangefinder/tensor';
import { decodeInferRequest, type EncodedBody, type InferRequestBody } from '@rangefinder/protocol';

export const limits = DEFAULT_LIMITS;

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joined(body: Pick<EncodedBody, 'chunks'>): Uint8Array {
  return new Uint8Array(Buffer.concat(body.chunks));
}

export type DecodeOptions = Partial<Omit<InferRequestBody, 'body'>>;

export async function decode(body: string | Uint8Array, options: DecodeOptions = {}): Promise<InferenceRequest> {
  const bytes = typeof body === 'string' ? utf8(body) : body;
  return decodeInferRequest({
    modelName: 'm',
    modelVersion: '',
    headerLength: undefined,
    limits,
    ...options,
    body: bytes,
  });
}

/** Asserts that decoding fails with this code, and a message that matches. */
export async function refused(
  body: string | Uint8Array,
  message: RegExp,
  options: DecodeOptions & { code?: ErrorCode } = {},
): Promise<void> {
  await assert.rejects(decode(body, options), (error: unknown) => {
    assert.ok(error instanceof RangefinderError, String(error));
    assert.equal(error.code, options.code ?? 'INVALID_ARGUMENT', error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** The codes that a parser of what clients send may throw. */
export function assertClientError(error: unknown): void {
  assert.ok(error instanceof RangefinderError, error instanceof Error ? error.stack : String(error));
  assert.ok(['INVALID_ARGUMENT', 'UNSUPPORTED', 'PAYLOAD_TOO_LARGE'].includes(error.code), error.code);
}

/** Tensors with bytes of their own, so that they compare by content. */
export function plain(tensors: readonly Tensor[]): Tensor[] {
  return tensors.map((tensor) => ({ ...tensor, bytes: new Uint8Array(tensor.bytes) }));
}
