import { RangefinderError, toRangefinderError, type Clock, type Logger } from '@rangefinder/base';
import { ErrorThrottle } from './error-throttle.ts';

/** Failed requests in the log, whatever they came by: at the level of their row in the catalogue, and not thousands a second. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #throttle: ErrorThrottle;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#throttle = new ErrorThrottle(clock);
  }

  /** Logs what was thrown, and returns what the caller may be told of it. */
  report(thrown: unknown, operation: string, requestId: string): RangefinderError {
    const error = toRangefinderError(thrown);
    const foreign = error !== thrown;
    const fields = { code: error.code, operation, requestId };
    const withStack = foreign || error.code === 'INTERNAL' ? { ...fields, err: thrown } : fields;
    const suppressed = this.#throttle.admit(`${error.code} ${operation}`);
    if (suppressed !== undefined) {
      const line = suppressed > 0 ? { ...withStack, suppressed } : withStack;
      this.#logger[error.entry.logLevel](line, `request failed: ${error.message}`);
    }
    if (!foreign) return error;
    // What a defect says of itself is for the log; a caller gets the means to find it there.
    return new RangefinderError('INTERNAL', `internal error; the server's log has it under request id ${requestId}`);
  }
}
