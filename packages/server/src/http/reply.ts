import { ERROR_CATALOGUE, type RangefinderError } from '@rangefinder/base';
import { UNDERSTOOD_CODINGS } from './content-coding.ts';

const JSON_TYPE = 'application/json';

/** What a handler answers. Headers are flat: name, value, name, value, as `writeHead` takes them without copying. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array | readonly Uint8Array[];
  readonly headers?: readonly string[];
}

export function jsonReply(value: unknown, status = 200): Reply {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

/**
 * `{"error": …}` with the status of the catalogue. `Rangefinder-Error-Code` names the row, so that a program need not read
 * the text; `Retry-After` is there for whatever may succeed later, in whole seconds as RFC 9110 has it.
 */
export function errorReply(error: RangefinderError, headers: readonly string[] = []): Reply {
  const entry = ERROR_CATALOGUE[error.code];
  const all = ['Rangefinder-Error-Code', error.code, ...headers];
  const retryAfterMs = error.retryAfterMs ?? (entry.retryable && entry.httpStatus === 503 ? 1000 : undefined);
  if (retryAfterMs !== undefined) all.push('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  if (error.code === 'UNSUPPORTED' && error.field === 'Content-Encoding')
    all.push('Accept-Encoding', UNDERSTOOD_CODINGS);
  return {
    status: entry.httpStatus,
    contentType: JSON_TYPE,
    body: JSON.stringify({ error: error.message }),
    headers: all,
  };
}
