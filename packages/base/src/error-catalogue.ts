/**
 * The one table of everything that can go wrong. A front end looks its status up here and nowhere else; a new kind of
 * failure is a new row. `retryable` tells a client whether the same request may succeed later, unchanged.
 *
 * gRPC numbers: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export interface ErrorCatalogueEntry {
  readonly httpStatus: number;
  readonly grpcStatus: number;
  readonly retryable: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly meaning: string;
}

export const ERROR_CATALOGUE = {
  INVALID_ARGUMENT: entry(400, 3, false, 'debug', 'The request is malformed or does not fit what the model declares.'),
  FORBIDDEN: entry(403, 7, false, 'info', 'The caller may not use this endpoint.'),
  NOT_FOUND: entry(404, 5, false, 'debug', 'No such endpoint, model or version.'),
  METHOD_NOT_ALLOWED: entry(405, 12, false, 'debug', 'The endpoint exists, with another HTTP method.'),
  REQUEST_TIMEOUT: entry(408, 4, true, 'debug', 'The client took too long to send its request.'),
  CONFLICT: entry(409, 9, true, 'info', 'The model is in a state that does not allow this.'),
  PAYLOAD_TOO_LARGE: entry(413, 8, false, 'info', 'The request is larger than a configured limit.'),
  HEADERS_TOO_LARGE: entry(431, 8, false, 'info', 'The request headers are larger than a configured limit.'),
  CANCELLED: entry(499, 1, true, 'debug', 'The client went away before the answer was ready.'),
  INTERNAL: entry(500, 13, false, 'error', 'A defect of the server, or a model run that failed.'),
  UNSUPPORTED: entry(501, 12, false, 'debug', 'The server understands the request but does not implement it.'),
  UNAVAILABLE: entry(503, 14, true, 'info', 'The model or the server is not ready to take requests.'),
  QUEUE_FULL: entry(503, 14, true, 'info', 'The queue of the model is full; come back later.'),
  RESOURCE_EXHAUSTED: entry(503, 8, true, 'warn', 'Memory or another configured budget is used up.'),
  DEADLINE_EXCEEDED: entry(504, 4, true, 'debug', 'The deadline passed, or cannot be met any more.'),
  MODEL_INVALID: entry(400, 3, false, 'warn', 'The model or its configuration is broken and cannot be loaded.'),
} as const satisfies Record<string, ErrorCatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

function entry(
  httpStatus: number,
  grpcStatus: number,
  retryable: boolean,
  logLevel: ErrorCatalogueEntry['logLevel'],
  meaning: string,
): ErrorCatalogueEntry {
  return { httpStatus, grpcStatus, retryable, logLevel, meaning };
}
