import {
  CircuitBreaker,
  RangefinderError,
  systemClock,
  type BreakerState,
  type CircuitBreakerOptions,
  type Clock,
} from '@rangefinder/base';
import type { ReadOptions, RowEntry, RowKey, RowStore } from '../row-store.ts';

export interface GuardedRowStoreOptions {
  readonly breaker?: Partial<CircuitBreakerOptions>;
  /** Reads and writes that may be under way together; more are refused, so that a stalled store cannot fill the memory. */
  readonly callsInFlightMax?: number;
  readonly clock?: Clock;
  /** A read that was given less than this and was late says nothing about the store; the default is 10. */
  readonly patienceMs?: number;
  /** Told after each read that reached the store: how long it took and whether it was answered. */
  readonly onRead?: (elapsedMs: number, answered: boolean) => void;
}

const CALLS_IN_FLIGHT_MAX = 1_024;
const PATIENCE_MS = 10;

/** Any store behind a circuit breaker: while it is dead, calls fail in microseconds instead of at their deadline. */
export class GuardedRowStore implements RowStore {
  readonly name: string;
  readonly #store: RowStore;
  readonly #options: GuardedRowStoreOptions;
  readonly #breaker: CircuitBreaker;
  readonly #clock: Clock;
  readonly #callsMax: number;
  #calls = 0;

  constructor(store: RowStore, options: GuardedRowStoreOptions = {}) {
    this.name = store.name;
    this.#store = store;
    this.#options = options;
    this.#breaker = new CircuitBreaker(options.breaker);
    this.#clock = options.clock ?? systemClock;
    this.#callsMax = options.callsInFlightMax ?? CALLS_IN_FLIGHT_MAX;
  }

  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  async readMany(keys: readonly RowKey[], options: ReadOptions): Promise<readonly (Uint8Array | undefined)[]> {
    const patient = options.timeoutMs >= (this.#options.patienceMs ?? PATIENCE_MS);
    return this.#guarded(patient, async () => {
      const startedMs = this.#nowMs();
      let answered = false;
      try {
        const rows = await this.#store.readMany(keys, options);
        answered = true;
        return rows;
      } finally {
        this.#options.onRead?.(this.#nowMs() - startedMs, answered);
      }
    });
  }

  async writeMany(entries: readonly RowEntry[]): Promise<void> {
    await this.#guarded(true, () => this.#store.writeMany(entries));
  }

  async deleteMany(keys: readonly RowKey[]): Promise<void> {
    await this.#guarded(true, () => this.#store.deleteMany(keys));
  }

  /** Asks the store itself, whatever the breaker thinks of it: the answer is news to the breaker. */
  async check(): Promise<void> {
    await this.#reported(true, () => this.#store.check());
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #guarded<T>(patient: boolean, call: () => Promise<T>): Promise<T> {
    if (this.#calls >= this.#callsMax) {
      throw new RangefinderError('UNAVAILABLE', `${this.name}: ${this.#calls} calls are waiting for it already`, {
        retryAfterMs: 1_000,
      });
    }
    const nowMs = this.#nowMs();
    if (!this.#breaker.admits(nowMs)) {
      throw new RangefinderError('UNAVAILABLE', `${this.name}: did not answer lately and is given a rest`, {
        retryAfterMs: this.#breaker.retryAfterMs(nowMs),
      });
    }
    this.#calls++;
    try {
      return await this.#reported(patient, call);
    } finally {
      this.#calls--;
    }
  }

  async #reported<T>(patient: boolean, call: () => Promise<T>): Promise<T> {
    try {
      const outcome = await call();
      this.#breaker.succeeded();
      return outcome;
    } catch (thrown) {
      if (tellsOfTheStore(thrown, patient)) this.#breaker.failed(this.#nowMs());
      throw thrown;
    }
  }

  #nowMs(): number {
    return this.#clock.nowUs() / 1000;
  }
}

/** A refused argument came from the caller, and so did a deadline that nothing could meet; neither opens the circuit. */
function tellsOfTheStore(thrown: unknown, patient: boolean): boolean {
  if (!(thrown instanceof RangefinderError)) return true;
  return thrown.code === 'UNAVAILABLE' || (thrown.code === 'DEADLINE_EXCEEDED' && patient);
}
