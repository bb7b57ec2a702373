import { ERROR_CATALOGUE, RangefinderError, type ErrorCode } from '@rangefinder/base';
import type { HttpAnswer } from './http-connection.ts';

/** Where several codes share a status, the one that says least. */
const SHARED_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [503, 'UNAVAILABLE'],
]);

const MAX_SHOWN_CHARACTERS = 500;

/** The code that an HTTP status stands for; of one that the catalogue does not have, by its class. */
export function codeOfStatus(status: number): ErrorCode {
  const shared = SHARED_STATUS.get(status);
  if (shared) return shared;
  for (const [code, entry] of Object.entries(ERROR_CATALOGUE)) {
    if (entry.httpStatus === status) return code as ErrorCode;
  }
  return status >= 400 && status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL';
}

/** The server's own message, under the code that its status stands for. */
export function responseError(answer: HttpAnswer): RangefinderError {
  const { status, headers, body } = answer;
  const text = new TextDecoder().decode(body);
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  return new RangefinderError(codeOfStatus(status), errorText(text) ?? `HTTP ${status}: ${shown(text)}`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function errorText(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return text === '' ? 'no message' : text.slice(0, MAX_SHOWN_CHARACTERS);
}
