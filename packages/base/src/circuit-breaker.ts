/**
 * closed ── `failures` in a row ──▶ open ── after `openMs`, doubled each time ──▶ half open ── one success ──▶ closed
 *                                     ▲                                              │
 *                                     └───────────────── one failure ────────────────┘
 *
 * While it is open, calls are refused at once: a dead store costs its callers nothing, and a store that comes back is not
 * met by all of them together. Takes time as an argument, does nothing by itself.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #openUntilMs = 0;
  #openMs: number;
  #state: BreakerState = 'closed';

  constructor(options: Partial<CircuitBreakerOptions> = {}) {
    this.#options = { ...BREAKER_DEFAULTS, ...options };
    this.#openMs = this.#options.openMinMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether a call may go through now. Half open, only the first that asks may; it must report how it went. */
  admits(nowMs: number): boolean {
    if (this.#state === 'closed') return true;
    if (nowMs < this.#openUntilMs) return false;
    this.#state = 'half-open';
    // Should the probe never report, another one may follow.
    this.#openUntilMs = nowMs + this.#openMs;
    return true;
  }

  retryAfterMs(nowMs: number): number {
    return this.#state === 'closed' ? 0 : Math.max(0, this.#openUntilMs - nowMs);
  }

  succeeded(): void {
    // An answer from before the circuit opened says nothing about the store now.
    if (this.#state === 'open') return;
    this.#state = 'closed';
    this.#failures = 0;
    this.#openMs = this.#options.openMinMs;
  }

  failed(nowMs: number): void {
    if (this.#state === 'open') return;
    this.#failures++;
    if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
    if (this.#state === 'half-open') this.#openMs = Math.min(this.#openMs * 2, this.#options.openMaxMs);
    this.#state = 'open';
    this.#openUntilMs = nowMs + this.#openMs;
  }
}

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface CircuitBreakerOptions {
  /** Failed calls in a row that open the circuit. */
  readonly failures: number;
  /** How long it stays open the first time. */
  readonly openMinMs: number;
  readonly openMaxMs: number;
}

const BREAKER_DEFAULTS: CircuitBreakerOptions = Object.freeze({ failures: 5, openMinMs: 500, openMaxMs: 10_000 });
