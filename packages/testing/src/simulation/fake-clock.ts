import type { Clock, Timer } from '@rangefinder/base';
import { EventHeap } from './event-heap.ts';

/** A clock that a test moves by hand. Timers fire inside `advance`, in order of their time, each seeing its own time as now. */
export class FakeClock implements Clock {
  readonly #timers = new EventHeap<{ cancelled: boolean; readonly fire: () => void }>();
  readonly #wallStartMs: number;
  readonly #startUs: number;
  #nowUs: number;
  #pendingTimers = 0;

  constructor(start: { readonly nowUs?: number; readonly wallMs?: number } = {}) {
    this.#startUs = start.nowUs ?? 0;
    this.#nowUs = this.#startUs;
    this.#wallStartMs = start.wallMs ?? Date.UTC(2026, 0, 1);
  }

  nowUs(): number {
    return this.#nowUs;
  }

  wallMs(): number {
    return this.#wallStartMs + Math.floor((this.#nowUs - this.#startUs) / 1000);
  }

  schedule(delayUs: number, fire: () => void): Timer {
    const timer = { cancelled: false, fire };
    this.#timers.push(this.#nowUs + Math.max(0, delayUs), timer);
    this.#pendingTimers += 1;
    return {
      cancel: () => {
        if (!timer.cancelled) this.#pendingTimers -= 1;
        timer.cancelled = true;
      },
    };
  }

  /** Timers that have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#pendingTimers;
  }

  /** Moves on by `us` and fires what falls due, also what is scheduled meanwhile. */
  advance(us: number): void {
    if (!(us >= 0)) throw new RangeError(`us: expected a number of at least 0, got ${us}`);
    const untilUs = this.#nowUs + us;
    for (
      let timeUs = this.#timers.nextTimeUs;
      timeUs !== undefined && timeUs <= untilUs;
      timeUs = this.#timers.nextTimeUs
    ) {
      const timer = this.#timers.pop()!.event;
      if (timer.cancelled) continue;
      timer.cancelled = true;
      this.#pendingTimers -= 1;
      this.#nowUs = timeUs;
      timer.fire();
    }
    this.#nowUs = untilUs;
  }

  /** Moves to the next timer and fires it; false when there is none. */
  advanceToNextTimer(): boolean {
    if (this.#pendingTimers === 0) return false;
    const before = this.#pendingTimers;
    while (this.#pendingTimers === before) this.advance(Math.max(0, this.#timers.nextTimeUs! - this.#nowUs));
    return true;
  }
}
