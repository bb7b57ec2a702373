import { ERROR_CATALOGUE, type ErrorCatalogueEntry, type ErrorCode } from './error-catalogue.ts';

export interface ErrorDetails {
  /** Where the problem is, as the caller wrote it: `inputs[2].shape`, `config.pbtxt: max_batch_size`. */
  readonly field?: string;
  /** How long a client should wait before it tries again, if that is known. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The only error that crosses a room's boundary on purpose. Anything else that escapes is a defect, reported as INTERNAL. */
export class RangefinderError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RangefinderError';
    this.code = code;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
  }

  get entry(): ErrorCatalogueEntry {
    return ERROR_CATALOGUE[this.code];
  }
}

/** An INVALID_ARGUMENT whose message starts with the field, so that every transport shows it. */
export function invalidArgument(field: string, problem: string): RangefinderError {
  return new RangefinderError('INVALID_ARGUMENT', `${field}: ${problem}`, { field });
}

/** Turns whatever was thrown into a RangefinderError; a foreign error becomes INTERNAL with the original as its cause. */
export function toRangefinderError(thrown: unknown): RangefinderError {
  if (thrown instanceof RangefinderError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new RangefinderError('INTERNAL', message, { cause: thrown });
}

/** What a foreign error says, in one line. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== '') return thrown.message;
  // A connection tried over IPv6 and IPv4 fails with an AggregateError that says nothing itself.
  const inner = thrown instanceof AggregateError ? thrown.errors.find((error) => error instanceof Error) : undefined;
  return inner?.message ?? (thrown as NodeJS.ErrnoException).code ?? thrown.name;
}
