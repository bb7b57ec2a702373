import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidArgument, RangefinderError, type Clock } from '@rangefinder/base';
import type { RequestContext, RequestFinished } from '@rangefinder/serving';
import type { ByteBudget } from '../transport/byte-budget.ts';
import { BodyReader, type BodyLimits } from './body-reader.ts';
import type { ApiRoute } from './api-route.ts';

/**
 * One request and its answer, as handlers see it: no framework, no copies. It is also the request's context in the serving
 * layer, so that the hot path makes one object per request and no closures.
 */
export class Exchange implements RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: ApiRoute;
  /** Decoded path parameters, in the order of the route's pattern. */
  readonly params: readonly string[];
  /** Without the question mark; empty for none. */
  readonly query: string;
  readonly requestId: string;
  readonly startedUs: number;
  deadlineUs = Infinity;
  /** What the serving layer measured of this request, where it says so; the tracer reads it. */
  timings: RequestFinished | undefined = undefined;
  /** Monotonic µs at which the serving layer was done; 0 before. */
  finishedUs = 0;
  readonly #clock: Clock;
  readonly #body: BodyReader;
  readonly #awaitsContinue: boolean;
  #cancel: (() => void) | undefined = undefined;
  #gone = false;
  #broken = false;

  constructor(init: ExchangeInit) {
    this.request = init.request;
    this.response = init.response;
    this.route = init.route;
    this.params = init.params;
    this.query = init.query;
    this.requestId = init.requestId;
    this.startedUs = init.startedUs;
    this.#clock = init.clock;
    this.#awaitsContinue = init.awaitsContinue;
    this.#body = new BodyReader(init.request, init.limits, init.budget);
  }

  /** The path parameter at `index`; patterns are fixed, so a missing one is a defect. */
  param(index: number): string {
    const value = this.params[index];
    if (value === undefined) throw new Error(`route ${this.route.path} has no parameter ${index}`);
    return value;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** The whole body, undone of its coding. At most once. */
  body(maxBytes?: number): Promise<Buffer> {
    return this.#body.read(this.response, this.#awaitsContinue, maxBytes);
  }

  /** The rest of the body will never make sense: a body that is being read throws this. */
  failBody(error: RangefinderError): void {
    this.#broken = true;
    this.#body.fail(error);
  }

  /** Whether what comes on the connection makes no sense any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether the client went away before its answer was written. */
  get gone(): boolean {
    return this.#gone;
  }

  onCancellable(cancel: () => void): void {
    if (this.#gone) cancel();
    else this.#cancel = cancel;
  }

  onFinished(timings: RequestFinished): void {
    this.timings = timings;
    this.finishedUs = this.#clock.nowUs();
  }

  /** The connection closed or the answer is out: the end of this exchange either way. */
  ended(answered: boolean): void {
    this.#body.release();
    if (answered || this.#gone) return;
    this.#gone = true;
    const cancel = this.#cancel;
    this.#cancel = undefined;
    cancel?.();
  }

  /**
   * Sets the deadline from `Rangefinder-Timeout-Ms` (or `X-Request-Timeout-Ms`): milliseconds from the arrival of the
   * request's headers. A request that is already late is refused here.
   */
  readDeadline(): void {
    const text = this.header('rangefinder-timeout-ms') ?? this.header('x-request-timeout-ms');
    if (text === undefined) return;
    const timeoutMs = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(timeoutMs > 0)) {
      throw invalidArgument(
        'Rangefinder-Timeout-Ms',
        `expected a whole number of milliseconds above 0, got "${text.slice(0, 64)}"`,
      );
    }
    this.deadlineUs = this.startedUs + timeoutMs * 1000;
    if (this.deadlineUs <= this.#clock.nowUs()) {
      throw new RangefinderError(
        'DEADLINE_EXCEEDED',
        `the deadline of ${timeoutMs} ms passed before the request was read`,
      );
    }
  }
}

export interface ExchangeInit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: ApiRoute;
  readonly params: readonly string[];
  readonly query: string;
  readonly requestId: string;
  readonly startedUs: number;
  readonly awaitsContinue: boolean;
  readonly clock: Clock;
  readonly limits: BodyLimits;
  readonly budget: ByteBudget;
}
