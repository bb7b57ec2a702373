import { RangefinderError, toRangefinderError } from '@rangefinder/base';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** An error that already knows how the process exits. Everything else exits with 1. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly field: string | undefined;

  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    details: { readonly field?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.code = code;
    this.field = details.field;
  }
}

/** What the person typed is wrong; nothing was sent to a server. */
export function usageFailure(message: string, field?: string): CommandFailure {
  return new CommandFailure(EXIT.usage, 'USAGE', message, { field });
}

/** Runs a step that works on what was typed (options, files): whatever is wrong there is the caller's to fix, so it exits with 2. */
export async function asUsage<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof RangefinderError ? mistake(error) : error;
  }
}

/** What the person can mend: exit 2, with the error's own code and field. */
export function mistake(error: RangefinderError): CommandFailure {
  return new CommandFailure(EXIT.usage, error.code, error.message, { field: error.field, cause: error });
}

/** The failure that an error amounts to. A transport error below a RangefinderError means that no server answered. */
export function toCommandFailure(thrown: unknown, signal: AbortSignal): CommandFailure {
  if (signal.aborted) return new CommandFailure(EXIT.interrupted, 'INTERRUPTED', 'interrupted', { cause: thrown });
  if (thrown instanceof CommandFailure) return thrown;
  const error = toRangefinderError(thrown);
  return new CommandFailure(EXIT.failure, error.code, error.message, { field: error.field, cause: thrown });
}
