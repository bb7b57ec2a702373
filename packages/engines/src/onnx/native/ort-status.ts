import type { OrtApi, StatusAddress } from './ort-api.ts';

/** `OrtErrorCode` of onnxruntime_c_api.h. */
export const ORT_ERROR_CODES = {
  ok: 0,
  fail: 1,
  invalidArgument: 2,
  noSuchFile: 3,
  noModel: 4,
  engineError: 5,
  runtimeException: 6,
  invalidProtobuf: 7,
  modelLoaded: 8,
  notImplemented: 9,
  invalidGraph: 10,
  executionProviderFail: 11,
  modelLoadCanceled: 12,
} as const;

/** What ONNX Runtime said; translated into a RangefinderError by whoever knows what was being done. */
export class OrtError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'OrtError';
    this.code = code;
  }
}

/** Throws an OrtError unless `status` is 0, and releases it. */
export function checkStatus(api: OrtApi, status: StatusAddress): void {
  if (status !== 0) throw takeError(api, status);
}

export function takeError(api: OrtApi, status: StatusAddress): OrtError {
  const error = new OrtError(api.getErrorCode(status), api.getErrorMessage(status) ?? '');
  api.releaseStatus(status);
  return error;
}
