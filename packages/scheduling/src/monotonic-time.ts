import { RangefinderError } from '@rangefinder/base';

/**
 * The scheduler's own time: it moves at the pace of the driver's clock and never back. A step back of the driver's clock
 * counts as no time at all, so nothing that waits is held until the clock has caught up; a step ahead counts as time that
 * passed, so timeouts, deadlines and delays that lie in it are due, and nothing else happens.
 */
export class MonotonicTime {
  #nowUs = -Infinity;
  /** Own time minus the driver's. */
  #offsetUs = 0;

  /** Of the last `advance`; -Infinity before. */
  get nowUs(): number {
    return this.#nowUs;
  }

  advance(driverUs: number): number {
    if (!Number.isFinite(driverUs))
      throw new RangefinderError('INTERNAL', `nowUs: expected a finite number, got ${driverUs}`);
    const candidate = driverUs + this.#offsetUs;
    if (candidate < this.#nowUs) this.#offsetUs = this.#nowUs - driverUs;
    else this.#nowUs = candidate;
    return this.#nowUs;
  }

  fromDriver(driverUs: number): number {
    return driverUs + this.#offsetUs;
  }

  toDriver(ownUs: number): number {
    return ownUs - this.#offsetUs;
  }
}
