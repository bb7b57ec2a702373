import { RangefinderError } from '@rangefinder/base';

/**
 * Bytes of request bodies that the process holds at one time, all connections together. Bytes are taken as they arrive, not
 * as they are announced: a client that announces much and sends nothing must not lock others out.
 */
export class ByteBudget {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether `bytes` more would fit now. A cheap early refusal, no reservation. */
  fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.limitBytes;
  }

  /** Throws RESOURCE_EXHAUSTED when the budget is used up. */
  take(bytes: number): void {
    if (!this.fits(bytes)) throw this.exhausted();
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  exhausted(): RangefinderError {
    return new RangefinderError(
      'RESOURCE_EXHAUSTED',
      `request body: the server holds ${this.#usedBytes} of at most ${this.limitBytes} bytes of request bodies right now; try again later`,
      { retryAfterMs: 1000 },
    );
  }
}
